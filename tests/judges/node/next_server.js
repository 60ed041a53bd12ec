// Serves the handlers that the snippet for Next.js exports, as a route of Next.js would.

import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { handlers, signIn } = await import(pathToFileURL(process.argv[2]));

createServer(async (incoming, outgoing) => {
  const url = new URL(incoming.url, process.env.AUTH_URL);
  const headers = new Headers({ cookie: incoming.headers.cookie ?? '' });
  const response =
    url.pathname === '/sign-in' ? await signIn('signet', headers) : await handlers.GET(new Request(url, { headers }));
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  outgoing.writeHead(response.status).end(await response.text());
}).listen(process.env.PORT, '127.0.0.1');
