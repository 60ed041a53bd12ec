"""Delete a person and all their data, whoever asks for it; and keep one admin at all times."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, cast

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from accounts.proven_addresses import settle
from accounts.vouching import may_vouch_now
from audit.models import COMMAND_LINE, Action, Actor, Target
from audit.recording import record
from sessions.before_deletion import announce_deletion
from sessions.lifetime import revoke_all
from sessions.models import Session, User


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


def remove_accounts_of(provider: str) -> None:
    """Delete every account of a provider, and end the sessions that began through it.

    People without another way in are deleted too, because their addresses would keep them from
    coming back. The others keep the addresses for which another account vouches.
    """
    accounts = SocialAccount.objects.filter(provider=provider)
    users = list(accounts.values_list("user", flat=True))
    list(User.objects.select_for_update().filter(pk__in=users).order_by("pk"))  # see remove_person
    through_it = Session.objects.filter(provider=provider, user__in=users)
    revoke_all(through_it, Session.End.REMOVED)
    announce_deletion(accounts, somebody_waits=False)
    accounts.delete()
    for user in User.objects.filter(pk__in=users, socialaccount=None):
        if not user.has_usable_password():
            before = {"name": user.name, "email": user.email}
            remove_person(user, COMMAND_LINE, before=before)
    settle(list(User.objects.filter(pk__in=users)), may_vouch_now(), adds=False)


def remove_oneself(person: User, actor: Actor, usable: Collection[str]) -> bool:
    """Delete the person who asks for it, unless they are the last admin. Tell whether it was done.

    `usable` are the slugs of the providers that work now. If two admins ask at once, one stays.
    """
    with transaction.atomic():
        lock_admins()
        may_go = not is_last_admin(person, usable)
        if may_go:
            remove_person(person, actor)
    return may_go


def is_last_admin(person: User, usable: Collection[str]) -> bool:
    """Tell whether nobody could sign in as an admin without this person."""
    return person.is_staff and not admins(usable).exclude(pk=person.pk).exists()


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


def one_after_another(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let one request at a time change people. Its sender must be an admin, and one must remain."""

    @wraps(page)
    def guarded(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return page(self, request, *args, **kwargs)
        usable = {app.provider_id for app in get_adapter().list_apps(request)}
        with transaction.atomic():
            lock_admins()
            _require_an_admin(request)
            had_one = admins(usable).exists()
            response = page(self, request, *args, **kwargs)
            if not had_one or admins(usable).exists():
                return response
            transaction.set_rollback(True)
        list(messages.get_messages(request))  # reading drops them: what they say was undone
        words = _(
            "Nothing has been changed: after this, nobody could sign in as an admin any more."
        )
        messages.error(request, words)
        return HttpResponseRedirect(request.path)

    return guarded


def _require_an_admin(request: HttpRequest) -> None:
    """Check the present rights of the sender. The lock is held already."""
    before = cast("User", request.user)
    now = User.objects.filter(pk=before.pk, is_active=True, is_staff=True).first()
    if now is None or (before.is_superuser and not now.is_superuser):
        raise PermissionDenied
