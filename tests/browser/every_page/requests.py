"""What an app sends people with."""

from urllib.parse import urlencode

REQUEST = {
    "response_type": "code",
    "scope": "openid profile email groups offline_access",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


def asking_for(app: str, **changes: str) -> str:
    """Return the address to which an app sends people."""
    own = {"client_id": app, "redirect_uri": f"https://{app}.example/cb"}
    return f"/oauth/authorize?{urlencode(own | REQUEST | changes)}"
