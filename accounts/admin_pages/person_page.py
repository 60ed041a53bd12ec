"""A list of panels for a person's page in the admin. Other rooms add theirs to it."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

Panel = Callable[[HttpRequest, UUID], SafeString]  # HTML about a person; "" for nothing to show

_panels: list[Panel] = []


def on_page_of_person(panel: Panel) -> None:
    """Show this on the page too. The panel itself asks what the reader may see."""
    _panels.append(panel)


def panels(request: HttpRequest, person: UUID) -> list[SafeString]:
    return [html for panel in _panels if (html := panel(request, person))]
