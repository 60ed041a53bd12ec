"""The rows of signing keys."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from encryption.fields import Sealed


class SigningKey(models.Model):
    """A key that signs tokens of one purpose now, has signed them or will.

    Its private part is sealed. It is published from `created_at` on. `signs_from` and `gone_at` may
    lie in the future.
    """

    class Purpose(models.TextChoices):
        """What it signs, and nothing else."""

        SESSION = "session", _("Session JWTs")
        ID_TOKEN = "id_token", _("ID tokens for apps")

    class State(models.TextChoices):
        UPCOMING = "upcoming", _("Upcoming")
        SIGNING = "signing", _("Signing")
        RETIRED = "retired", _("Retired")
        GONE = "gone", _("Removed")
        REVOKED = "revoked", _("Revoked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kid = models.CharField(max_length=43, unique=True)  # RFC 7638 thumbprint
    purpose = models.CharField(
        _("purpose"), max_length=10, choices=Purpose, default=Purpose.SESSION, editable=False
    )
    algorithm = models.CharField(max_length=10)
    public_jwk = models.JSONField()
    sealed_private_key = models.TextField(editable=False)
    private_key = Sealed("sealed_private_key")  # PKCS #8 PEM; "" once nothing needs it any more
    state = models.CharField(max_length=10, choices=State)
    created_at = models.DateTimeField(_("published"), default=timezone.now, editable=False)
    signs_from = models.DateTimeField(default=timezone.now, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    gone_at = models.DateTimeField(_("removed"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["purpose", "state"],
                condition=models.Q(state="signing"),
                name="one_signing_key",
            ),
            models.UniqueConstraint(
                fields=["purpose", "state"],
                condition=models.Q(state="upcoming"),
                name="one_upcoming_key",
            ),
        ]

    def __str__(self) -> str:
        return self.kid
