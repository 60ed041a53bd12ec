"""The messages of a sign-in by OpenID Connect, as an app sends and reads them, in their order."""

import hashlib
import os
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt  # pip install 'pyjwt[crypto]' requests
import requests

ISSUER = os.environ.get("ISSUER", "http://localhost:8000")
CLIENT_ID = os.environ.get("CLIENT_ID", "demo-app")
CREDENTIALS = (CLIENT_ID, os.environ.get("CLIENT_SECRET", ""))
APP = os.environ.get("APP", "http://127.0.0.1:9001")
REDIRECT_URI, SIGNED_OUT = f"{APP}/signed-in", f"{APP}/signed-out"  # registered at the issuer


class SignInError(Exception):
    """Nobody has signed in, or the sign-in has ended."""


@cache
def metadata() -> dict[str, str]:
    """Ask where everything is (OpenID Connect Discovery 1.0 §4)."""
    response = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=5)
    response.raise_for_status()
    return dict(response.json())


def authorization_request(state: str, nonce: str, code_verifier: str) -> str:
    """Return where to send the browser (OpenID Connect Core §3.1.2.1, RFC 7636 §4.3)."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid profile email groups offline_access",
        "state": state,
        "nonce": nonce,
        "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{metadata()['authorization_endpoint']}?{urlencode(query)}"


def authorization_code(query: dict[str, str], state: str) -> str:
    """Read what the browser brings back (RFC 6749 §4.1.2, RFC 9207 §2.4)."""
    if not state or query.get("state") != state:
        raise SignInError("This sign-in did not begin in this browser. Please try again.")
    if query.get("iss") != ISSUER:
        raise SignInError("Another issuer has answered.")
    if "code" not in query:
        raise SignInError(query.get("error_description", "There is no code in the answer."))
    return query["code"]


def token_request(**message: str) -> dict[str, Any]:
    """Exchange a code or a refresh token for tokens (RFC 6749 §4.1.3, §6)."""
    response = requests.post(metadata()["token_endpoint"], message, auth=CREDENTIALS, timeout=5)
    if response.status_code == 400:
        raise SignInError(response.json().get("error_description", "The token is refused."))
    response.raise_for_status()
    return dict(response.json())


@cache
def keys() -> jwt.PyJWKClient:
    return jwt.PyJWKClient(metadata()["jwks_uri"], timeout=5)  # it keeps them for five minutes


def id_token_claims(id_token: str, nonce: str | None = None) -> dict[str, Any]:
    """Verify an ID token (OpenID Connect Core §3.1.3.7); one of a refresh has no nonce (§12.2)."""
    claims = jwt.decode(
        id_token,
        keys().get_signing_key_from_jwt(id_token),
        algorithms=["RS256"],
        issuer=ISSUER,
        audience=CLIENT_ID,
        options={"require": ["iss", "aud", "sub", "exp", "iat"]},
        leeway=5,  # seconds that clocks may differ
    )
    if claims.get("nonce") != nonce:
        raise SignInError("The ID token belongs to another sign-in.")
    return dict(claims)


def revocation_request(refresh_token: str) -> None:
    """Give a refresh token back (RFC 7009 §2.1)."""
    message = {"token": refresh_token}
    requests.post(metadata()["revocation_endpoint"], message, auth=CREDENTIALS, timeout=5)


def logout_request(id_token: str) -> str:
    """Return where to send the browser to sign out everywhere (RP-Initiated Logout 1.0 §2)."""
    query = {"id_token_hint": id_token, "post_logout_redirect_uri": SIGNED_OUT}
    return f"{metadata()['end_session_endpoint']}?{urlencode(query)}"
