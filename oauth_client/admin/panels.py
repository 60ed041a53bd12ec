"""What the page of a provider shows above its guide: each panel is a function of this list."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from attempts.panels import failures_panel
from providers.models import Provider
from providers.secret_expiry import expiry_of

Panel = Callable[[HttpRequest, Provider], SafeString]  # HTML; "" for nothing to show


def secret_expiry(request: HttpRequest, provider: Provider) -> SafeString:
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


def rule_warnings(request: HttpRequest, provider: Provider) -> SafeString:
    """Warn of rules that may be about somebody else than the admin thinks."""
    rules = [rule for rule in provider.access_rules.all() if rule.warnings]
    lines = ((str(rule), rule.warnings) for rule in rules)
    return format_html_join("", '<p class="panel warning"><strong>{}.</strong> {}</p>', lines)


PANELS: list[Panel] = [secret_expiry, rule_warnings, failures_panel]


def panels(request: HttpRequest, provider: Provider) -> list[SafeString]:
    return [html for panel in PANELS if (html := panel(request, provider))]
