// What the package next-auth does with its configuration: it hands each request to @auth/core.

import { Auth, skipCSRFCheck } from '@auth/core';

export default function NextAuth(given) {
  const config = {
    ...given,
    basePath: '/api/auth',
    secret: process.env.AUTH_SECRET,
    trustHost: true,
  };
  const handler = (request) => Auth(request, config);
  return {
    handlers: { GET: handler, POST: handler },
    signIn: (provider, headers) => {
      const url = `${process.env.AUTH_URL}/api/auth/signin/${provider}`;
      const body = new URLSearchParams({ callbackUrl: `${process.env.AUTH_URL}/api/auth/session` });
      const request = new Request(url, { method: 'POST', headers, body });
      return Auth(request, { ...config, skipCSRFCheck });
    },
  };
}
