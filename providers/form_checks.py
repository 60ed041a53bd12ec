"""Check what was entered for a provider before it is saved, and clean what was pasted."""

import unicodedata
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from protocol.discovery_address import problem_of, problem_of_cloud
from providers import catalogue, email_domains
from providers.catalogue.entry import FIELD_PREFIX
from providers.discovery import is_endpoint

if TYPE_CHECKING:
    from providers.models import Provider

RESERVED_SLUGS = ("failed",)  # /sign-in/failed/ is a page
INSIDE = "It has {} inside. Copy it again, from its first character to its last."


def clean(provider: "Provider") -> None:
    """Trim what was pasted. Raises `ValidationError`, by field, for what could not work."""
    for name in ("client_id", "base_url", "scope", "name"):
        setattr(provider, name, pasted(getattr(provider, name)))
    if problem := problem_of_credential(provider.client_id):
        raise ValidationError({"client_id": problem})
    kind = catalogue.kinds().get(provider.kind)
    if kind is None:
        raise ValidationError({"kind": "There is no such kind of provider."})
    if kind.not_yet:
        raise ValidationError({"kind": f"{kind.name} cannot be added yet: {kind.not_yet}."})
    _check_base_url(provider, kind)
    _check_secrets(provider, kind)
    _check_vouching(provider, kind)
    _check_slug(provider)


def pasted(text: str) -> str:
    """Return `text` without invisible characters, and without white space around it.

    Copies from pages and mails have zero-width spaces, direction marks and line ends.
    """
    return "".join(char for char in text if unicodedata.category(char) != "Cf").strip()


def problem_of_credential(text: str) -> str:
    """Say which character no client ID or secret has (RFC 6749 appendix A.1, A.2); "" for none.

    A space is allowed: some secrets are words that somebody has chosen.
    """
    if any(char.isspace() and char != " " for char in text):
        return INSIDE.format("a line end or a tab")
    if not (text.isascii() and text.isprintable()):
        return INSIDE.format("a character that no such value has")
    return ""


def _check_base_url(provider: "Provider", kind: catalogue.Kind) -> None:
    base_url = provider.base_url
    if base_url and not kind.takes_base_url:
        raise ValidationError({"base_url": f"{kind.name} has a fixed address: leave this empty."})
    if kind.needs_base_url and not base_url:
        raise ValidationError({"base_url": f"{kind.name} needs the address of the issuer."})
    if base_url and not is_endpoint(base_url):
        raise ValidationError({"base_url": "It must be an address that begins with https://."})
    is_discovered = kind.protocol is catalogue.Protocol.OPENID_CONNECT
    problem = problem_of(base_url, kind.name, is_discovered=is_discovered)
    if kind.protocol is catalogue.Protocol.MICROSOFT:
        problem = problem_of_cloud(base_url)
    if problem:
        raise ValidationError({"base_url": problem})
    is_inside = provider.allow_private_network or settings.IS_LOOPBACK
    if base_url.startswith("http://") and not is_inside:
        raise ValidationError({"base_url": "It must begin with https://."})


def _check_secrets(provider: "Provider", kind: catalogue.Kind) -> None:
    """Check the extra values, and that a secret made anew is sent in the kind's own way."""
    if provider.token_endpoint_auth_method and not kind.takes_secret:
        problem = f"{kind.name} takes its secret in one way: leave this as it is."
        raise ValidationError({"token_endpoint_auth_method": problem})
    if problems := catalogue.problems(kind.extra, provider.readable_extra):
        raise ValidationError({FIELD_PREFIX + name: text for name, text in problems.items()})


def _check_vouching(provider: "Provider", kind: catalogue.Kind) -> None:
    """Normalise the domains. Refuse them for a kind that proves no address."""
    try:
        provider.vouches_for = email_domains.normalised(provider.vouches_for)
    except ValueError as error:
        raise ValidationError({"vouches_for": str(error)}) from None
    if provider.vouches_for and not kind.verified_claim:
        problem = f"{kind.name} cannot vouch for addresses: leave this empty."
        raise ValidationError({"vouches_for": problem})


def _check_slug(provider: "Provider") -> None:
    slug = provider.slug
    if slug in RESERVED_SLUGS:
        raise ValidationError({"slug": "A page of the site has this name. Choose another one."})
    if slug in catalogue.kinds() and slug != provider.kind:
        raise ValidationError({"slug": f"{slug} is the name of another kind."})
    before = type(provider).objects.filter(pk=provider.pk).first()
    if before and before.slug != slug:
        raise ValidationError({"slug": "The slug cannot be changed."})
    if before and before.destination != provider.destination:
        _check_no_accounts(provider)
    if before is None and SocialAccount.objects.filter(provider=slug).exists():
        message = "Accounts of a removed provider still use this slug. Choose another one."
        raise ValidationError({"slug": message})


def _check_no_accounts(provider: "Provider") -> None:
    """Refuse to let the accounts of one server become those of another.

    This waits for a first sign-in that is about to end. If the row is saved in the same
    transaction, no other sign-in can end before that.
    """
    with transaction.atomic():
        type(provider).objects.lock()
        has_accounts = SocialAccount.objects.filter(provider=provider.slug).exists()
    if has_accounts:
        message = "Kind and address cannot change while people sign in through it."
        raise ValidationError({"base_url": message})
