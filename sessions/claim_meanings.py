"""What each claim of a session JWT means, and what its value says to a person.

The entries stand in the description of the API, `sessions/api/openapi.json`, and nowhere else.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings

from sessions.api.description import KEPT_BY_HAND
from web.shown import as_json, duration, moment, visible

CLAIMS: dict[str, Any] = KEPT_BY_HAND["components"]["schemas"]["Claims"]["properties"]
TIMES = ("iat", "exp", "auth_time")


class ExplainedClaim(NamedTuple):
    """One claim: its value as a person reads it, what it means, and where that is defined."""

    name: str
    value: str
    meaning: str
    source: str

    @property
    def summary(self) -> str:
        """Return the first sentence of the meaning: what a visitor wants to know."""
        return self.meaning.partition(". ")[0].removesuffix(".") + "."


def explained(claims: Mapping[str, Any]) -> list[ExplainedClaim]:
    """Explain the claims of any JWT in their order. The meaning of an unknown claim is empty."""
    sources = {name: entry.get("x-source", "") for name, entry in CLAIMS.items()}
    return [
        ExplainedClaim(visible(name), _value(name, claims), _meaning(name), sources.get(name, ""))
        for name in claims
    ]


def _meaning(name: str) -> str:
    meaning = str(CLAIMS.get(name, {}).get("description", ""))
    if name != "exp":
        return meaning
    idle, most = settings.SESSION_IDLE_LIFETIME, settings.SESSION_LIFETIME
    return (
        f"{meaning} Before that, a browser gets the next token by itself, until the session has"
        f" not been used for {duration(idle)} or is {duration(most)} old."
    )


def _value(name: str, claims: Mapping[str, Any]) -> str:
    value = claims[name]
    if name in TIMES:
        return moment(value) + (_lifetime(claims) if name == "exp" else "")
    if isinstance(value, list):
        return ", ".join(map(visible, value))
    return visible(value) if isinstance(value, str) else as_json(value)


def _lifetime(claims: Mapping[str, Any]) -> str:
    iat, exp = claims.get("iat"), claims["exp"]
    are_times = type(iat) is int and type(exp) is int
    return f", {duration(exp - iat)} after iat" if are_times else ""
