"""What the answers of one provider are made of, and a sign-in through it."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import responses
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from jwt.algorithms import ECAlgorithm

from providers.models import Provider
from tests.fakes import add_provider, begin, come_back

KEY = ec.generate_private_key(ec.SECP256R1())
APPLE_KEY = ec.generate_private_key(ec.SECP256R1())
APPLE_PEM = APPLE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
TENANT = "5a1f7c62-0d39-4c7e-9a55-3f1d2b6c8e90"
APPLE_EXTRA = {"team_id": "TEAM123456", "key_id": "KEY1234567", "private_key": APPLE_PEM}
MAIL = {"email": "alice@example.com", "email_verified": True}
PICTURE = "https://pictures.example/alice.png"


@dataclass(frozen=True)
class Told:
    """What Signet should know afterwards."""

    sub: str
    name: str = "Alice Archer"
    email: str = "alice@example.com"
    email_verified: bool = True


@dataclass(frozen=True)
class OpenID:
    """An OpenID Provider: its metadata, and what its ID token and userinfo say."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    claims: dict[str, Any]
    userinfo_endpoint: str = ""
    userinfo: dict[str, Any] | None = None
    discovery: str = ""  # where the document is, if not below the issuer
    document_issuer: str = ""  # what the document says, if not what the ID token says
    has_discovery: bool = True
    key_issuer: str = ""

    @property
    def document(self) -> dict[str, Any]:
        members = {
            "issuer": self.document_issuer or self.issuer,
            "authorization_endpoint": self.authorization_endpoint,
            "token_endpoint": self.token_endpoint,
            "jwks_uri": self.jwks_uri,
            "userinfo_endpoint": self.userinfo_endpoint,
        }
        return {name: value for name, value in members.items() if value}

    @property
    def discovery_url(self) -> str:
        base = self.discovery or self.issuer.rstrip("/")
        return f"{base}/.well-known/openid-configuration"


@dataclass(frozen=True)
class Plain:
    """A provider of plain OAuth 2.0: endpoints, and what its API answers."""

    authorization_endpoint: str
    token_endpoint: str
    calls: tuple[tuple[str, str, Any], ...]  # method, URL, JSON


@dataclass(frozen=True)
class Answers:
    """One provider in a sign-in."""

    kind: str
    server: OpenID | Plain
    told: Told
    row: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    scope: str = "openid profile email"
    uses_basic: bool = False
    sends_verifier: bool = True
    nonce: bool = True

    @property
    def requests(self) -> list[str]:
        """What is sent, in order."""
        server = self.server
        exchange = f"POST {server.token_endpoint}"
        if isinstance(server, Plain):
            return [exchange, *(f"{method} {url}" for method, url, _ in server.calls)]
        first = [f"GET {server.discovery_url}"] if server.has_discovery else []
        last = [f"GET {server.userinfo_endpoint}"] if server.userinfo is not None else []
        return [*first, exchange, f"GET {server.jwks_uri}", *last]

    def add(self, slug: str = "", **fields: Any) -> Provider:
        """Register it as an admin would."""
        return add_provider(slug or self.kind, self.kind, **self.row | fields)

    def publish(self) -> None:
        """Answer what does not depend on the sign-in."""
        server = self.server
        if isinstance(server, Plain):
            for method, url, members in server.calls:
                responses.add(method, url, json=members)
            return
        if server.has_discovery:
            responses.get(server.discovery_url, json=server.document)
        public = ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        jwk = public | {"kid": "key-1", "use": "sig", "alg": "ES256"}
        own = {"issuer": server.key_issuer} if server.key_issuer else {}
        responses.get(server.jwks_uri, json={"keys": [jwk | own]})
        if server.userinfo is not None:
            responses.get(server.userinfo_endpoint, json=server.userinfo)

    def vouch(self, nonce: str, /, **claims: Any) -> None:
        """Answer the token request; `claims` bend the ID token."""
        token = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600} | self.token
        if isinstance(self.server, OpenID):
            token["id_token"] = self.id_token(nonce, claims)
        responses.post(self.server.token_endpoint, json=token)

    def id_token(self, nonce: str, claims: dict[str, Any]) -> str:
        assert isinstance(self.server, OpenID)
        now = int(time.time())
        common = {"iss": self.server.issuer, "aud": "client-1", "iat": now, "exp": now + 3600}
        bound = {"nonce": nonce} if self.nonce else {}
        members = common | bound | self.server.claims | claims
        kept = {name: value for name, value in members.items() if value is not None}
        return jwt.encode(kept, KEY, "ES256", {"kid": "key-1"})

    def sign_in(self, client: Client, slug: str = "", /, **claims: Any) -> str:
        """Go through it all; returns where the visitor ends."""
        self.publish()
        asked = begin(client, slug or self.kind)
        self.vouch(asked.get("nonce", ""), **claims)
        return come_back(client, slug or self.kind, code="c", state=asked["state"])["Location"]


def form(call: Any) -> dict[str, str]:
    """Return the parameters of a request's body."""
    body = call.request.body or ""
    text = body.decode() if isinstance(body, bytes) else body
    return {name: values[0] for name, values in parse_qs(text).items()}


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
