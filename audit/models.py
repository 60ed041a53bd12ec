"""The row of the audit log."""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone

from audit.events import Action, Result


class AppendOnlyError(TypeError):
    """An event of the audit log is neither changed nor removed."""


class AppendOnlyQuerySet(models.QuerySet["AuditEvent"]):
    """Reads events, and refuses to change or remove them."""

    def update(self, **_: Any) -> NoReturn:
        raise AppendOnlyError("events cannot be changed")

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnlyError("events cannot be changed")

    def delete(self) -> NoReturn:
        raise AppendOnlyError("events cannot be removed; AUDIT_RETENTION says how long they stay")


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
            raise AppendOnlyError("events cannot be changed")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnlyError("events cannot be removed")
