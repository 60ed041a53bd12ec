// What the app's buttons do, and what it tells of the person.

import { users } from '/users.js';

const tell = (found) => {
  document.querySelector('pre').textContent = JSON.stringify(found);
};
const press = (id, action) => {
  document.getElementById(id).addEventListener('click', () => action().catch(complain));
};
const complain = ({ error, message }) => tell({ error: error ?? message });

async function told(user) {
  const address = await users.metadataService.getUserInfoEndpoint();
  const response = await fetch(address, { headers: { Authorization: `Bearer ${user.access_token}` } });
  tell([user.profile, await response.json()]);
}

press('sign-in', () => users.signinRedirect());
press('refresh', async () => told(await users.signinSilent()));
press('sign-out', () => users.signoutRedirect({ post_logout_redirect_uri: `${location.origin}/bye` }));

if (location.pathname === '/callback') users.signinRedirectCallback().then(told).catch(complain);
