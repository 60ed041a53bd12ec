"""Step 1: the application as it is registered at a provider (RFC 6749 §2)."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.people import accounts_of
from encryption import SealBrokenError
from encryption.fields import Sealed
from outgoing import AddressPolicy
from protocol.flow import TokenEndpointAuthMethod
from providers import catalogue, vouching
from providers.catalogue.extra import FIELD_PREFIX
from providers.discovery import is_endpoint
from providers.pasted import pasted, problem_of_credential
from providers.policy import Policy
from providers.word_of_providers import ProviderQuerySet, addresses_follow

WHO_MAY_SIGN_IN = [
    (Policy.ANYONE.value, "Anyone"),
    (Policy.MATCHING.value, "Only people whom a rule is about"),
    (Policy.KNOWN.value, "Only people already known here, and invited ones"),
]
RESERVED_SLUGS = ("failed",)  # /sign-in/failed/ is a page
AUTH_METHODS = [
    ("", "as this kind of provider expects it"),
    (TokenEndpointAuthMethod.BASIC.value, "client_secret_basic: in the header"),
    (TokenEndpointAuthMethod.POST.value, "client_secret_post: in the body"),
]


@dataclass(frozen=True)
class Destination:
    """Where visitors and secrets are sent: accounts of one are never those of another."""

    kind: str
    base_url: str
    extra: Mapping[str, str]  # the values that steer


class ProviderManager(models.Manager["Provider"]):
    """Follows every change of a provider, and lets one change wait for another."""

    def get_queryset(self) -> ProviderQuerySet:
        return ProviderQuerySet(self.model, using=self._db)

    def lock(self) -> None:
        """Wait for the sign-ins that are about to end, and let none end before the transaction.

        Whoever changes what a sign-in relies on does this first. It locks all providers, in the
        order in which a sign-in does that looks who may vouch: so neither waits for ever.
        """
        list(self.select_for_update().order_by("pk").values_list("pk"))


class Provider(models.Model):
    """A provider that visitors may sign in through.

    The slug is half of every identity and stands in the redirect URI, so it never changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(
        max_length=50,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", "Use a-z, 0-9, - and _.")],
        help_text="Stands in the redirect URI. It cannot be changed later.",
    )
    kind = models.CharField(max_length=50)
    name = models.CharField(max_length=100, help_text='As in "Sign in with ..."')
    client_id = models.CharField("client ID", max_length=500)
    sealed_client_secret = models.TextField(editable=False)
    client_secret = Sealed("sealed_client_secret")
    sealed_next_client_secret = models.TextField(editable=False, blank=True, default="")
    next_client_secret = Sealed("sealed_next_client_secret")  # see `next_secret`
    secret_expires_on = models.DateField(
        null=True,
        blank=True,
        help_text="The last day of the client secret that is in use, where the provider names one. "
        "You are warned 30 days ahead. It is emptied when the next secret takes over.",
    )
    sealed_extra = models.TextField(editable=False, blank=True, default="")
    extra_json = Sealed("sealed_extra")
    token_endpoint_auth_method = models.CharField(
        max_length=50,
        blank=True,
        choices=AUTH_METHODS,
        help_text="How the secret is sent. Choose what the provider registered for this "
        "client, if it answers that the secret is wrong although it is right.",
    )
    base_url = models.CharField(
        "base URL",
        max_length=500,
        blank=True,
        help_text="The issuer of an OpenID Provider, or the address of a server of your own.",
    )
    scope = models.CharField(
        max_length=500, blank=True, help_text="Separated by spaces; empty for what sign-in needs."
    )
    allow_private_network = models.BooleanField(
        default=False, help_text="The provider is in our own network: allow its private addresses."
    )
    who_may_sign_in = models.CharField(
        max_length=20, choices=WHO_MAY_SIGN_IN, default=Policy.ANYONE.value
    )
    vouches_for = models.CharField("may vouch for", max_length=2000, blank=True, default="")
    enabled = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Order of the buttons.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[ProviderManager] = ProviderManager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position", "name", "slug"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        with addresses_follow(Provider.objects.filter(pk=self.pk), self.pk):
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with addresses_follow(Provider.objects.filter(pk=self.pk)):
            return super().delete(*args, **kwargs)

    def clean(self) -> None:
        """Trim what was pasted, and refuse what could not work."""
        for name in ("client_id", "base_url", "scope", "name"):
            setattr(self, name, pasted(getattr(self, name)))
        if problem := problem_of_credential(self.client_id):
            raise ValidationError({"client_id": problem})
        kind = self._addable_kind()
        self._check_base_url(kind)
        self._check_auth_method(kind)
        self._check_extra(kind)
        self._check_vouching(kind)
        self._check_slug()

    def _addable_kind(self) -> catalogue.Kind:
        try:
            kind = catalogue.kind(self.kind)
        except catalogue.UnknownKindError:
            raise ValidationError({"kind": "There is no such kind of provider."}) from None
        if kind.not_yet:
            raise ValidationError({"kind": f"{kind.name} cannot be added yet: {kind.not_yet}."})
        return kind

    def _check_base_url(self, kind: catalogue.Kind) -> None:
        if self.base_url and not kind.takes_base_url:
            raise ValidationError({"base_url": f"{kind.name} has one address; leave this empty."})
        if kind.needs_base_url and not self.base_url:
            raise ValidationError({"base_url": f"{kind.name} needs the address of the issuer."})
        if self.base_url and not is_endpoint(self.base_url):
            raise ValidationError({"base_url": "It must be an address that begins with https://."})
        if problem := kind.problem_of_base_url(self.base_url):
            raise ValidationError({"base_url": problem})
        is_inside = self.allow_private_network or settings.IS_LOOPBACK
        if self.base_url.startswith("http://") and not is_inside:
            raise ValidationError({"base_url": "It must begin with https://."})

    def _check_auth_method(self, kind: catalogue.Kind) -> None:
        """Refuse to choose for a kind whose secret is made anew for each request."""
        if self.token_endpoint_auth_method and not kind.takes_secret:
            problem = f"{kind.name} takes its secret in one way; leave this as it is."
            raise ValidationError({"token_endpoint_auth_method": problem})

    def _check_extra(self, kind: catalogue.Kind) -> None:
        """Name what is missing, unknown or wrong, by the fields of the form."""
        found = catalogue.problems(kind.extra, self.readable_extra)
        if found:
            raise ValidationError({FIELD_PREFIX + name: text for name, text in found.items()})

    def _check_vouching(self, kind: catalogue.Kind) -> None:
        """Normalise the domains, and refuse them where the provider's word never counts."""
        try:
            self.vouches_for = vouching.normalised(self.vouches_for)
        except ValueError as error:
            raise ValidationError({"vouches_for": str(error)}) from None
        if self.vouches_for and not kind.vouches:
            problem = f"{kind.name} calls no address proven in a way that counts; leave this empty."
            raise ValidationError({"vouches_for": problem})

    def _check_slug(self) -> None:
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": "This word is taken by a page of the site."})
        if self.slug in catalogue.kinds() and self.slug != self.kind:
            raise ValidationError({"slug": f"{self.slug} is the name of another kind."})
        before = Provider.objects.filter(pk=self.pk).first()
        if before and before.slug != self.slug:
            raise ValidationError({"slug": "The slug cannot be changed."})
        if before and before.destination != self.destination:
            self._check_no_accounts()
        if before is None and accounts_of(self.slug).exists():
            message = "Accounts of a provider that is gone are left under it. Choose another slug."
            raise ValidationError({"slug": message})

    def _check_no_accounts(self) -> None:
        """Refuse to let the accounts of one server become those of another.

        A first sign-in that is about to end is waited for. Where this is part of a transaction,
        none can end before the row is saved.
        """
        with transaction.atomic():
            Provider.objects.lock()
            has_accounts = accounts_of(self.slug).exists()
        if has_accounts:
            message = "Kind and address cannot change while people sign in through it."
            raise ValidationError({"base_url": message})

    @property
    def catalogued(self) -> catalogue.Kind:
        """Return its kind; of one that the catalogue has no more, one that nobody can use."""
        return catalogue.kinds().get(self.kind) or catalogue.Kind(self.kind, self.kind)

    @property
    def destination(self) -> Destination:
        """Return what decides where visitors and secrets are sent."""
        steering = {key.name for key in self.catalogued.extra if key.steers}
        extra = {key: value for key, value in self.readable_extra.items() if key in steering}
        return Destination(self.kind, self.base_url, extra)

    @property
    def extra(self) -> dict[str, str]:
        """What the kind needs beyond ID and secret: `catalogue.Kind.extra`. Kept encrypted."""
        return json.loads(self.extra_json or "{}")  # type: ignore[no-any-return]

    @extra.setter
    def extra(self, extra: Mapping[str, str]) -> None:
        kept = {name: value for name, given in extra.items() if (value := pasted(given))}
        if not kept or kept != self.readable_extra:  # sealed anew it would look like another
            self.extra_json = json.dumps(kept) if kept else ""

    @property
    def readable_extra(self) -> dict[str, str]:
        """Return `extra`, or nothing where ENCRYPTION_KEYS do not open it: then it is missing."""
        try:
            return self.extra
        except SealBrokenError:
            return {}

    def may_vouch_for(self, domain: str) -> bool:
        """Tell whether an address at this domain counts as verified when the provider says so."""
        may = self.catalogued.vouches and not self.vouches_for_nothing
        return may and vouching.may_vouch(self.vouches_for, domain)

    @property
    def vouches_for_nothing(self) -> bool:
        """Tell whether its verdicts count for no domain, because none has been listed.

        Empty is every domain for a company that sends mail to addresses itself, at its own address
        alone: whoever runs a server decides what it calls verified.
        """
        kind = self.catalogued
        if not kind.vouches or self.vouches_for:
            return False
        is_at_home = self.base_url.rstrip("/") in ("", kind.base_url.rstrip("/"))
        return not (kind.verifies_addresses_itself and is_at_home)

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends visitors back: to be registered there, letter by letter."""
        base_url: str = settings.BASE_URL
        return base_url + _callback_path(self.slug)

    @property
    def issuer(self) -> str:
        return self.base_url or self.catalogued.base_url

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.split()) or self.catalogued.scope

    @property
    def policy(self) -> AddressPolicy:
        return AddressPolicy(
            allow_private=self.allow_private_network, allow_loopback=settings.IS_LOOPBACK
        )

    def as_social_app(self, secret: str = "") -> SocialApp:
        """Return the row as allauth knows applications. It is never saved."""
        return SocialApp(
            provider=self.catalogued.registered_as,
            provider_id=self.slug,
            name=self.name,
            client_id=self.client_id,
            secret=secret,
            settings={"scope": list(self.scopes)},
        )


@lru_cache(maxsize=256)  # a sign-in asks three times, and there are few slugs
def _callback_path(slug: str) -> str:
    return reverse("sign_in_callback", kwargs={"slug": slug})
