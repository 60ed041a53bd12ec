"""What the page of a person in the admin shows besides: other rooms put panels on this list."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest
from django.utils.safestring import SafeString

Panel = Callable[[HttpRequest, UUID], SafeString]  # HTML about a person; "" for nothing to show

_panels: list[Panel] = []


def on_page_of_person(panel: Panel) -> None:
    """Have the page show this too; it asks itself what whoever looks may see."""
    _panels.append(panel)


def panels(request: HttpRequest, person: UUID) -> list[SafeString]:
    return [html for panel in _panels if (html := panel(request, person))]
