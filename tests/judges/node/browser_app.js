// An app that runs in the browser alone. Here is only what serves its files: the packages, the snippet,
// and a page that tells what the app knows.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const FILES = {
  '/users.js': process.argv[2],
  '/page.js': new URL('browser_page.js', import.meta.url),
  '/oidc-client-ts.js': packaged('oidc-client-ts/dist/esm/oidc-client-ts.js'),
  '/jwt-decode.js': packaged('jwt-decode/build/esm/index.js'),
};
const PAGE = `<!DOCTYPE html>
<title>App</title>
<script type="importmap">
  {"imports": {"oidc-client-ts": "/oidc-client-ts.js", "jwt-decode": "/jwt-decode.js"}}
</script>
<script type="module" src="/page.js"></script>
<button id="sign-in">Sign in</button>
<button id="refresh">Refresh</button>
<button id="sign-out">Sign out</button>
<pre></pre>
`;

function packaged(file) {
  return new URL(`node_modules/${file}`, import.meta.url);
}

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, process.env.APP);
  const file = FILES[pathname];
  response.setHeader('Content-Type', file ? 'text/javascript' : 'text/html');
  response.end(file ? await readFile(file) : PAGE);
}).listen(process.env.PORT, '127.0.0.1');
