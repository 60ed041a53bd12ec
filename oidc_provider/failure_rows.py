"""The rows of refused requests, and their numbers where an address had too many."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AppFailure(models.Model):
    """A request of an app that was refused. The background thread writes it a moment later.

    `facts` has what the app sent, where it says why: never a code, secret, verifier, state or
    token. `client_id` is what was sent, which may name no app.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=9, db_index=True)
    created_at = models.DateTimeField(_("time"), default=timezone.now)
    app = models.ForeignKey(
        "oidc_provider.App",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,  # `failure_app` begins with it
        related_name="failures",
        verbose_name=_("app"),
    )
    client_id = models.CharField(_("client ID"), max_length=100, blank=True)
    refusal = models.CharField(_("cause"), max_length=40)  # of diagnosis/refusals.toml
    error = models.CharField(_("error that the app got"), max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,  # `failure_person` begins with it
        related_name="app_failures",
        verbose_name=_("person"),
    )
    address = models.CharField(_("IP address"), max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    is_handled = models.BooleanField(_("handled"), default=False)

    class Meta:
        verbose_name = _("app failure")
        verbose_name_plural = _("app failures")
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-created_at"], name="failure_when"),
            models.Index(fields=["app", "-created_at"], name="failure_app"),
            models.Index(fields=["refusal", "-created_at"], name="failure_refusal"),
            models.Index(fields=["user", "-created_at"], name="failure_person"),
        ]

    def __str__(self) -> str:
        return self.reference


class AppFailureCount(models.Model):
    """How many refused requests of a day (UTC) have no row: their address had too many.

    `client_id` is that of an app that there is, or "", so nobody can invent rows.
    """

    id: Any
    day = models.DateField()
    client_id = models.CharField(max_length=50)
    refusal = models.CharField(max_length=40)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["day", "client_id", "refusal"], name="one_failure_count_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.client_id} {self.refusal}"
