// What the apps here have in common: addresses, the visitors' sessions, and how they answer.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

export const { APP, ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
export const REDIRECT_URI = `${APP}/callback`;
export const SCOPE = 'openid profile email groups offline_access';

const sessions = new Map();

// Serve pages. Each gets the address and the visitor's session. It returns an address to go to, or what
// it has to report. If it fails, the visitor reads what the app was told.
export function serve(pages) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, APP);
    try {
      answer(response, await pages[url.pathname](url, sessionOf(request, response)));
    } catch (error) {
      response.writeHead(403).end(error.error ?? String(error));
    }
  });
  server.listen(new URL(APP).port, '127.0.0.1');
}

function answer(response, answered) {
  if (answered instanceof URL) response.writeHead(303, { Location: answered.href }).end();
  else response.end(JSON.stringify(answered));
}

function sessionOf(request, response) {
  const [, id = randomUUID()] = /app=([\w-]+)/.exec(request.headers.cookie ?? '') ?? [];
  if (!sessions.has(id)) sessions.set(id, {});
  response.setHeader('Set-Cookie', `app=${id}; Path=/; HttpOnly; SameSite=Lax`);
  return sessions.get(id);
}
