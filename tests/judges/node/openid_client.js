// An app with the library openid-client. It may speak http, as we are on this machine only. With a
// private key it proves by that who it is (RFC 7523), and pushes its authorization requests (RFC 9126).

import * as client from 'openid-client';

import { APP, CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, SCOPE, serve } from './app.js';

const { PRIVATE_KEY } = process.env;
const address = PRIVATE_KEY ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
const authentication = PRIVATE_KEY ? client.PrivateKeyJwt(await imported(PRIVATE_KEY)) : undefined;
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, authentication, {
  execute: [client.allowInsecureRequests],
});

serve({
  '/sign-in': async (url, session) => {
    session.pkceCodeVerifier = client.randomPKCECodeVerifier();
    session.expectedState = client.randomState();
    session.expectedNonce = client.randomNonce();
    return address(config, {
      redirect_uri: REDIRECT_URI,
      scope: SCOPE,
      code_challenge: await client.calculatePKCECodeChallenge(session.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: session.expectedState,
      nonce: session.expectedNonce,
    });
  },
  '/callback': async (url, session) => {
    session.tokens = await client.authorizationCodeGrant(config, url, session);
    session.claims = session.tokens.claims();
    return new URL(`${APP}/me`);
  },
  '/me': async (url, session) => [session.claims, await userinfo(session)],
  '/refresh': async (url, session) => {
    session.tokens = await client.refreshTokenGrant(config, session.tokens.refresh_token);
    return [session.tokens.claims(), await userinfo(session)];
  },
  '/revoke': async (url, { tokens }) => {
    const before = await client.tokenIntrospection(config, tokens.access_token);
    await client.tokenRevocation(config, tokens.refresh_token);
    const after = await client.tokenIntrospection(config, tokens.access_token);
    return [before.active, after.active];
  },
  '/sign-out': async (url, session) =>
    client.buildEndSessionUrl(config, {
      post_logout_redirect_uri: `${APP}/bye`,
      id_token_hint: session.tokens.id_token,
    }),
  '/bye': async () => ['signed out'],
});

function userinfo({ tokens, claims }) {
  return client.fetchUserInfo(config, tokens.access_token, claims.sub);
}

function imported(jwk) {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return crypto.subtle.importKey('jwk', JSON.parse(jwk), algorithm, false, ['sign']);
}
