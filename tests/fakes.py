"""Two providers that are not there: what `responses` answers in their place, message by message."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import jwt
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from jwt.algorithms import ECAlgorithm

from providers.models import Provider
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token

ISSUER = "https://op.example"
ACCESS_TOKEN = "an-access-token"
OUR_DOMAINS = "example.com, example.net, example.org"
GITHUB_TOKEN = "https://github.com/login/oauth/access_token"
GITHUB_USER = "https://api.github.com/user"
GITHUB_EMAILS = "https://api.github.com/user/emails"


def add_provider(slug: str = "demo", kind: str = "openid_connect", **fields: Any) -> Provider:
    """Register a provider as the admin would, who has listed the domains of its people.

    Nobody has an account at it, so `save` would look for their addresses in vain.
    """
    base_url = ISSUER if kind == "openid_connect" else ""
    names: dict[str, Any] = {"name": slug.title(), "client_id": "client-1", "base_url": base_url}
    secret, extra = fields.pop("client_secret", "the client secret"), fields.pop("extra", {})
    provider = Provider(slug=slug, kind=kind, **names | fields)
    provider.client_secret, provider.extra = secret, extra
    if provider.vouches_for_nothing and "vouches_for" not in fields:
        provider.vouches_for = OUR_DOMAINS
    provider.full_clean()
    Provider.objects.bulk_create([provider])
    return provider


def begin(client: Client, slug: str = "demo", **form: str) -> dict[str, str]:
    """Press the button; returns the parameters of the authorization request."""
    response = client.post(f"/sign-in/{slug}/", form)
    assert response.status_code == 303, response.content
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()
    }


def come_back(client: Client, slug: str = "demo", **parameters: Any) -> HttpResponse:
    """Arrive at the redirect URI, as a browser would."""
    return client.get(f"/sign-in/{slug}/callback/", parameters)  # type: ignore[return-value]


def session_token(user: User, *, age: int = 0, provider: str = "") -> str:
    """Return the session JWT of somebody who has signed in `age` seconds ago."""
    now = timezone.now()
    session = Session.objects.create(
        user=user,
        provider=provider,
        auth_time=now - timedelta(seconds=age),
        expires_at=now + timedelta(hours=1),
    )
    return issue_session_token(session, user).text


def hold(browser: Client, token: str) -> None:
    """Give a browser both cookies of a session."""
    browser.cookies["session"], browser.cookies["refresh"] = token, refresh_token_beside(token)


def refresh_token_beside(token: str) -> str:
    """Return the refresh token that a browser gets together with this JWT."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return issue_refresh_token(Session(pk=UUID(claims["sid"]), generation=claims["gen"]))


def rows() -> tuple[int, ...]:
    """Count people, identities, addresses and sessions."""
    models = (User, SocialAccount, EmailAddress, Session)
    return tuple(model.objects.count() for model in models)


def failure_code(caplog_text: str) -> str:
    """Return the code of the last failure that was logged."""
    return caplog_text.rpartition(" code=")[2].split()[0]


@dataclass
class FakeIssuer:
    """An OpenID Provider whose every answer a test can bend."""

    answers: responses.RequestsMock
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    token: dict[str, Any] = field(default_factory=dict)
    kid: str = "key-1"
    empty: dict[str, Any] = field(default_factory=dict)  # claims that are there and say nothing

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def document(self) -> dict[str, Any]:
        document = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "jwks_uri": f"{ISSUER}/jwks",
        }
        return without_none(document | self.metadata)

    def publish(self) -> None:
        """Answer discovery and keys."""
        discovery = f"{ISSUER}/.well-known/openid-configuration"
        self.answers.get(discovery, json=self.document)
        self.answers.get(f"{ISSUER}/jwks", json={"keys": [self.jwk()]})

    def jwk(self) -> dict[str, Any]:
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return public | {"kid": self.kid, "use": "sig", "alg": "ES256"}

    def vouch(self, nonce: str) -> None:
        """Answer the token request, and userinfo where there is any."""
        token = {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "expires_in": 3600,
            "id_token": self.id_token(nonce),
        }
        self.answers.post(f"{ISSUER}/token", json=without_none(token | self.token))
        if self.userinfo is not None:
            self.answers.get(f"{ISSUER}/userinfo", json=self.userinfo)

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        digest = hashlib.sha256(ACCESS_TOKEN.encode()).digest()[:16]
        claims = {
            "iss": ISSUER,
            "aud": "client-1",
            "sub": "alice-at-op",
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "name": "Alice Archer",
            "email": "alice@example.com",
            "email_verified": True,
        }
        headers = {"kid": self.kid}
        kept = without_none(claims | self.claims) | self.empty
        return jwt.encode(kept, self.key, "ES256", headers)


@dataclass
class FakeGitHub:
    """GitHub's three answers in a sign-in."""

    answers: responses.RequestsMock
    user: dict[str, Any] = field(default_factory=dict)
    emails: Any = field(
        default_factory=lambda: [{"email": "alice@example.com", "primary": True, "verified": True}]
    )
    emails_status: int = 200

    def vouch(self) -> None:
        token = {"access_token": ACCESS_TOKEN, "token_type": "bearer", "scope": "user:email"}
        self.answers.post(GITHUB_TOKEN, json=token)
        profile = {"id": 1001, "login": "alice", "name": "Alice Archer", "email": None}
        picture = {"avatar_url": "https://pictures.example/alice.png"}
        self.answers.get(GITHUB_USER, json=profile | picture | self.user)
        body = json.dumps(self.emails)
        self.answers.get(GITHUB_EMAILS, body=body, status=self.emails_status)


def without_none(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a test has set to None."""
    return {name: value for name, value in members.items() if value is not None}
