"""Groups: words in the tokens of people, from access rules and by hand.

What rules grant is stored with each session. What an admin gives is a row, and a list in the row of
the person, so that a sign-in or a refresh reads it without a further query.
"""

import re
from collections.abc import Callable, Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from audit.models import Action, Actor, Target
from audit.recording import record
from sessions.models import GroupMembership, Session, User

GROUP = re.compile(r"[\w.:/-]{1,60}")
FORM = gettext_lazy("Use only letters, digits and _ . : / - (at most 60 characters).")
# Each gets the groups that somebody would have by hand, and raises `ValidationError` if they may
# not. Other rooms add theirs.
CHECKS: list[Callable[[Collection[str]], None]] = []


def groups_of(session: Session, user: User) -> list[str]:
    """Return the groups that tokens of this session name: by its rules, and by hand. No query."""
    if not user.given_groups:
        return list(session.groups)
    return sorted({*session.groups, *user.given_groups})


def give(user: User, group: str, actor: Actor) -> bool:
    """Put somebody into a group, and tell whether they were not in it. Raises `ValidationError`."""
    if not GROUP.fullmatch(group):
        raise ValidationError(str(FORM))
    with transaction.atomic():
        if not _hold(user):
            return False
        if group in (names := _names(user)):
            return False
        check([*names, group])
        GroupMembership.objects.create(user=user, group=group)
        _store(user)
        record(Action.GROUP_GIVEN, actor, Target.of(user), after={"group": group})
    return True


def take(user: User, group: str, actor: Actor) -> bool:
    """Take somebody out of a group, and tell whether they were in it. Their rules may grant it."""
    with transaction.atomic():
        _hold(user)
        gone, _ = GroupMembership.objects.filter(user=user, group=group).delete()
        if gone:
            _store(user)
            record(Action.GROUP_TAKEN, actor, Target.of(user), before={"group": group})
    return bool(gone)


def move(goes: User, stays: User) -> None:
    """Put one person into the groups of another, who is about to be merged into them.

    Both are locked, and somebody has checked `given_to_either`.
    """
    held = GroupMembership.objects.filter(user=stays).values("group")
    GroupMembership.objects.filter(user=goes).exclude(group__in=held).update(user=stays)
    _store(stays)


def given_to_either(one: User, other: User) -> list[str]:
    """Return the groups that one of two people has by hand."""
    return sorted({*one.given_groups, *other.given_groups})


def check(given: Collection[str]) -> None:
    """Raise `ValidationError` if nobody may have all of these groups by hand."""
    for refuse in CHECKS:
        refuse(given)


def members(group: str) -> QuerySet[User]:
    """Return the people who are in a group by hand."""
    return User.objects.filter(memberships__group=group).order_by("name", "pk")


def given_lists() -> list[list[str]]:
    """Return each list of groups that somebody has by hand, once."""
    given = User.objects.exclude(given_groups=[]).order_by()
    return list(given.values_list("given_groups", flat=True).distinct())


def _hold(user: User) -> bool:
    """Lock a person until the transaction ends; tell whether they are still there."""
    return bool(User.objects.select_for_update(no_key=True).filter(pk=user.pk))


def _store(user: User) -> None:
    """Write the list of the person's row anew from their memberships."""
    user.given_groups = _names(user)
    User.objects.filter(pk=user.pk).update(given_groups=user.given_groups)


def _names(user: User) -> list[str]:
    names = GroupMembership.objects.filter(user=user).values_list("group", flat=True)
    return sorted(names)
