"""Delete a person and all their data: the same way for admins, commands and the person."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.errors import LastAdminError
from audit.actor import Actor, Target
from audit.events import Action
from audit.recording import record
from sessions.models import Session, User
from sessions.sessions import revoke_all


def remove_person(person: User, actor: Actor, before: dict[str, Any] | None = None) -> None:
    """Delete a person and record that in one transaction. Their sessions end in every process.

    Their addresses and accounts are deleted too. Their sign-ins stay without a person, and their
    session rows stay until `manage.py cleanup`. A sign-in at this moment locks the same row. So
    either its session is ended here, or it finds no person.
    """
    with transaction.atomic():
        if not User.objects.select_for_update().filter(pk=person.pk):
            return  # another tab was first
        record(Action.REMOVED, actor, Target.of(person), before=before)
        revoke_all(person.sessions.all(), Session.End.REMOVED)
        # Django's admin would keep names for ever; our log has the same for AUDIT_RETENTION.
        kind = ContentType.objects.get_for_model(User)
        LogEntry.objects.filter(content_type=kind, object_id=str(person.pk)).delete()
        person.delete()


def remove_oneself(person: User, actor: Actor, usable: Collection[str]) -> None:
    """Delete whoever asks for it. `usable` are the slugs of the providers that can be used now.

    Raises `LastAdminError` for the last admin. Of the last two who do this at once, one stays.
    """
    with transaction.atomic():
        lock_admins()
        if is_last_admin(person, usable):
            raise LastAdminError
        remove_person(person, actor)


def is_last_admin(person: User, usable: Collection[str]) -> bool:
    """Tell whether nobody could sign in as an admin without this person."""
    return person.is_staff and not admins(usable).exclude(pk=person.pk).exists()


@contextmanager
def leaving_an_admin(usable: Collection[str]) -> Iterator[None]:
    """Change people in one transaction, after everybody else who does so now.

    Raises `LastAdminError`, and undoes it, if nobody could sign in as an admin any more.
    """
    with transaction.atomic():
        lock_admins()
        had_one = admins(usable).exists()
        yield
        if had_one and not admins(usable).exists():
            raise LastAdminError


def lock_admins() -> None:
    """Let only one transaction at a time change who is an admin.

    This locks the content type of people, not their rows. People are locked in the order of their
    keys, and the changed person may come before all admins.
    """
    label, name = User._meta.app_label, User._meta.model_name  # noqa: SLF001 - documented by Django
    people = ContentType.objects.filter(app_label=label, model=name)
    list(people.select_for_update(no_key=True))


def admins(usable: Collection[str]) -> QuerySet[User]:
    """Return the admins who can sign in; some more than once."""
    ways_in = Q(socialaccount__provider__in=usable)
    if settings.ADMIN_PASSWORD_LOGIN:
        ways_in |= ~Q(password="") & ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    superusers = User.objects.filter(is_active=True, is_staff=True, is_superuser=True)
    return superusers.filter(ways_in)
