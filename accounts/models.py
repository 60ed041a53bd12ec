"""The link by which an admin moves a person to a new account at a provider."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any, ClassVar

from django.contrib.auth.backends import ModelBackend
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from audit.models import Action, Actor, Target
from audit.recording import record
from sessions.models import User

LIFETIME = timedelta(days=1)
MAY_MAKE = "signet_sessions.change_user"  # opens the page that makes one


class ConnectionLink(models.Model):
    """A link by which somebody connects an account to a person without signing in as them.

    It works once, within a day. A person has one at most. Only the hash of its secret is kept.
    """

    id: Any
    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="connection_link")
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of 256 random bits
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("connection link")
        verbose_name_plural = gettext_lazy("connection links")
        default_permissions: ClassVar[tuple[str, ...]] = ()

    def __str__(self) -> str:
        return str(self.pk)


def make_link(person: User, made_by: User) -> tuple[ConnectionLink, str]:
    """Make the link, in place of an earlier one. Returns its secret too, which is not kept."""
    secret = secrets.token_urlsafe(32)
    ConnectionLink.objects.filter(person=person).delete()
    link = ConnectionLink.objects.create(
        person=person,
        made_by=made_by,
        digest=_digest(secret),
        expires_at=timezone.now() + LIFETIME,
    )
    return link, secret


def good_links() -> models.QuerySet[ConnectionLink]:
    """Return the links that work now: unused, in time, and of somebody who may still make them.

    Only an admin with all rights may make one for an admin, or for somebody who becomes one later.
    """
    unused = ConnectionLink.objects.filter(used_at=None, expires_at__gt=timezone.now())
    is_admins = Q(person__is_staff=True) | Q(person__is_superuser=True)
    admins = ModelBackend().with_perm(MAY_MAKE)
    still_may = Q(made_by__in=admins, made_by__is_staff=True)
    return unused.filter(still_may, ~is_admins | Q(made_by__is_superuser=True))


def withdraw_link(person: User, actor: Actor) -> None:
    """Let the link of this person work no more, and record that if there was one."""
    number, _ = ConnectionLink.objects.filter(person=person).delete()
    if number:
        record(Action.LINK_WITHDRAWN, actor, Target.of(person))


def link_out(person: User) -> ConnectionLink | None:
    """Return the link that works for this person now, None if there is none."""
    return good_links().filter(person=person).first()


def link_of_secret(secret: str) -> ConnectionLink | None:
    """Return the link of this secret, None if there is none that works."""
    return good_links().select_related("person").filter(digest=_digest(secret)).first()


def remove_expired() -> int:
    """Remove the links that have expired, used or not. Return their number."""
    expired = ConnectionLink.objects.filter(expires_at__lte=timezone.now())
    return expired.delete()[0]


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
