// An OpenID Provider of the package oidc-provider, for tests in a real browser.
//
// It is told in JSON which clients there are (RFC 7591 §2) and which of them have to use PKCE, prints
// "ready <issuer>", and shows at /seen what each client's last token request looked like.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import { Provider } from 'oidc-provider';

const { clients, pkce } = JSON.parse(process.argv[2]);
const seen = {};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = makeProvider(issuer);
  server.on('request', (request, response) => answer(provider, request, response));
  console.log(`ready ${issuer}`);
});

function makeProvider(issuer) {
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys: [signingKey('rsa', { modulusLength: 2048 }), signingKey('ec', { namedCurve: 'P-256' })] },
    pkce: { required: (ctx, client) => pkce.includes(client.clientId) },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => claimsOf(sub) }),
    loadExistingGrant: grantWhatIsAsked,
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
  });
  provider.on('grant.success', remember);
  provider.on('server_error', (ctx, error) => console.error(error));
  return provider;
}

function signingKey(type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig' };
}

function claimsOf(sub) {
  return { sub, name: 'Alice Archer', email: `${sub}@judge.example`, email_verified: true };
}

async function grantWhatIsAsked({ oidc }) {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid profile email');
  await grant.save();
  return grant;
}

function remember({ oidc, request, body }) {
  const [header, claims] = body.id_token.split('.', 2).map(decode);
  seen[oidc.client.clientId] = {
    authorization: (request.get('Authorization') || '').split(' ')[0],
    parameters: Object.keys(oidc.body).sort(),
    id_token_alg: header.alg,
    email_in_id_token: 'email' in claims,
  };
}

function decode(part) {
  return JSON.parse(Buffer.from(part, 'base64url'));
}

function answer(provider, request, response) {
  if (request.url.startsWith('/interaction/')) return ask(provider, request, response);
  if (request.url === '/seen') return response.end(JSON.stringify(seen));
  return provider.callback()(request, response);
}

async function ask(provider, request, response) {
  if (request.method === 'GET') return response.end(PAGE);
  const form = new URLSearchParams(await text(request));
  const result = form.get('decision') === 'deny'
    ? { error: 'access_denied' }
    : { login: { accountId: form.get('person') } };
  return provider.interactionFinished(request, response, result);
}

const PAGE = `<!DOCTYPE html>
<title>Judge</title>
<form method="post">
  <label>Who are you? <input name="person"></label>
  <button name="decision" value="allow">Sign in</button>
  <button name="decision" value="deny">Cancel</button>
</form>
`;
