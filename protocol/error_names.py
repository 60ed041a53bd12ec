"""What providers are known to say in an error: its code, and what its description is about.

Only the known names may be logged and shown; any other name is called "another". A description is
for the developer (RFC 6749 §4.1.2.1) and may hold anything, so we do not keep its text. We keep a
hint instead: a word from a closed list, or the number of a Microsoft message.
"""

import re
import tomllib
from pathlib import Path

from protocol.errors import ErrorCode

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
AUTHORIZATION_ERRORS, TOKEN_ERRORS = (
    {name: ErrorCode(code) for code, names in _TABLES[endpoint].items() for name in names}
    for endpoint in ("authorization", "token")
)
OTHER = "another"
# Sent for a wrong secret: the first by Keycloak, Bitbucket and X, the second by Auth0.
OF_THE_SECRET = ("unauthorized_client", "access_denied")
# learn.microsoft.com, "Microsoft Entra authentication and authorization error codes", 2026-11.
MICROSOFT = re.compile(r"\bAADSTS\d{4,7}\b")
PKCE = re.compile(r"code[_ ]?(verifier|challenge)|\bpkce\b", re.IGNORECASE)
REDIRECT_URI = re.compile(r"redirect[_ ]?uri", re.IGNORECASE)
# X, Discord and LinkedIn, which call a wrong code an invalid_request (dates and sources:
# oauth_client/doctor/readings.toml).
CODE = re.compile(r"authorization code\b|\"code\"", re.IGNORECASE)
# Google sends this for people who are not test users (2026-11). Usually they stay on Google's page.
NOT_VERIFIED = re.compile(r"verification|test users?\b", re.IGNORECASE)
READ = 2000  # characters


def hint_of(description: object) -> str:
    """Return what a description is about: "AADSTS...", "pkce" ...; "" for nothing."""
    if not isinstance(description, str):
        return ""
    text = description[:READ]
    if number := MICROSOFT.search(text):
        return number[0]
    if PKCE.search(text) and REDIRECT_URI.search(text):  # LinkedIn lists all that may be wrong
        return "code" if CODE.search(text) else ""
    patterns = {
        "pkce": PKCE,
        "redirect_uri": REDIRECT_URI,
        "code": CODE,
        "not_verified": NOT_VERIFIED,
    }
    return next((hint for hint, pattern in patterns.items() if pattern.search(text)), "")
