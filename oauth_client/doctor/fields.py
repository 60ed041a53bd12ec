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
    provider = subject.provider
    checks = (_client_id, _secrets, _extra, _address, _expiry, _people)
    found = [finding for check in checks for finding in check(provider, subject.kind)]
    yield from found or [ok("Everything that this kind of provider needs has been entered.")]


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


def _client_id(provider: Provider, kind: catalogue.Kind) -> Findings:
    return _pasted(provider.client_id, "client ID")


def _secrets(provider: Provider, kind: catalogue.Kind) -> Findings:
    if not kind.takes_secret:
        return
    for name, words in (("client_secret", "client secret"), ("next_client_secret", "next secret")):
        if name == "client_secret" or provider.sealed_next_client_secret:
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
        extra = provider.extra
    except SealBrokenError:
        yield diagnosed(provider, "secret_unreadable", "the further values")
        return
    labels = {key.name: key.label for key in kind.extra}
    for name, text in catalogue.problems(kind.extra, extra).items():
        yield problem(f"{labels.get(name, name)}: {text}", "Enter it again on the provider's page.")


def _address(provider: Provider, kind: catalogue.Kind) -> Findings:
    if kind.needs_base_url and not provider.base_url:
        yield problem(f"{kind.name} needs a base URL.", "Enter the address of the issuer.")


def _people(provider: Provider, kind: catalogue.Kind) -> Findings:
    """Check that each id belongs to one person, and that the provider may vouch for a domain."""
    if kind.identifier.why_not:
        fix = "Nobody can sign in through it. Remove it, and let people sign in in another way."
        yield problem(f"{kind.name} cannot be used: {kind.identifier.why_not}.", fix)
    if provider.vouches_for_nothing:
        yield warning(catalogue.UNLISTED, catalogue.UNLISTED_FIX)


def _expiry(provider: Provider, kind: catalogue.Kind) -> Findings:
    expiring = expiry_of(provider)
    if expiring is None:
        return
    make = problem if expiring.has_expired else warning
    fix = "Make a new secret at the provider, and enter it here as the next secret."
    yield make(f"The client secret {expiring.words}.", fix)
