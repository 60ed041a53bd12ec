"""What the owner of a script chooses for its token: what it says, to whom, and for how long.

Whoever chooses nothing gets the least of each.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.http import QueryDict

from sessions.models import Session
from sessions.session_tokens import CLAIMS_OF_SCOPE
from web.shown import duration

DAY = 86_400  # seconds
LIFETIMES = (DAY, 7 * DAY, 30 * DAY, 90 * DAY)
LEAST = "openid"  # says `sub`, by which services know somebody


class NotOfferedError(ValueError):
    """The form has a choice that the page does not offer."""


@dataclass(frozen=True)
class Choices:
    """What was chosen; by default the least."""

    scope: tuple[str, ...] = ()  # words of CLAIMS_OF_SCOPE
    audience: tuple[str, ...] = ()  # names of SESSION_AUDIENCE
    lifetime: int = 0  # seconds, 0 for the shortest

    @classmethod
    def of(cls, form: QueryDict) -> "Choices":
        """Read a form that was sent. Raises `NotOfferedError`."""
        scope, audience = form.getlist("scope"), form.getlist("audience")
        lifetime = form.get("lifetime") or str(lifetimes()[0])
        are_offered = {*scope} <= {*scopes()} and {*audience} <= {*settings.SESSION_AUDIENCE}
        if not are_offered or lifetime not in map(str, lifetimes()):
            raise NotOfferedError
        return cls(tuple(scope), tuple(audience), int(lifetime))

    @property
    def fields(self) -> dict[str, Any]:
        """The columns of the session that is made so."""
        words = [LEAST, *(word for word in scopes() if word in self.scope)]
        return {"scope": " ".join(words), "audience": list(dict.fromkeys(self.audience))}


class Option(NamedTuple):
    """One thing to choose, as the page shows it."""

    value: str
    words: str
    is_chosen: bool
    claims: str = ""


def options(chosen: Choices) -> dict[str, list[Option]]:
    """Return all that there is to choose, by the name of the field."""
    scope = [
        Option(word, word.capitalize(), word in chosen.scope, ", ".join(claims))
        for word, claims in scopes().items()
    ]
    audience = [Option(name, name, name in chosen.audience) for name in settings.SESSION_AUDIENCE]
    lifetime = [Option(str(each), duration(each), each == chosen.lifetime) for each in lifetimes()]
    return {"scope": scope, "audience": audience, "lifetime": lifetime}


@dataclass(frozen=True)
class Script:
    """A script that has tokens, with what was chosen for it and the site still allows."""

    session: Session

    @property
    def says(self) -> list[str]:
        return [name for word in self.session.scope.split() for name in scopes().get(word, ())]

    @property
    def accepted_by(self) -> list[str]:
        return [name for name in settings.SESSION_AUDIENCE if name in self.session.audience]


def scopes() -> dict[str, tuple[str, ...]]:
    """Return the words that may be chosen, and which claims each adds on this site."""
    of_this_site = {"groups", *settings.SESSION_CLAIMS}
    allowed = {
        word: tuple(name for name in claims if name in of_this_site)
        for word, claims in CLAIMS_OF_SCOPE.items()
    }
    return {word: claims for word, claims in allowed.items() if claims}


def lifetimes() -> list[int]:
    """Return for how many seconds a token may live, the shortest first."""
    return sorted({min(seconds, settings.SESSION_LIFETIME) for seconds in LIFETIMES})
