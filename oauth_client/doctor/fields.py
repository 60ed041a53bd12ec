"""Check what has been entered here, before anything is sent."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

from encryption import SealBrokenError
from oauth_client.doctor.findings import Findings, diagnosed, ok, problem, warning
from oauth_client.doctor.subject import Subject
from providers import catalogue
from providers.models import Provider
from providers.next_secret import expiry_of

COPY_FIX = _("Copy the whole value again at the provider, and save it here.")
FIELDS_FIX = _("Enter it again on the provider's page.")
NEW_SECRET_FIX = _("Create a new secret at the provider, and enter it here as the next secret.")
REMOVE_FIX = _("Remove it, and offer people another way to sign in.")
PUBLIC_FIX = _(
    "To let others sign in, set BASE_URL to the public https address, and register the new redirect"
    " URI."
)
PASTED = {  # of each value: what is wrong if it is missing, in spaces, or has one inside
    "client_id": (
        _("The client ID is missing."),
        _("There are spaces around the client ID."),
        _("There is a space in the client ID, which is rarely correct."),
    ),
    "client_secret": (
        _("The client secret is missing."),
        _("There are spaces around the client secret."),
        _("There is a space in the client secret, which is rarely correct."),
    ),
    "next_client_secret": (
        _("The next client secret is missing."),
        _("There are spaces around the next client secret."),
        _("There is a space in the next client secret, which is rarely correct."),
    ),
}


def fields(subject: Subject) -> Findings:
    """Check that everything was entered, and nothing else was pasted with it."""
    provider, kind = subject.provider, subject.provider.catalogued
    found = [*_values(provider, kind), *_use(provider, kind)]
    yield from found or [ok(_("All required settings have been entered."))]


def _values(provider: Provider, kind: catalogue.Kind) -> Findings:
    yield from _pasted("client_id", provider.client_id)
    if kind.takes_secret:
        yield from _secret(provider, "client_secret")
        if provider.sealed_next_client_secret:
            yield from _secret(provider, "next_client_secret")
    yield from _extra(provider, kind)
    if kind.needs_base_url and not provider.base_url:
        yield problem(_("The base URL is missing."), _("Enter the address of the issuer."))


def _secret(provider: Provider, name: str) -> Findings:
    try:
        yield from _pasted(name, getattr(provider, name))
    except SealBrokenError:
        yield diagnosed(provider, "secret_unreadable", name)


def _pasted(name: str, value: str) -> Findings:
    missing, padded, spaced = PASTED[name]
    if not value:
        yield problem(missing, COPY_FIX)
    elif value != value.strip():
        yield problem(padded, COPY_FIX)
    elif any(character.isspace() for character in value):
        yield warning(spaced, COPY_FIX)


def _extra(provider: Provider, kind: catalogue.Kind) -> Findings:
    try:
        problems = catalogue.problems(kind.extra, provider.extra)
    except SealBrokenError:
        yield diagnosed(provider, "secret_unreadable", "extra")
        return
    labels = {key.name: key.label for key in kind.extra}
    for name, text in problems.items():
        yield problem(text, FIELDS_FIX, detail=labels.get(name, name))


def _use(provider: Provider, kind: catalogue.Kind) -> Findings:
    """Check that the secret has not expired, an id means one person, and an address can count."""
    if expiring := expiry_of(provider):
        day = {"day": str(provider.secret_expires_on)}
        if expiring.has_expired:
            yield problem(_("The client secret expired on {day}."), NEW_SECRET_FIX, values=day)
        else:
            yield warning(_("The client secret expires on {day}."), NEW_SECRET_FIX, values=day)
    if why_not := kind.identifier.why_not:
        yield problem(_("Nobody can sign in with this provider."), REMOVE_FIX, detail=why_not)
    if provider.vouches_for_nothing:
        yield warning(catalogue.UNLISTED, catalogue.UNLISTED_FIX)


def base_url(subject: Subject) -> Findings:
    """Check that visitors can come back to the address of this site."""
    if settings.IS_LOOPBACK:
        cause = _("BASE_URL is an address of this computer, so nobody else can sign in.")
        yield warning(cause, PUBLIC_FIX)
    elif urlsplit(settings.BASE_URL).scheme != "https":
        yield problem(
            _("BASE_URL doesn't use https."), _("Set BASE_URL to an address with https://.")
        )
    else:
        yield ok(_("BASE_URL is {url}."), values={"url": settings.BASE_URL})
