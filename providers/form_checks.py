"""Check what was entered for a provider before it is saved, and clean what was pasted."""

import unicodedata
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from protocol.discovery_address import problem_of, problem_of_cloud
from providers import catalogue, email_domains
from providers.catalogue.entry import FIELD_PREFIX
from providers.discovery import is_endpoint

if TYPE_CHECKING:
    from providers.models import Provider

RESERVED_SLUGS = ("failed",)  # /sign-in/failed/ is a page


def clean(provider: "Provider") -> None:
    """Trim what was pasted. Raises `ValidationError`, by field, for what could not work."""
    for name in ("client_id", "base_url", "scope", "name"):
        setattr(provider, name, pasted(getattr(provider, name)))
    if problem := problem_of_credential(provider.client_id):
        raise ValidationError({"client_id": problem})
    kind = catalogue.kinds().get(provider.kind)
    if kind is None:
        raise ValidationError({"kind": _("Unknown kind of provider.")})
    if kind.not_yet:
        raise ValidationError({"kind": why_not_yet(kind)})
    _check_base_url(provider, kind)
    _check_secrets(provider, kind)
    _check_vouching(provider, kind)
    _check_slug(provider)


def why_not_yet(kind: catalogue.Kind) -> str:
    """Return the sentence that says why nobody can add a provider of this kind."""
    words = _("You can't add {kind} yet: {reason}.")
    return words.format(kind=kind.name, reason=_(kind.not_yet))


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
        return _("This value contains a line break or a tab. Copy it again, in full.")
    if not (text.isascii() and text.isprintable()):
        return _("This value contains a character that is not allowed. Copy it again, in full.")
    return ""


def _check_base_url(provider: "Provider", kind: catalogue.Kind) -> None:
    base_url = provider.base_url
    if base_url and not kind.takes_base_url:
        problem = _("{kind} has a fixed address. Leave this empty.").format(kind=kind.name)
        raise ValidationError({"base_url": problem})
    if kind.needs_base_url and not base_url:
        problem = _("Enter the address of the issuer: {kind} needs it.").format(kind=kind.name)
        raise ValidationError({"base_url": problem})
    if base_url and not is_endpoint(base_url):
        raise ValidationError({"base_url": _("Enter an address that begins with https://.")})
    is_discovered = kind.protocol is catalogue.Protocol.OPENID_CONNECT
    problem = problem_of(base_url, kind.name, is_discovered=is_discovered)
    if kind.protocol is catalogue.Protocol.MICROSOFT:
        problem = problem_of_cloud(base_url)
    if problem:
        raise ValidationError({"base_url": problem})
    is_inside = provider.allow_private_network or settings.IS_LOOPBACK
    if base_url.startswith("http://") and not is_inside:
        raise ValidationError({"base_url": _("The address must begin with https://.")})


def _check_secrets(provider: "Provider", kind: catalogue.Kind) -> None:
    """Check the extra values, and that a secret made anew is sent in the kind's own way."""
    if provider.token_endpoint_auth_method and not kind.takes_secret:
        problem = _("{kind} supports one method only. Keep the default.").format(kind=kind.name)
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
        problem = _("{kind} does not verify addresses. Leave this empty.").format(kind=kind.name)
        raise ValidationError({"vouches_for": problem})


def _check_slug(provider: "Provider") -> None:
    slug = provider.slug
    if slug in RESERVED_SLUGS:
        raise ValidationError({"slug": _("This slug is reserved. Choose another one.")})
    if slug in catalogue.kinds() and slug != provider.kind:
        raise ValidationError({"slug": _("This slug is reserved for another kind of provider.")})
    before = type(provider).objects.filter(pk=provider.pk).first()
    if before and before.slug != slug:
        raise ValidationError({"slug": _("You can't change the slug.")})
    if before and before.destination != provider.destination:
        _check_no_accounts(provider)
    if before is None and SocialAccount.objects.filter(provider=slug).exists():
        message = _("Accounts of a removed provider still use this slug. Choose another one.")
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
        message = _("You can't change kind or address while people sign in with this provider.")
        raise ValidationError({"base_url": message})
