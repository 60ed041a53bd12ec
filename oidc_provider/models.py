"""An app of the team, what somebody has granted it, and what they have agreed to."""

import re
import uuid
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oidc_provider import catalogue, form_checks
from oidc_provider.failure_rows import AppFailure  # noqa: F401 - Django finds it by this file
from protocol.authorization_server.authorization_request import Pkce
from protocol.authorization_server.metadata import SCOPES
from providers.marks import Letter, mark_of_button
from sessions.models import Session, User

UNMARKED = ("openid_connect", "public")  # kinds of which a team has many: letters tell them apart
CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
DIGEST_LENGTH = 64  # hexadecimal digits of SHA-256


class Audience(models.TextChoices):
    """Who may use an app."""

    EVERYBODY = "everybody", _("Everyone who can sign in")
    CHOSEN = "chosen", _("Only the groups and people below")


class Authentication(models.TextChoices):
    """How an app proves who it is (RFC 7591 §2)."""

    SECRET = "secret", _("Client secret, in the header or the body")
    PRIVATE_KEY = "private_key_jwt", _("Signed assertion (private_key_jwt)")
    NONE = "none", _("No secret: an app in a browser, on a phone or desktop")


def all_scopes() -> list[str]:
    return [*SCOPES]


class App(models.Model):
    """Something of the team that people sign in to through this site. Its slug is the `client_id`.

    Secrets have 256 random bits, so their SHA-256 says nothing about them.
    """

    slug = models.CharField(
        _("client ID"),
        max_length=50,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", _("Use only a-z, 0-9, - and _."))],
        help_text=_("You can't change it later."),
    )
    kind = models.CharField(_("kind"), max_length=50, default="openid_connect")
    name = models.CharField(
        _("name"), max_length=100, help_text=_("People read it when they sign in.")
    )
    launch_url = models.CharField(
        _("address"), max_length=500, blank=True, help_text=_("Where people open the app.")
    )
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("If not, nobody can sign in to it.")
    )
    redirect_uris = models.JSONField(_("redirect URIs"), default=list, blank=True)
    post_logout_redirect_uris = models.JSONField(
        _("post-logout redirect URIs"), default=list, blank=True
    )
    authentication = models.CharField(
        _("authentication"),
        max_length=20,
        choices=Authentication,
        default=Authentication.SECRET,
    )
    secret_digest = models.CharField(max_length=DIGEST_LENGTH, blank=True, editable=False)
    next_secret_digest = models.CharField(max_length=DIGEST_LENGTH, blank=True, editable=False)
    jwks = models.JSONField(
        _("public keys"),
        default=dict,
        blank=True,
        help_text=_("A JWK Set, for private_key_jwt."),
    )
    pkce = models.CharField(
        max_length=10,
        choices=[(Pkce.REQUIRED, "required"), (Pkce.NONCE, "nonce"), (Pkce.NEITHER, "neither")],
        default=Pkce.REQUIRED,
    )
    scopes = models.JSONField(_("scopes"), default=all_scopes, blank=True)
    audiences = models.JSONField(
        _("resources"),
        default=list,
        blank=True,
        help_text=_("Addresses of APIs for which the app may request access tokens (RFC 8707)."),
    )
    claims_in_id_token = models.BooleanField(
        _("claims in the ID token"),
        default=True,
        help_text=_("Some apps read name and address only there."),
    )
    is_of_team = models.BooleanField(
        _("app of the team"),
        default=True,
        help_text=_(
            "People are not asked whether the app may know who they are. Exception: an app without "
            "a secret that does not return to an https address asks once."
        ),
    )
    audience = models.CharField(
        _("who may use it"), max_length=20, choices=Audience, default=Audience.EVERYBODY
    )
    groups = models.JSONField(_("groups"), default=list, blank=True)
    people = models.ManyToManyField(User, blank=True, related_name="apps", verbose_name=_("people"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("app")
        verbose_name_plural = _("apps")
        ordering: ClassVar[list[str]] = ["name", "slug"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        form_checks.clean(self)

    @property
    def client_id(self) -> str:
        return self.slug

    @property
    def catalogued(self) -> catalogue.AppKind:
        """Return what the catalogue says of the app's kind, or of any client if it is gone."""
        return catalogue.kind(self.kind) or catalogue.ANY

    @property
    def mark(self) -> str | Letter:
        """Return what a template includes: the drawing of its kind, or a letter of its name."""
        return mark_of_button("" if self.kind in UNMARKED else self.kind, self.name)

    @property
    def host(self) -> str:
        """Return where people open it, as they read it: without scheme and path."""
        return urlsplit(self.launch_url).netloc

    @property
    def resources(self) -> tuple[str, ...]:
        """Return for which APIs it gets access tokens: SESSION_AUDIENCE may have grown since."""
        return tuple(uri for uri in self.audiences if not form_checks.accepts_session_jwts(uri))

    @property
    def is_public(self) -> bool:
        """Tell whether the app can keep no secret (RFC 6749 §2.1)."""
        return self.authentication == Authentication.NONE

    @property
    def takes_secret(self) -> bool:
        return self.authentication == Authentication.SECRET

    @property
    def needs(self) -> Pkce:
        """Return how a code has to be tied to this app; a public one never has the choice."""
        return Pkce.REQUIRED if self.is_public else Pkce(self.pkce)


class Grant(models.Model):
    """What somebody has let an app know, in one sign-in: first a code, then refresh tokens.

    Both are derived from the key and `generation`, so nothing but a counter is stored. Generation 0
    is the code. It lives as long as its session, its person, its app, and whatever lets them in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="grants")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="grants")
    scope = models.CharField(max_length=200)
    resources = models.JSONField(default=list)
    redirect_uri = models.CharField(max_length=1010)  # of a loopback address, with a port
    nonce = models.CharField(max_length=500, blank=True)
    code_challenge = models.CharField(max_length=43, blank=True)
    auth_time = models.DateTimeField()  # of the session, as the code was made
    generation = models.PositiveIntegerField(default=0)
    late_successors = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    refreshed_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.split())


class Consent(models.Model):
    """What a person has agreed to tell an app that asked."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="consents")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents"
    )
    scopes = models.JSONField(default=list)
    resources = models.JSONField(default=list)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "user"], name="one_consent")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.app_id}"

    def covers(self, scopes: Any, resources: Any) -> bool:
        """Tell whether it includes all of this."""
        return {*scopes} <= {*self.scopes} and {*resources} <= {*self.resources}
