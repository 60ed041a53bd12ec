"""What has been entered here, before anything is sent."""

from urllib.parse import urlsplit

from django.conf import settings

from encryption import SealBrokenError
from oauth_client.doctor.findings import Findings, diagnosed, ok, problem, warning
from oauth_client.doctor.subject import Subject
from providers import catalogue
from providers.models import Provider
from providers.secret_expiry import expiry_of

COPY_FIX = "Copy it again at the provider, from its first character to its last, and save it."


def fields(subject: Subject) -> Findings:
    """See that everything was entered, and that nothing else was pasted with it."""
    provider = subject.provider
    found = [*_client_id(provider), *_secret(provider, subject.kind), *_extra(provider)]
    found += [*_address(provider, subject.kind), *_expiry(provider), *_people(provider)]
    yield from found or [ok("Everything that this kind of provider needs has been entered.")]


def base_url(subject: Subject) -> Findings:
    """See that visitors can come back to the address of this site."""
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


def _client_id(provider: Provider) -> Findings:
    if not provider.client_id:
        yield problem("There is no client ID.", COPY_FIX)
    elif provider.client_id != provider.client_id.strip():
        yield problem("The client ID has white space around it.", COPY_FIX)


def _secret(provider: Provider, kind: catalogue.Kind) -> Findings:
    if not kind.takes_secret:
        return
    for name, words in (("client_secret", "client secret"), ("next_client_secret", "next secret")):
        if name == "client_secret" or provider.sealed_next_client_secret:
            yield from _stored(provider, name, words)


def _stored(provider: Provider, name: str, words: str) -> Findings:
    try:
        secret: str = getattr(provider, name)
    except SealBrokenError:
        yield diagnosed(provider, "secret_unreadable", words)
        return
    if not secret:
        yield problem(f"There is no {words}.", COPY_FIX)
    elif secret != secret.strip():
        yield problem(f"The {words} has white space around it.", COPY_FIX)
    elif any(character.isspace() for character in secret):
        yield warning(f"The {words} has white space inside, which is rarely right.", COPY_FIX)


def _extra(provider: Provider) -> Findings:
    try:
        extra = provider.extra
    except SealBrokenError:
        yield diagnosed(provider, "secret_unreadable", "the further values")
        return
    kind = catalogue.kind(provider.kind)
    labels = {key.name: key.label for key in kind.extra}
    for name, text in catalogue.problems(kind.extra, extra).items():
        yield problem(f"{labels.get(name, name)}: {text}", "Enter it again on the provider's page.")


def _address(provider: Provider, kind: catalogue.Kind) -> Findings:
    if kind.needs_base_url and not provider.base_url:
        yield problem(f"{kind.name} needs a base URL.", "Enter the address of the issuer.")


def _people(provider: Provider) -> Findings:
    """Say whether its ids are one person's each, and whether it may vouch for addresses."""
    kind = catalogue.kind(provider.kind)
    if kind.identifier.why_not:
        fix = "Nobody can sign in through it. Remove it, and let people sign in in another way."
        yield problem(f"{kind.name} cannot be used: {kind.identifier.why_not}.", fix)
    if provider.vouches_for_nothing:
        yield warning(catalogue.words.UNLISTED, catalogue.words.UNLISTED_FIX)


def _expiry(provider: Provider) -> Findings:
    expiring = expiry_of(provider)
    if expiring is None:
        return
    make = problem if expiring.has_expired else warning
    fix = "Make a new secret at the provider, and enter it here as the next secret."
    yield make(f"The client secret {expiring.words}.", fix)
