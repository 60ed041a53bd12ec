// An app with the library oauth4webapi, one call for each message. It may speak http, as we are on this
// machine only.

import * as oauth from 'oauth4webapi';

import { APP, CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, SCOPE, serve } from './app.js';

const options = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(ISSUER);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
const client = { client_id: CLIENT_ID };
const secret = oauth.ClientSecretBasic(CLIENT_SECRET);

serve({
  '/sign-in': async (url, session) => {
    session.verifier = oauth.generateRandomCodeVerifier();
    session.state = oauth.generateRandomState();
    session.nonce = oauth.generateRandomNonce();
    return address(server.authorization_endpoint, {
      client_id: CLIENT_ID,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: SCOPE,
      code_challenge: await oauth.calculatePKCECodeChallenge(session.verifier),
      code_challenge_method: 'S256',
      state: session.state,
      nonce: session.nonce,
    });
  },
  '/callback': async (url, session) => {
    const parameters = oauth.validateAuthResponse(server, client, url, session.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server, client, secret, parameters, REDIRECT_URI, session.verifier, options,
    );
    session.tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: session.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, options);
    session.claims = oauth.getValidatedIdTokenClaims(session.tokens);
    return new URL(`${APP}/me`);
  },
  '/me': async (url, session) => [session.claims, await userinfo(session)],
  '/refresh': async (url, session) => {
    const { refresh_token } = session.tokens;
    const response = await oauth.refreshTokenGrantRequest(server, client, secret, refresh_token, options);
    session.tokens = await oauth.processRefreshTokenResponse(server, client, response);
    return [oauth.getValidatedIdTokenClaims(session.tokens), await userinfo(session)];
  },
  '/sign-out': async (url, session) =>
    address(server.end_session_endpoint, {
      id_token_hint: session.tokens.id_token,
      post_logout_redirect_uri: `${APP}/bye`,
    }),
  '/bye': async () => ['signed out'],
});

async function userinfo({ tokens, claims }) {
  const response = await oauth.userInfoRequest(server, client, tokens.access_token, options);
  return oauth.processUserInfoResponse(server, client, claims.sub, response);
}

function address(endpoint, parameters) {
  return new URL(`${endpoint}?${new URLSearchParams(parameters)}`);
}
