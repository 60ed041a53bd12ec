"""The left column of a provider's page: what to look at, and what to do at the provider."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from attempts.panels import failures_panel
from providers import catalogue
from providers.marks import Mark
from providers.models import Provider
from providers.next_secret import expiry_of

PLACEHOLDER = "SLUG"


def guide(kind: catalogue.Kind, provider: Provider, request: HttpRequest) -> dict[str, Any]:
    """Say how to register an application at a kind of provider, for one slug and address."""
    registration = kind.guide
    unlisted = f"{catalogue.UNLISTED} {catalogue.UNLISTED_FIX}"
    return {
        "kind": kind,
        "mark": Mark.of(kind),
        "registration": registration,
        "console_url": kind.console_url(provider.base_url),
        "steps": [emphasised(step) for step in registration.steps],
        "note": emphasised(registration.note),
        "scopes": catalogue.reasons_for(tuple(provider.scope.split()) or kind.scope),
        "redirect_uri": provider.redirect_uri,
        # The script puts the slug that is typed in place of SLUG.
        "redirect_uri_pattern": Provider(slug=PLACEHOLDER).redirect_uri,
        "base_url": settings.BASE_URL,
        "other_address": other_address(request),
        "warning": kind.warning,
        "unlisted": unlisted if provider.vouches_for_nothing else "",
    }


def emphasised(text: str) -> SafeString:
    """Return a step as HTML. Words between asterisks are names at the provider: make them bold."""
    parts = enumerate(text.split("*"))
    strong = "<strong>{}</strong>"
    marked = ((format_html(strong, part) if index % 2 else part,) for index, part in parts)
    return format_html_join("", "{}", marked)


def other_address(request: HttpRequest) -> str:
    """Return the origin that the browser seems to show, "" if it is BASE_URL.

    Anybody can send these headers. Using them here is safe, because they only cause a warning.
    """
    base = urlsplit(settings.BASE_URL)
    scheme = _first(request.headers.get("X-Forwarded-Proto", "")) or base.scheme
    host = _first(request.headers.get("X-Forwarded-Host", "")) or request.headers.get("Host", "")
    default = {"http": ":80", "https": ":443"}.get(scheme, "")
    origin = f"{scheme}://{host.lower().removesuffix(default)}"
    return "" if origin == settings.BASE_URL else origin


def _first(value: str) -> str:
    """Return the value of the proxy nearest to the browser."""
    return value.partition(",")[0].strip().lower()


def panels(request: HttpRequest, provider: Provider) -> list[SafeString]:
    """Return the panels above the guide as HTML, without those that are empty."""
    all_panels = (
        _secret_expiry(provider),
        _rule_warnings(provider),
        failures_panel(request, provider),
    )
    return [panel for panel in all_panels if panel]


def _secret_expiry(provider: Provider) -> SafeString:
    """Warn of a client secret that is about to expire."""
    expiring = expiry_of(provider)
    if expiring is None:
        return SafeString()
    advice = (
        "The next one is stored and takes over when this one is refused."
        if provider.sealed_next_client_secret
        else "Make a new one at the provider, and enter it as the next secret."
    )
    return format_html(
        '<p class="panel {}"><strong>The client secret {}.</strong> {}</p>',
        "error" if expiring.has_expired else "warning",
        expiring.words,
        advice,
    )


def _rule_warnings(provider: Provider) -> SafeString:
    """Warn of rules that may match other people than the admin expects."""
    rules = [rule for rule in provider.access_rules.all() if rule.warnings]
    lines = ((str(rule), rule.warnings) for rule in rules)
    return format_html_join("", '<p class="panel warning"><strong>{}.</strong> {}</p>', lines)
