"""An app as its other side sees it: it sends the browser, and calls the endpoints by itself."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from oidc_provider.clients import digest_of
from oidc_provider.models import App
from tests.conftest import HOST

__all__ = ["SECRET", "VERIFIER", "RelyingParty", "digest_of", "parts_of"]
SECRET = "x7Jq0m3GfK2v9Tn5Yb8Lw1Rz4Pd6Hs-c_AeUiOoNtQk"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class RelyingParty:
    """An app. `browser` is the person's; calls from the app's own server have no cookies."""

    browser: Client
    app: App
    server: Client = field(default_factory=lambda: Client(headers={"host": HOST}))

    def query(self, **changes: Any) -> dict[str, Any]:
        usual = {
            "client_id": self.app.slug,
            "redirect_uri": self.app.redirect_uris[0],
            "response_type": "code",
            "scope": "openid profile email groups offline_access",
            "state": "the state",
            "nonce": "the nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def authorize(self, **changes: Any) -> Any:
        """Send the browser to the authorization endpoint; None takes a parameter away."""
        address = f"/oauth/authorize?{urlencode(self.query(**changes), doseq=True)}"
        return self.browser.get(address)

    def code(self, **changes: Any) -> str:
        return self.answer(self.authorize(**changes))["code"]

    def answer(self, response: Any) -> dict[str, str]:
        """Return what the app gets with the redirect."""
        assert response.status_code == 303, response.content
        address = urlsplit(response["Location"])
        assert response["Location"].partition("?")[0] in self.app.redirect_uris
        return {name: values[0] for name, values in parse_qs(address.query).items()}

    def exchange(self, code: str, /, **changes: Any) -> Any:
        usual = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.app.redirect_uris[0],
            "code_verifier": VERIFIER,
        }
        return self.post("/oauth/token", **(usual | changes))

    def refresh(self, refresh_token: str, /, **changes: Any) -> Any:
        usual = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.post("/oauth/token", **(usual | changes))

    def tokens(self, **changes: Any) -> dict[str, Any]:
        """Let the person sign in to the app; return the token response."""
        response = self.exchange(self.code(**changes))
        assert response.status_code == 200, response.content
        found: dict[str, Any] = json.loads(response.content)
        return found

    def post(self, address: str, **fields: Any) -> Any:
        """Call an endpoint with the app's credentials in the body, None takes a field away."""
        secret = {} if self.app.is_public else {"client_secret": SECRET}
        fields = {"client_id": self.app.slug, **secret, **fields}
        body = urlencode({n: v for n, v in fields.items() if v is not None}, doseq=True)
        return self.server.post(address, body, content_type="application/x-www-form-urlencoded")

    def userinfo(self, access_token: str) -> Any:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.server.get("/oauth/userinfo", headers=headers)


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a JWT, not verified."""
    header, payload, _ = token.split(".")
    found = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload)]
    return found[0], found[1]
