"""An event of the audit log: who did what, to what, and how it ended."""

from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Actor:
    """Who did it, and from where. The id of a person is their `sub`."""

    id: str = ""
    label: str = ""
    ip: str = ""
    user_agent: str = ""


# These labels are codes: pages show them translated.
COMMAND_LINE = Actor(label="command line")
ITSELF = Actor(label="Signet")  # nobody asked for it, such as a key's rotation
UNKNOWN = Actor()


@dataclass(frozen=True)
class Target:
    """What it was done to."""

    type: str = ""
    id: str = ""
    label: str = ""

    @classmethod
    def of(cls, row: models.Model) -> Self:
        """Name a row after its model and itself. `audit_label` says more than `str`.

        The log is for readers of all languages, so nothing in it is translated.
        """
        with translation.override(None):
            label = getattr(row, "audit_label", "") or str(row)
            kind = str(row._meta.verbose_name)  # noqa: SLF001 - documented by Django
        return cls(kind, str(row.pk), label)


class Action(models.TextChoices):
    """What was done."""

    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
    SIGNED_OUT = "signed_out", _("Signed out")
    ADMIN_SIGNED_IN = "admin_signed_in", _("Signed in with a password")
    ADMIN_SIGN_IN_FAILED = "admin_sign_in_failed", _("Password sign-in failed")
    ADMIN_SIGN_IN_LIMITED = "admin_sign_in_limited", _("Too many password attempts")
    LINKED = "linked", _("Account connected")
    UNLINKED = "unlinked", _("Account disconnected")
    PROVIDER_TOKEN_REVOKED = "provider_token_revoked", _("Provider token revoked")
    LINK_MADE = "connection_link_made", _("Connection link created")
    LINK_USED = "connection_link_used", _("Connection link used")
    LINK_WITHDRAWN = "connection_link_withdrawn", _("Connection link cancelled")
    MERGE_PROVEN = "merge_proven", _("Second account verified")
    MERGED = "merged", _("People merged")
    GROUP_GIVEN = "group_given", _("Added to a group")
    GROUP_TAKEN = "group_taken", _("Removed from a group")
    SESSIONS_ENDED = "sessions_ended", _("Sessions ended")
    TOKENS_MADE = "tokens_made", _("Token created")
    REPLAYED = "refresh_token_replayed", _("Refresh token reused")
    REPLAY_READ = "replay_notice_read", _("Token reuse notice dismissed")
    WAYS_IN_READ = "ways_in_notice_read", _("Account notice dismissed")
    KEY_PUBLISHED = "key_published", _("Key published")
    KEY_IMPORTED = "key_imported", _("Key imported")
    KEY_REVOKED = "key_revoked", _("Key revoked")
    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    REMOVED = "removed", _("Removed")
    SUSPENDED = "suspended", _("Suspended")
    REINSTATED = "reinstated", _("Reinstated")
    ADMIN_GRANTED = "admin_granted", _("Admin added")
    APP_CONSENT_GIVEN = "app_consent_given", _("Consent to an app given")
    APP_CONSENT_WITHDRAWN = "app_consent_withdrawn", _("Consent to an app withdrawn")
    APP_SIGNED_OUT = "app_signed_out", _("Signed out of an app")
    ADMIN_TAKEN = "admin_taken", _("Admin removed")


class Result(models.TextChoices):
    """How it ended."""

    SUCCESS = "success", _("Success")
    REFUSED = "refused", _("Refused")


class AppendOnlyError(TypeError):
    """An event of the audit log is neither changed nor removed."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise AppendOnlyError("events cannot be changed or removed; AUDIT_RETENTION removes old ones")


class AppendOnlyQuerySet(models.QuerySet["AuditEvent"]):
    """Reads events, and refuses to change or remove them."""

    update = bulk_update = delete = _refuse

    def bulk_create(self, *args: Any, update_conflicts: bool = False, **kwargs: Any) -> Any:
        """Add events. Refuse to change those that are stored already."""
        return _refuse() if update_conflicts else super().bulk_create(*args, **kwargs)


class AuditEvent(models.Model):
    """Something that has happened. It keeps people and things as text: they may be gone by now."""

    at = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    action = models.CharField(_("action"), max_length=30, choices=Action)
    result = models.CharField(_("result"), max_length=10, choices=Result, default=Result.SUCCESS)
    reason = models.CharField(max_length=50, blank=True)  # a code, where it was refused
    actor_id = models.CharField(_("actor ID"), max_length=36, blank=True)
    actor_label = models.CharField(_("actor"), max_length=200, blank=True)
    target_type = models.CharField(_("target type"), max_length=30, blank=True)
    target_id = models.CharField(_("target ID"), max_length=64, blank=True)
    target_label = models.CharField(_("target"), max_length=200, blank=True, db_index=True)
    ip = models.CharField(_("IP address"), max_length=45, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=200, blank=True)
    provider = models.CharField(_("provider"), max_length=50, blank=True)
    # As the visitor saw it
    reference = models.CharField(_("reference"), max_length=40, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["actor_id", "-at"], name="audit_actor"),
            models.Index(fields=["target_id", "-at"], name="audit_target"),
            models.Index(fields=["action", "-at"], name="audit_action"),
            models.Index(fields=["ip", "-at"], name="audit_ip"),
            models.Index(fields=["reference"], name="audit_reference"),
            models.Index(  # few among many
                fields=["-at", "-id"],
                condition=models.Q(result=Result.REFUSED),
                name="audit_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.get_action_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the event. Refuse one that is stored already."""
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    delete = _refuse
