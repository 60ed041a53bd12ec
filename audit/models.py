"""An event of the audit log: who did what, to what, and how it ended."""

from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.utils import timezone


@dataclass(frozen=True)
class Actor:
    """Who did it, and from where. The id of a person is their `sub`."""

    id: str = ""
    label: str = ""
    ip: str = ""
    user_agent: str = ""


COMMAND_LINE = Actor(label="command line")
ITSELF = Actor(label="Signet itself")  # nobody asked for it, such as a key's rotation
UNKNOWN = Actor()


@dataclass(frozen=True)
class Target:
    """What it was done to."""

    type: str = ""
    id: str = ""
    label: str = ""

    @classmethod
    def of(cls, row: models.Model) -> Self:
        """Name a row after its model and itself. `audit_label` says more than `str`."""
        label = getattr(row, "audit_label", "") or str(row)
        kind = str(row._meta.verbose_name)  # noqa: SLF001 - documented by Django
        return cls(kind, str(row.pk), label)


class Action(models.TextChoices):
    """What was done."""

    SIGNED_IN = "signed_in", "Signed in"
    SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
    SIGNED_OUT = "signed_out", "Signed out"
    ADMIN_SIGNED_IN = "admin_signed_in", "Signed in by password"
    ADMIN_SIGN_IN_FAILED = "admin_sign_in_failed", "Password refused"
    ADMIN_SIGN_IN_LIMITED = "admin_sign_in_limited", "Too many passwords"
    LINKED = "linked", "Account linked"
    UNLINKED = "unlinked", "Account unlinked"
    PROVIDER_TOKEN_REVOKED = "provider_token_revoked", "Provider's token revoked"
    LINK_MADE = "connection_link_made", "Link to connect an account made"
    LINK_USED = "connection_link_used", "Link to connect an account used"
    LINK_WITHDRAWN = "connection_link_withdrawn", "Link to connect an account withdrawn"
    MERGE_PROVEN = "merge_proven", "Second account proven"
    MERGED = "merged", "People merged"
    SESSIONS_ENDED = "sessions_ended", "Sessions ended"
    TOKENS_MADE = "tokens_made", "Tokens made"
    REPLAYED = "refresh_token_replayed", "Refresh token used twice"
    REPLAY_READ = "replay_notice_read", "Notice of a replay read"
    WAYS_IN_READ = "ways_in_notice_read", "Notice of an account read"
    KEY_PUBLISHED = "key_published", "Key published"
    KEY_IMPORTED = "key_imported", "Key imported"
    KEY_REVOKED = "key_revoked", "Key revoked"
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    REMOVED = "removed", "Removed"
    SUSPENDED = "suspended", "Suspended"
    REINSTATED = "reinstated", "Reinstated"
    ADMIN_GRANTED = "admin_granted", "Made an admin"
    ADMIN_TAKEN = "admin_taken", "No longer an admin"


class Result(models.TextChoices):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"


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

    at = models.DateTimeField("time", default=timezone.now, editable=False)
    action = models.CharField(max_length=30, choices=Action)
    result = models.CharField(max_length=10, choices=Result, default=Result.SUCCESS)
    reason = models.CharField(max_length=50, blank=True)  # a code, where it was refused
    actor_id = models.CharField("actor's id", max_length=36, blank=True)
    actor_label = models.CharField("actor", max_length=200, blank=True)
    target_type = models.CharField("kind of target", max_length=30, blank=True)
    target_id = models.CharField("target's id", max_length=64, blank=True)
    target_label = models.CharField("target", max_length=200, blank=True, db_index=True)
    ip = models.CharField("IP address", max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=50, blank=True)
    reference = models.CharField(max_length=40, blank=True)  # as the visitor saw it
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "event"
        verbose_name_plural = "events"
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
