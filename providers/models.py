"""Step 1: the application as it is registered at a provider (RFC 6749 §2)."""

import json
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from encryption import SealBrokenError
from encryption.fields import Sealed
from outgoing import AddressPolicy
from protocol.client_authentication import TokenEndpointAuthMethod
from providers import catalogue, form_checks
from providers.catalogue.entry import Verifier
from providers.email_domains import ANY, ProviderQuerySet, addresses_follow
from providers.form_checks import pasted

AUTH_METHODS = [
    ("", _("Default for this kind of provider")),
    (TokenEndpointAuthMethod.BASIC.value, _("client_secret_basic: in the Authorization header")),
    (TokenEndpointAuthMethod.POST.value, _("client_secret_post: in the request body")),
]


@lru_cache(maxsize=256)  # each sign-in asks three times: 0.1 µs instead of 14 µs (measured 2026-11)
def _callback_path(slug: str) -> str:
    return reverse("sign_in_callback", kwargs={"slug": slug})


class Policy(models.TextChoices):
    """Whom a provider lets in. `access_rules` has the rules."""

    ANYONE = "anyone", _("Anyone")
    MATCHING = "matching", _("Only people who match a rule")
    KNOWN = "known", _("Only people who have an account here or an invitation")


class Provider(models.Model):
    """A provider that visitors may sign in through.

    The slug is half of every identity and stands in the redirect URI, so it never changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(
        _("slug"),
        max_length=50,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", _("Use only a-z, 0-9, - and _."))],
        help_text=_("Part of the redirect URI. You can't change it later."),
    )
    kind = models.CharField(_("kind"), max_length=50)
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Shown on the button: “Sign in with …”")
    )
    client_id = models.CharField(_("client ID"), max_length=500)
    sealed_client_secret = models.TextField(editable=False)
    client_secret = Sealed("sealed_client_secret")
    sealed_next_client_secret = models.TextField(editable=False, blank=True, default="")
    next_client_secret = Sealed("sealed_next_client_secret")  # see `next_secret`
    secret_expires_on = models.DateField(
        _("secret expires on"),
        null=True,
        blank=True,
        help_text=_(
            "The last day of the current client secret, if it expires. Signet warns you 30 days "
            "before. When the next secret takes over, this field is cleared."
        ),
    )
    sealed_extra = models.TextField(editable=False, blank=True, default="")
    extra_json = Sealed("sealed_extra")
    token_endpoint_auth_method = models.CharField(
        _("token endpoint auth method"),
        max_length=50,
        blank=True,
        choices=AUTH_METHODS,
        help_text=_(
            "How Signet sends the client secret. Change this only if the provider rejects a "
            "correct secret."
        ),
    )
    base_url = models.CharField(
        _("base URL"),
        max_length=500,
        blank=True,
        help_text=_("The issuer of an OpenID Provider, or the address of your own server."),
    )
    scope = models.CharField(
        _("scope"),
        max_length=500,
        blank=True,
        help_text=_("Separated by spaces. Leave empty to request only what sign-in needs."),
    )
    allow_private_network = models.BooleanField(
        _("allow private network"),
        default=False,
        help_text=_("Turn this on if the provider is in your own network."),
    )
    who_may_sign_in = models.CharField(
        _("who may sign in"), max_length=20, choices=Policy.choices, default=Policy.ANYONE
    )
    access_decided = models.BooleanField(default=False, editable=False)  # by an admin, in a form
    vouches_for = models.CharField(
        _("trusted email domains"), max_length=2000, blank=True, default=""
    )
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("Show this provider on the sign-in page.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Order of the buttons on the sign-in page.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
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
        form_checks.clean(self)

    @property
    def is_access_decided(self) -> bool:
        """Tell whether an admin has said who may sign in: a new provider lets in anyone."""
        return self.access_decided or self.who_may_sign_in != Policy.ANYONE

    @property
    def catalogued(self) -> catalogue.Kind:
        """Return its kind. If the catalogue no longer has it, return one that nobody can use."""
        return catalogue.kinds().get(self.kind) or catalogue.Kind(self.kind, self.kind)

    @property
    def destination(self) -> dict[str, str]:
        """Return what decides where visitors and secrets go. With accounts, it never changes."""
        steering = {key.name for key in self.catalogued.extra if key.steers}
        extra = {key: value for key, value in self.readable_extra.items() if key in steering}
        return extra | {"kind": self.kind, "base_url": self.base_url}

    @property
    def extra(self) -> dict[str, str]:
        """Return the kind's further values (`catalogue.Kind.extra`). They are kept encrypted."""
        kept = self.extra_json
        return json.loads(kept) if kept else {}

    @extra.setter
    def extra(self, extra: Mapping[str, str]) -> None:
        kept = {name: value for name, text in extra.items() if (value := pasted(text))}
        if not kept or kept != self.readable_extra:  # sealed anew, it would look changed
            self.extra_json = json.dumps(kept) if kept else ""

    @property
    def readable_extra(self) -> dict[str, str]:
        """Return `extra`; nothing if ENCRYPTION_KEYS do not open it, as if it were missing."""
        try:
            return self.extra
        except SealBrokenError:
            return {}

    def may_vouch_for(self, domain: str) -> bool:
        """Tell whether an address at this domain counts as verified when the provider says so.

        Subdomains of a listed domain do not count. An empty list means every domain only for a
        company that verifies addresses by mail, at its own server. On other servers, the operator
        decides which addresses are called verified.
        """
        kind = self.catalogued
        if self.vouches_for and kind.verified_claim:
            return not {ANY, domain}.isdisjoint(self.vouches_for.split(", "))
        return kind.is_at_home(self.base_url) and kind.identifier.verifier is Verifier.PROVIDER

    @property
    def vouches_for_nothing(self) -> bool:
        """Tell whether it verifies addresses that never count, because no domain is listed."""
        is_unlisted = bool(self.catalogued.verified_claim) and not self.vouches_for
        return is_unlisted and not self.may_vouch_for("")

    @property
    def grants_url(self) -> str:
        """Return where people see which apps have access to their account; "" if we know none."""
        return self.catalogued.grants_url(self.client_id, self.base_url)

    @property
    def sign_out_url(self) -> str:
        """Return where people sign out there, if that is the only way to another account."""
        kind = self.catalogued
        return "" if kind.offers_accounts else kind.sign_out_url(self.base_url)

    @property
    def redirect_uri(self) -> str:
        """Return the address where visitors come back. The provider must have exactly this one."""
        return settings.BASE_URL + _callback_path(self.slug)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.split()) or self.catalogued.scope

    @property
    def address_policy(self) -> AddressPolicy:
        return AddressPolicy(self.allow_private_network, settings.IS_LOOPBACK)

    def as_social_app(self, secret: str = "") -> SocialApp:
        """Return the row as an application of allauth, which is never saved."""
        return SocialApp(
            provider=self.catalogued.allauth_id or self.kind,
            provider_id=self.slug,
            name=self.name,
            client_id=self.client_id,
            secret=secret,
            settings={"scope": list(self.scopes)},
        )


class Examination(models.Model):
    """What the last check of a provider has found, as `oauth_client/doctor` writes it."""

    provider = models.OneToOneField(
        Provider, on_delete=models.CASCADE, primary_key=True, related_name="examination"
    )
    findings = models.TextField()  # JSON
    examined_at = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return gettext("Latest check")  # on the page that deletes a provider
