"""What proves in a try-out who the app is: made for it, good in one call, and stored nowhere."""

import json
import secrets
import time
from copy import copy
from dataclasses import dataclass, field, replace

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from jwt.algorithms import ECAlgorithm

from oidc_provider.clients import digest_of, new_secret
from oidc_provider.models import App, Authentication
from protocol.authorization_server.client_credentials import JWT_BEARER
from protocol.client_authentication import AccessTokenRequest, Client, TokenEndpointAuthMethod

SECONDS = 60  # that an assertion is valid
KID = "try-out"


@dataclass(frozen=True)
class Credentials:
    """The app with other credentials than its own, and what it sends with them."""

    stand_in: App
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)

    def of(self, client: Client) -> Client:
        """Return the client with the secret: in the header, as most apps send it."""
        method = TokenEndpointAuthMethod.POST
        if self.secret:
            method = TokenEndpointAuthMethod.BASIC
        return replace(client, client_secret=self.secret, token_endpoint_auth_method=method)

    def sent_with(self, request: AccessTokenRequest) -> dict[str, str]:
        """Return the form: with the assertion, if the app proves itself by one (RFC 7523 §2.2)."""
        form = {name: value for name, value in request.data.items() if value}
        if self.assertion:
            form |= {"client_assertion_type": JWT_BEARER, "client_assertion": self.assertion}
        return form


def credentials_for(app: App) -> Credentials:
    """Make what this app proves itself with; a public app has nothing."""
    stand_in = copy(app)
    match app.authentication:
        case Authentication.NONE:
            return Credentials(stand_in)
        case Authentication.PRIVATE_KEY:
            return _signed(stand_in)
    secret = new_secret()
    stand_in.secret_digest = digest_of(secret)
    return Credentials(stand_in, secret=secret)


def _signed(stand_in: App) -> Credentials:
    """Sign an assertion (RFC 7523 §3) with a key that only the stand-in knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = json.loads(ECAlgorithm.to_jwk(key.public_key()))
    stand_in.jwks = {"keys": [{**public, "kid": KID, "alg": "ES256", "use": "sig"}]}
    now = int(time.time())
    claims = {
        "iss": stand_in.client_id,
        "sub": stand_in.client_id,
        "aud": settings.BASE_URL,
        "iat": now,
        "exp": now + SECONDS,
        "jti": secrets.token_urlsafe(16),
    }
    return Credentials(stand_in, assertion=jwt.encode(claims, key, "ES256", {"kid": KID}))
