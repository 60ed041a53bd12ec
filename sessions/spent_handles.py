"""Handles that nobody else gets, because somebody had them."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sessions.handles import digests_of

if TYPE_CHECKING:
    from sessions.models import User


class SpentHandle(models.Model):
    """A handle that somebody had. Only a digest is kept, made with SECRET_KEY.

    It counts as long as that key is the present one or a fallback.
    `person` is who may get it again: whoever had it before an admin changed it, or before a merge.
    """

    id: Any
    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("spent handle")
        verbose_name_plural = _("spent handles")
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return str(self.pk)

    @staticmethod
    def spend(handle: str, person: "User | None" = None) -> None:
        """Let nobody but this person get the handle from now on. If it was spent, it stays so."""
        row = SpentHandle(digest=digests_of(handle)[0], person=person)
        SpentHandle.objects.bulk_create([row], ignore_conflicts=True)

    @staticmethod
    def hand_over(goes: "User", stays: "User") -> None:
        """Spend the handle of somebody who is merged, for the person who stays."""
        SpentHandle.objects.filter(person=goes).update(person=stays)
        SpentHandle.spend(goes.handle, stays)

    @staticmethod
    def is_of_another(handle: str, person: "User") -> bool:
        """Tell whether somebody else had the handle."""
        had = SpentHandle.objects.filter(digest__in=digests_of(handle))
        return had.exclude(person=person).exists()
