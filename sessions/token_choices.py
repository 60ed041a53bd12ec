"""What the owner of a script chooses for its token: what it says, to whom, and for how long.

Whoever chooses nothing gets the least of each.
"""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sessions.models import Session
from sessions.session_tokens import CLAIMS_OF_SCOPE
from web.shown import clean_name, duration

DAY = 86_400  # seconds
LIFETIMES = (DAY, 7 * DAY, 30 * DAY, 90 * DAY)
NAME_LENGTH = 100  # characters
NO_NAME = "Please give it a name, such as the machine it is for."
NOT_OFFERED = "One of the choices is not offered here any more. Please choose again."


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


def _scope_choices() -> list[tuple[str, SafeString]]:
    text = "{} <code>{}</code>"
    return [
        (word, format_html(text, word.capitalize(), ", ".join(claims)))
        for word, claims in scopes().items()
    ]


class TokenForm(forms.Form):
    """The choices for one token. An error in a choice is shown before one in the name."""

    scope = forms.MultipleChoiceField(choices=_scope_choices, required=False)
    audience = forms.MultipleChoiceField(
        choices=lambda: [(name, name) for name in settings.SESSION_AUDIENCE], required=False
    )
    lifetime = forms.TypedChoiceField(
        choices=lambda: [(each, duration(each)) for each in lifetimes()], coerce=int, required=False
    )
    name = forms.CharField(required=False)

    def clean_scope(self) -> str:
        """Return the scope of the session: `openid`, and what was chosen, in our order."""
        chosen = self.cleaned_data["scope"]
        return " ".join(["openid", *(word for word in scopes() if word in chosen)])

    def clean_audience(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["audience"]))

    def clean_lifetime(self) -> int:
        """Return how many seconds the token lives."""
        return int(self.cleaned_data["lifetime"] or lifetimes()[0])

    def clean_name(self) -> str:
        name = clean_name(self.cleaned_data["name"])[:NAME_LENGTH]
        if not name:
            raise ValidationError(NO_NAME)
        return name

    @property
    def problem(self) -> str:
        """The sentence for somebody whose choices are not valid."""
        return NO_NAME if [*self.errors] == ["name"] else NOT_OFFERED


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
