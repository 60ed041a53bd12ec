"""A visitor with a browser and the client that sent them, in as few words as a test needs."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import requests

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
TIMEOUT = 10  # seconds


class Client:
    """Signet as one provider sees it."""

    def __init__(
        self, url: str, slug: str, authorize: str, token: str, scope: str = "openid profile email"
    ) -> None:
        self.url = url
        self.slug = slug
        self.base_url = f"{url}/{slug}"
        self.authorization_endpoint = url + authorize
        self.token_endpoint = url + token
        self.client_id = f"signet-{slug}"
        self.client_secret = f"simulated-{slug}-secret"
        self.redirect_uri = f"http://localhost:8000/sign-in/{slug}/callback/"
        self.scope = scope
        self.http = requests.Session()
        self.http.trust_env = False

    def authorization_url(self, **changes: str | None) -> str:
        """Return a good authorization request; None leaves a parameter out."""
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        given = {name: value for name, value in parameters.items() if value is not None}
        return f"{self.authorization_endpoint}?{urlencode(given)}"

    def ask(self, **changes: str | None) -> requests.Response:
        """Arrive at the authorization endpoint."""
        return self.get(self.authorization_url(**changes), allow_redirects=False)

    def decide(
        self, person: str = "alice", decision: str = "allow", **changes: str | None
    ) -> requests.Response:
        """Press a button there."""
        form = {"person": person, "decision": decision}
        return self.post(self.authorization_url(**changes), form, allow_redirects=False)

    def code(self, person: str = "alice", **changes: str | None) -> str:
        return query(self.decide(person, "allow", **changes))["code"]

    def redeem(self, code: str | None, **changes: str | None) -> requests.Response:
        """Send the code to the token endpoint."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        } | changes
        return self.post(self.token_endpoint, form, headers={"Accept": "application/json"})

    def tokens(self, person: str = "alice", **changes: str | None) -> dict[str, Any]:
        answer: dict[str, Any] = self.redeem(self.code(person, **changes)).json()
        return answer

    def refresh(self, refresh_token: str, **changes: str | None) -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        return self.post(self.token_endpoint, form, auth=(self.client_id, self.client_secret))

    def api(self, path: str, token: str, scheme: str = "Bearer") -> requests.Response:
        return self.get(self.base_url + path, headers={"Authorization": f"{scheme} {token}"})

    def id_token(self, token: str) -> dict[str, Any]:
        """Return the claims of an ID token whose signature the published keys confirm."""
        header, _ = self.unverified(token)
        key = jwt.PyJWK(self.key(header["kid"]))
        claims: dict[str, Any] = jwt.decode(
            token, key, [header["alg"]], audience=self.client_id, issuer=self.base_url
        )
        return claims

    def unverified(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return header and claims of an ID token, whoever has signed it."""
        header, claims, _ = token.split(".")
        return _decoded(header), _decoded(claims)

    def jwks(self) -> list[dict[str, Any]]:
        """Return the published keys."""
        return list(self.get(self.metadata()["jwks_uri"]).json()["keys"])

    def key(self, kid: str) -> dict[str, Any]:
        [named] = [key for key in self.jwks() if key["kid"] == kid]
        return named

    def userinfo(self, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        return dict(self.get(self.metadata()["userinfo_endpoint"], headers=headers).json())

    def metadata(self) -> dict[str, Any]:
        document = self.get(f"{self.base_url}/.well-known/openid-configuration").json()
        return dict(document)

    def get(self, url: str, **options: Any) -> requests.Response:
        return self.http.get(url, timeout=TIMEOUT, **options)

    def post(self, url: str, form: Any = None, **options: Any) -> requests.Response:
        return self.http.post(url, form, timeout=TIMEOUT, **options)


def query(response: requests.Response) -> dict[str, str]:
    """Return the parameters with which a visitor is sent back."""
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def _decoded(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "==")))
