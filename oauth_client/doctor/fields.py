"""Check what has been entered here, before anything is sent."""

from urllib.parse import urlsplit

from django.conf import settings

from encryption import SealBrokenError
from oauth_client.doctor.findings import Findings, diagnosed, ok, problem, warning
from oauth_client.doctor.subject import Subject
from providers import catalogue
from providers.models import Provider
from providers.next_secret import expiry_of

COPY_FIX = "Copy it again at the provider, from its first character to its last, and save it."


def fields(subject: Subject) -> Findings:
    """Check that everything was entered, and nothing else was pasted with it."""
    provider, kind = subject.provider, subject.provider.catalogued
    found = [*_values(provider, kind), *_use(provider, kind)]
    yield from found or [ok("Everything that this kind of provider needs has been entered.")]


def _values(provider: Provider, kind: catalogue.Kind) -> Findings:
    yield from _pasted(provider.client_id, "client ID")
    if kind.takes_secret:
        yield from _secret(provider, "client_secret", "client secret")
        if provider.sealed_next_client_secret:
            yield from _secret(provider, "next_client_secret", "next secret")
    yield from _extra(provider, kind)
    if kind.needs_base_url and not provider.base_url:
        yield problem(f"{kind.name} needs a base URL.", "Enter the address of the issuer.")


def _secret(provider: Provider, name: str, words: str) -> Findings:
    try:
        yield from _pasted(getattr(provider, name), words)
    except SealBrokenError:
        yield diagnosed(provider, "secret_unreadable", words)


def _pasted(value: str, words: str) -> Findings:
    if not value:
        yield problem(f"There is no {words}.", COPY_FIX)
    elif value != value.strip():
        yield problem(f"The {words} has white space around it.", COPY_FIX)
    elif any(character.isspace() for character in value):
        yield warning(f"The {words} has white space inside, which is rarely right.", COPY_FIX)


def _extra(provider: Provider, kind: catalogue.Kind) -> Findings:
    try:
        problems = catalogue.problems(kind.extra, provider.extra)
    except SealBrokenError:
        yield diagnosed(provider, "secret_unreadable", "the further values")
        return
    labels = {key.name: key.label for key in kind.extra}
    for name, text in problems.items():
        yield problem(f"{labels.get(name, name)}: {text}", "Enter it again on the provider's page.")


def _use(provider: Provider, kind: catalogue.Kind) -> Findings:
    """Check that the secret has not expired, an id means one person, and an address can count."""
    if expiring := expiry_of(provider):
        make = problem if expiring.has_expired else warning
        fix = "Make a new secret at the provider, and enter it here as the next secret."
        yield make(expiring.sentence, fix)
    if kind.identifier.why_not:
        fix = "Nobody can sign in through it. Remove it, and let people sign in in another way."
        yield problem(f"{kind.name} cannot be used: {kind.identifier.why_not}.", fix)
    if provider.vouches_for_nothing:
        yield warning(catalogue.UNLISTED, catalogue.UNLISTED_FIX)


def base_url(subject: Subject) -> Findings:
    """Check that visitors can come back to the address of this site."""
    if settings.IS_LOOPBACK:
        yield warning(
            "BASE_URL is an address of this machine, so nobody else can sign in.",
            "For others, set BASE_URL to the public https address, and register the new redirect "
            "URI.",
        )
    elif urlsplit(settings.BASE_URL).scheme != "https":
        yield problem("BASE_URL is not https.", "Set BASE_URL to an address with https://.")
    else:
        yield ok(f"BASE_URL is {settings.BASE_URL}.")
