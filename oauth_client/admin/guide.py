"""The left column: what to do at the provider, with the redirect URI to copy."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from providers import catalogue
from providers.marks import Mark
from providers.models import Provider

PLACEHOLDER = "SLUG"
# Pages about one provider, and what their buttons say.
ACTIONS = {
    "admin:providers_provider_check": "Check now",
    "admin:providers_provider_try": "Try it",
}


@dataclass(frozen=True)
class Action:
    """Something that can be done with a provider on a page of its own."""

    label: str
    url: str


@dataclass(frozen=True)
class Guide:
    """How one registers an application at a kind of provider, for one slug and address."""

    kind: catalogue.Kind
    mark: Mark
    registration: catalogue.RegistrationGuide
    console_url: str
    steps: list[SafeString]
    note: SafeString
    scopes: list[tuple[str, str]]
    redirect_uri: str
    redirect_uri_pattern: str  # with SLUG, for the script that follows what is typed
    other_address: str  # where the browser seems to be, if that is not BASE_URL
    warning: str  # what whoever runs the server must never do
    unlisted: str  # what it costs that no domain is listed

    @classmethod
    def of(cls, kind: catalogue.Kind, provider: Provider, request: HttpRequest) -> "Guide":
        registration = kind.guide
        return cls(
            kind,
            Mark.of(kind),
            registration,
            kind.console_url(provider.base_url),
            [emphasised(step) for step in registration.steps],
            emphasised(registration.note),
            catalogue.reasons_for(tuple(provider.scope.split()) or kind.scope),
            provider.redirect_uri,
            Provider(slug=PLACEHOLDER).redirect_uri,
            other_address(request),
            kind.identifier.warning,
            f"{catalogue.UNLISTED} {catalogue.UNLISTED_FIX}"
            if provider.vouches_for_nothing
            else "",
        )

    @property
    def base_url(self) -> str:
        base_url: str = settings.BASE_URL
        return base_url


def emphasised(text: str) -> SafeString:
    """Return a step as HTML: what stands between asterisks is written so at the provider."""
    parts = enumerate(text.split("*"))
    strong = "<strong>{}</strong>"
    marked = ((format_html(strong, part) if index % 2 else part,) for index, part in parts)
    return format_html_join("", "{}", marked)


def other_address(request: HttpRequest) -> str:
    """Return the origin that the browser seems to show, "" if it is BASE_URL.

    Headers that anybody can send are believed here, since nothing but a warning comes of them.
    """
    ours = urlsplit(settings.BASE_URL)
    scheme = _first(request.headers.get("X-Forwarded-Proto", "")) or ours.scheme
    host = _first(request.headers.get("X-Forwarded-Host", "")) or request.headers.get("Host", "")
    default = {"http": ":80", "https": ":443"}.get(scheme, "")
    seen = f"{scheme}://{host.lower().removesuffix(default)}"
    return "" if seen == settings.BASE_URL else seen


def _first(value: str) -> str:
    """Return what the proxy nearest to the browser has said."""
    return value.partition(",")[0].strip().lower()


def actions(provider: Provider) -> list[Action]:
    """Return what this site can do with a provider."""
    return [Action(label, reverse(name, args=[provider.pk])) for name, label in ACTIONS.items()]
