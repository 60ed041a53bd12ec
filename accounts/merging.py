"""Merge two people that are one: accounts move, sessions end, and one `sub` stays."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import withdraw_link
from accounts.proven_addresses import settle
from accounts.removal import lock_admins, remove_person
from accounts.self_service.connections import NOTICES_KEPT, connections_of, known_as
from accounts.vouching import may_vouch_now
from audit.models import Action, Actor, Target
from audit.reading import number_of_events, was_connected
from audit.recording import record
from sessions import groups
from sessions.lifetime import alive, alive_since, revoke_all
from sessions.models import Session, User
from sessions.spent_handles import SpentHandle

# Rows of other rooms that move to the person who stays. The keys are the words of the page.
PARTS: dict[str, Callable[[User], QuerySet[Any]]] = {}
# Called before they move, with who goes and who stays: both may have a row of which there is one.
DUPLICATES: list[Callable[[User, User], None]] = []
MADE_TOGETHER = timedelta(seconds=2)  # a person and the account of their first sign-in
SESSION_ENDED = gettext_lazy("Your session has ended. Please sign in again. Nothing was merged.")
NO_PROOF = gettext_lazy(
    "That account is no longer accepted as proof. Sign in with another one. Nothing was merged."
)
TOO_NEW = gettext_lazy(
    "That account was connected less than 30 days ago, so it does not prove who you are yet. Sign"
    " in with an older account of yours, or ask an admin of this site to merge the two."
)
CHANGED = gettext_lazy("The list of what moves has changed. Please read it again.")
KEEP_THE_ADMIN = gettext_lazy(
    "{goes} is an admin and {stays} is not. Keep {goes} instead, and merge from there."
)
KEEP_THE_PASSWORD = gettext_lazy(
    "{goes} is an admin with a password. Keep {goes} instead, and merge from there."
)
KEEP_THE_RIGHTS = gettext_lazy(
    "{goes} has rights that {stays} does not have. Keep {goes} instead, or change the rights."
)


class MergeRefusedError(Exception):
    """These two may not be merged. The text is for whoever asked."""


@dataclass(frozen=True)
class Proof:
    """Which account somebody has signed in with, to show that a second person here is theirs."""

    account: int
    sid: str  # of the session that stays
    generation: int  # of its JWT


@dataclass(frozen=True)
class Merge:
    """What a merge does. Nothing is written yet."""

    people: tuple[str, str]  # the ids of who stays and of who goes
    accounts: tuple[str, ...]  # move
    addresses: tuple[str, ...]  # go with their accounts
    given_groups: tuple[str, ...]  # by hand, move
    groups: tuple[str, ...]  # by rules, end: the next sign-in asks them anew
    browsers: int  # sessions that end
    scripts: int  # tokens that end
    others: Mapping[str, int]  # rows that move, by what they are called
    events: int  # of the audit log, which stay under the old id
    has_password: bool  # ends
    makes_admin: bool  # who has the accounts becomes an admin by that

    @property
    def digest(self) -> str:
        """Return a short text that changes with what the merge decides, not with what it counts."""
        moves = (self.accounts, self.addresses, self.given_groups)
        decided = (self.people, moves, self.has_password, self.makes_admin)
        return sha256(repr(decided).encode()).hexdigest()[:16]


def plan_merge(stays: User, goes: User) -> Merge:
    """Return what moves to the person who stays. Raises `MergeRefusedError`."""
    if problem := _problem(stays, goes):
        raise MergeRefusedError(problem)
    accounts = connections_of(goes)
    sessions = alive(goes.sessions.all())
    named = (f"{account.provider}: {known_as(account) or account.uid}" for account in accounts)
    granted = {group for session in sessions for group in session.groups}
    return Merge(
        people=(str(stays.pk), str(goes.pk)),
        accounts=tuple(named),
        addresses=goes.proven_addresses,
        given_groups=tuple(goes.given_groups),
        groups=tuple(sorted(granted)),
        browsers=sessions.filter(holder=Session.Holder.BROWSER).count(),
        scripts=sessions.filter(holder=Session.Holder.SCRIPT).count(),
        others={name: number for name, rows in PARTS.items() if (number := rows(goes).count())},
        events=number_of_events(goes.pk),
        has_password=_has_password(goes),
        makes_admin=stays.is_staff,
    )


def _problem(stays: User, goes: User) -> str:
    """Return why these two may not become one, "" if they may.

    The person who stays gets no new right, and an admin is never merged into somebody who is none.
    """
    if stays.pk == goes.pk:
        return _("This is the same person.")
    suspended = next((each for each in (stays, goes) if not each.is_active), None)
    if suspended:
        words = _("{person} is suspended. An admin has to reinstate them first.")
        return words.format(person=suspended)
    if goes.is_staff > stays.is_staff or goes.is_superuser > stays.is_superuser:
        return KEEP_THE_ADMIN.format(goes=goes, stays=stays)
    if goes.is_staff and _has_password(goes):  # may be the way in when no provider works
        return KEEP_THE_PASSWORD.format(goes=goes)
    if goes.is_staff and not goes.get_all_permissions() <= stays.get_all_permissions():
        return KEEP_THE_RIGHTS.format(goes=goes, stays=stays)
    return _problem_with_groups(stays, goes)


def _problem_with_groups(stays: User, goes: User) -> str:
    try:
        groups.check(groups.given_to_either(stays, goes))
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _has_password(person: User) -> bool:
    return bool(person.password) and person.has_usable_password()


def merge(stays: UUID, goes: UUID, seen: str, actor: Actor, proof: Proof | None = None) -> Merge:
    """Merge two people in one transaction, record what has moved, and return it.

    `seen` is the digest of the plan that was shown: only that is carried out. Whoever is no admin
    needs a proof, which is checked again here. Locks are taken in the same order everywhere. A
    second merge of the same person finds nobody. Raises `MergeRefusedError`.
    """
    with transaction.atomic():
        lock_admins()
        may_vouch = may_vouch_now(hold=True)
        locked = User.objects.select_for_update().filter(pk__in=[stays, goes]).order_by("pk")
        people = {person.pk: person for person in locked}
        if not {stays, goes} <= people.keys():
            raise MergeRefusedError(
                _("One of the two accounts no longer exists. Nothing was merged.")
            )
        kept, gone = people[stays], people[goes]
        if proof and (problem := _problem_with(proof, kept, gone)):
            raise MergeRefusedError(problem)
        plan = plan_merge(kept, gone)
        if plan.digest != seen:
            raise MergeRefusedError(str(CHANGED))
        _record(plan, kept, gone, actor)
        withdraw_link(gone, actor)
        _carry_out(kept, gone)
        settle([kept], may_vouch)
        remove_person(gone, actor, before={"merged_into": str(kept.pk)})
    return plan


def _problem_with(proof: Proof, kept: User, gone: User) -> str:
    """Return why the proof counts no more; "" if it does. The session is locked then."""
    own = alive_since(kept.sessions.all(), proof.sid, proof.generation)
    if own.select_for_update().first() is None:
        return str(SESSION_ENDED)
    account = SocialAccount.objects.filter(pk=proof.account, user=gone).first()
    if account is None:
        return str(NO_PROOF)
    return str(TOO_NEW) if is_too_new(account) else ""


def is_too_new(account: SocialAccount) -> bool:
    """Tell whether an account proves nothing yet, because it was connected a short time ago.

    Somebody else may have connected it, while all sessions of the person still warn of that. An
    account with which the person came is as old as the person.
    """
    since = timezone.now() - NOTICES_KEPT
    came_later: bool = account.date_joined - account.user.date_joined > MADE_TOGETHER
    return (came_later and account.date_joined > since) or was_connected(account.pk, since)


def _record(plan: Merge, kept: User, gone: User, actor: Actor) -> None:
    """Record the merge, and what `notices_for` shows to each of the two.

    Whoever stays gets the accounts that move. Whoever goes, and has those, gets the others.
    """
    before = {"person": str(gone.pk), "name": gone.audit_label}
    record(Action.MERGED, actor, Target.of(kept), before=before, after=asdict(plan))
    pairs = (
        (gone, kept, {"merged_from": str(gone.pk)}),
        (kept, gone, {"merged_into": str(kept.pk)}),
    )
    for owner, other, merged in pairs:
        for account in connections_of(owner):
            about = {"account": account.pk, "uid": account.uid, "known_as": known_as(account)}
            slug = account.provider
            record(Action.LINKED, actor, Target.of(other), after=about | merged, provider=slug)


def _carry_out(kept: User, gone: User) -> None:
    """Move what moves. Sessions end, because their JWTs name the person who goes."""
    revoke_all(gone.sessions.all(), Session.End.MERGED)
    for settle_duplicates in DUPLICATES:
        settle_duplicates(gone, kept)
    for rows in PARTS.values():
        rows(gone).update(user=kept)
    groups.move(gone, kept)
    SpentHandle.hand_over(gone, kept)
    EmailAddress.objects.filter(user=gone).delete()  # the accounts prove them anew
    # They joined this person now: those of the person who stays are the older ones.
    SocialAccount.objects.filter(user=gone).update(user=kept, date_joined=timezone.now())
