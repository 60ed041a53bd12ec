"""What each claim of a session JWT means, for somebody who reads one for the first time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from web.shown import as_json, duration, moment

OURS = "Signet's own"
# In the order of the payload: what it means, and where that is defined.
MEANINGS = {
    "iss": ("Who issued it: this site.", "RFC 7519 §4.1.1"),
    "aud": ("Whom it is for. An app accepts it only if its own name is here.", "RFC 7519 §4.1.3"),
    "sub": (
        "The person, by an id that never changes. A new account gets its own at the sign-in.",
        "RFC 7519 §4.1.2",
    ),
    "client_id": (
        "What was signed in: this site for a browser, else the session of a script.",
        "RFC 9068 §2.2",
    ),
    "sid": (
        "The session: the same in all its tokens, and another one at every sign-in.",
        "OpenID Connect Front-Channel Logout §3",
    ),
    "jti": ("This very token: no other has the same.", "RFC 7519 §4.1.7"),
    "gen": ("How often the session has been refreshed.", OURS),
    "iat": ("When it was issued, in seconds since 1970.", "RFC 7519 §4.1.6"),
    "exp": ("When it expires. {next}", "RFC 7519 §4.1.4"),
    "auth_time": ("When the person signed in.", "RFC 9068 §2.2.1, OpenID Connect Core §2"),
    "scope": ("What it is good for: to know who this is.", "RFC 9068 §2.2.3"),
    "groups": (
        "What the access rules grant, a list; left out when it is none.",
        "RFC 9068 §2.2.3.1",
    ),
    "idp": ("The provider that vouched, by its slug.", OURS),
    "name": ("What the person is called.", "OpenID Connect Core §5.1"),
    "picture": ("Where their picture is.", "OpenID Connect Core §5.1"),
    "email": (
        "Their address. Addresses change hands: tell people by sub.",
        "OpenID Connect Core §5.1",
    ),
    "email_verified": (
        "Whether the provider has proven that the address is theirs.",
        "OpenID Connect Core §5.1",
    ),
}
TIMES = ("iat", "exp", "auth_time")


@dataclass(frozen=True)
class ClaimInWords:
    """One claim: as it stands in the JWT, as a person reads it ("" if that says no more)."""

    name: str
    value: str
    words: str
    meaning: str
    source: str


def claims_in_words(claims: Mapping[str, Any]) -> tuple[ClaimInWords, ...]:
    """Explain every claim that `session_claims` makes, in its order."""
    return tuple(_claim(name, value, claims) for name, value in claims.items())


def _claim(name: str, value: object, claims: Mapping[str, Any]) -> ClaimInWords:
    meaning, source = MEANINGS[name]
    meaning = meaning.replace("{next}", _next())
    return ClaimInWords(name, as_json(value), _words(name, claims), meaning, source)


def _words(name: str, claims: Mapping[str, Any]) -> str:
    if name not in TIMES:
        return ""
    life = f", {duration(claims['exp'] - claims['iat'])} after iat" if name == "exp" else ""
    return moment(claims[name]) + life


def _next() -> str:
    """Say how long it goes on after that."""
    idle, most = settings.SESSION_IDLE_LIFETIME, settings.SESSION_LIFETIME
    return (
        f"Before that a browser gets the next one in passing, until the session has not been used "
        f"for {duration(idle)} or is {duration(most)} old."
    )
