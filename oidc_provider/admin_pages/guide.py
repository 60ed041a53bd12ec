"""Help with an app's form: choose a kind, and copy what has to be pasted on its side."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from oauth_client.admin_pages import kind_choice
from oauth_client.admin_pages.guide import emphasised, other_address
from oauth_client.admin_pages.kind_choice import OfferedKind, chosen
from oidc_provider import catalogue, setting_up
from oidc_provider.catalogue import AppKind, FilledSnippet, Format
from oidc_provider.catalogue.entry import IN_WORDS
from oidc_provider.catalogue.snippets import MARKERS
from oidc_provider.models import App
from providers.marks import Mark

LINE = 32  # characters that fit into a line beside a button
LONGEST_FIELD = 18  # lines of a text field that shows a snippet


def choice(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the kinds, or those that a search finds."""
    problem = _("Unknown kind of app.") if chosen(request) else ""
    return kind_choice.choice(model_admin, request, _found, _("Add app"), problem)


def _found(search: str) -> dict[str, list[OfferedKind]]:
    return {
        title: [
            OfferedKind(kind.id, kind.shown_name, Mark.of(kind), kind.id in IN_WORDS)
            for kind in kinds
        ]
        for title, kinds in catalogue.categories(search).items()
    }


def guide_for(app: App, request: HttpRequest, secret: str) -> dict[str, Any]:
    """Say what to paste in an app. `secret` is "" if it is not known."""
    kind = app.catalogued
    snippets = kind.snippets_with(setting_up.values_of(app, secret))
    return {
        "kind": kind,
        "mark": Mark.of(kind),
        "where": emphasised(kind.words(kind.where)),
        "notes": [emphasised(kind.words(note)) for note in kind.notes],
        "licence_note": emphasised(kind.words(kind.licence_note)),
        "snippets": [_shown(snippet, place) for place, snippet in enumerate(snippets, 1)],
        "base_url": settings.BASE_URL,
        "other_address": other_address(request),
        "is_new": app.pk is None,
        "marker": MARKERS["client_secret"],
    }


def drafted_as(kind: AppKind, form: Any) -> App:
    """Return the app as it has been typed so far. Nothing of it is final."""
    app = setting_up.drafted(kind)
    app.slug = form["slug"].value() or ""
    app.launch_url = form["launch_url"].value() or "https://app.example.com"
    setting_up.fill_in(app)
    return app


def _shown(snippet: FilledSnippet, place: int) -> dict[str, Any]:
    """Return a snippet as the page shows it: fields of a form one by one, all else as a whole."""
    lines = snippet.text.count("\n") + 1
    fields = snippet.fields if snippet.format is Format.FIELDS else []
    return {
        "id": f"snippet-{place}",
        "title": emphasised(snippet.title),
        "text": snippet.text,
        "rows": min(lines + 1, LONGEST_FIELD),
        "lacks_secret": snippet.lacks_secret,
        "fields": [
            (f"snippet-{place}-{number}", label, value, 1 + len(value) // LINE)
            for number, (label, value) in enumerate(fields, 1)
        ],
    }
