"""The accounts at providers through which somebody signs in: connect one more, disconnect one.

Signet sends no mail. So the account page shows a notice of each change in every session of the
person until somebody dismisses it. The session and the browser that made the change do not show it,
and neither does a session that began through the added account.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import AccountOfAnotherError, LastWayInError
from accounts.identity import Identity
from accounts.people import account_target, find_account, sign_in
from accounts.proven_addresses import lock_holders, settle
from accounts.self_service.changed_here import was_made_here
from accounts.vouching import extra_data_of, may_vouch_now
from audit.models import Action, Actor, Target
from audit.reading import ChangedWayIn, changed_ways_in, ways_in_of_the_other
from audit.recording import record
from sessions.before_deletion import announce_deletion
from sessions.errors import AccountSuspendedError, SessionEndedError
from sessions.lifetime import alive_since, revoke_all
from sessions.models import Session, User
from sessions.session_request import SignedInRequest, acting, actor_of
from sessions.session_tokens import SessionToken
from sessions.signing_keys.keyring import ensure_signing_key
from sessions.starting import NO_TERMS, IssuedSession, SessionStart, Terms
from web.shown import device

NOTICES_KEPT = timedelta(days=30)


def connections_of(user: User) -> QuerySet[SocialAccount]:
    """Return the accounts that sign in to a person, the oldest first."""
    accounts: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=user)
    return accounts.order_by("date_joined", "pk")


def connect(
    token: SessionToken, identity: Identity, start: SessionStart, *, terms: Terms = NO_TERMS
) -> IssuedSession:
    """Connect one more identity to the person who is signed in, and start a session through it.

    It replaces the session of `token` and keeps its `auth_time`, because nobody was asked again. So
    this is no sign-in with which the same session could go on.
    Person and session are locked, in the order that holds for all: neither may have ended.

    Raises `AccountOfAnotherError` when the identity is another person's, `AccountSuspendedError`,
    `SessionEndedError`, `SigningKeyUnreadableError`, and what breaks the terms.
    """
    auth_time = token.claims["auth_time"]
    start = replace(start, auth_time=auth_time, earlier=token, may_go_on=False)
    ensure_signing_key()
    with transaction.atomic():
        others = lock_holders(User(pk=UUID(token.sub)), identity.email)
        if refusal := terms.refusal_now():
            raise refusal
        user = _owner_of_the_session(token)
        account = find_account(identity.provider, identity.sub)
        account = account or connected(user, identity, start.visitor)
        if account.user_id != user.pk:
            raise AccountOfAnotherError
        return sign_in(identity, account, start, terms=terms, others=others)


def _owner_of_the_session(token: SessionToken) -> User:
    """Lock the person and the session of a token; neither may have ended.

    A token from before the last sign-in counts as one of a session that has ended.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=token.sub).first()
    if user is not None and not user.is_active:
        raise AccountSuspendedError(user)
    own = alive_since(Session.objects.all(), token.sid, token.claims["gen"])
    if user is None or own.select_for_update().first() is None:
        raise SessionEndedError
    return user


def connected(
    user: User, identity: Identity, visitor: Actor, by: dict[str, int] | None = None
) -> SocialAccount:
    """Make the account; of several people who connect one identity at once, the first gets it.

    `by` has the key of the admin's link, if there is one.
    """
    with suppress(IntegrityError), transaction.atomic():
        about = {"uid": identity.sub, "extra_data": extra_data_of(identity)}
        account = SocialAccount.objects.create(user=user, provider=identity.provider, **about)
        actor, target = acting(visitor, user), account_target(identity.provider, identity.sub)
        after = {"account": account.pk, "uid": account.uid, "known_as": known_as(account)}
        after |= by or {}
        # `notices_for` shows this to the person.
        record(Action.LINKED, actor, target, after=after, provider=identity.provider)
    stored = find_account(identity.provider, identity.sub)
    if stored is None:  # disconnected again meanwhile
        raise AccountOfAnotherError
    return stored


def known_as(account: SocialAccount) -> str:
    """Return the name by which the owner knows an account at its provider."""
    names = (account.extra_data.get(each) for each in ("username", "email", "name"))
    return str(next(filter(None, names), ""))


def disconnect(
    user: User, account_pk: str, usable: set[str], token: SessionToken, actor: Actor
) -> SocialAccount:
    """Disconnect an account of this person, and end the sessions through its provider.

    Without the account, nothing would check again what these sessions were granted.
    Addresses for which only this account vouched are not proven any more. `usable` has the slugs
    of the providers that work now. `token` is the JWT of the present session, which may end too.
    Raises `LastWayInError` if no other way in would be left, and `SocialAccount.DoesNotExist`.
    """
    with transaction.atomic():
        # If two tabs do this at once, one waits.
        list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))
        account = own(user, account_pk)
        others = connections_of(user).exclude(pk=account.pk).filter(provider__in=usable)
        if not others.exists() and not user.has_usable_password():
            raise LastWayInError
        gone = connections_of(user).filter(pk=account.pk)
        announce_deletion(gone)
        gone.delete()
        lost = [row.email for row in settle([user], may_vouch_now(), adds=False)]
        before = {"provider": account.provider, "uid": account.uid}
        before |= {"addresses": lost} if lost else {}
        after, slug = {"session": token.sid}, account.provider
        record(Action.UNLINKED, actor, Target.of(user), before=before, after=after, provider=slug)
        revoke_all(user.sessions.filter(provider=account.provider), Session.End.REMOVED)
    return account


def own(user: User, account_pk: str) -> SocialAccount:
    """Return this person's account of that key. Raises `SocialAccount.DoesNotExist`."""
    try:
        return connections_of(user).get(pk=int(account_pk))
    except (ValueError, OverflowError):
        raise SocialAccount.DoesNotExist from None


def provider_name(request: HttpRequest, slug: str) -> str:
    """Return what the admin calls a provider; its slug once it has been removed."""
    try:
        return str(get_adapter().get_app(request, slug).name) if slug else ""
    except SocialApp.DoesNotExist:
        return slug


@dataclass(frozen=True)
class Notice:
    """An account that was connected, or disconnected."""

    change: ChangedWayIn
    provider: str  # its name
    device: str
    by_admin: bool
    may_be_put_away: bool  # by this session
    through: int | None = None  # the account whose sessions alone see it, and dismiss it for them


def notices_for(request: SignedInRequest) -> list[Notice]:
    """Return the notices for this session: two queries, and some more if there is news.

    A session that began through an account with an unread notice cannot mark any notice as read.
    So an attacker who has connected an account cannot confirm it with that account. A session
    through an account that a merge has moved is told of those of the person who stayed.
    """
    sid, person = request.session_token.sid, request.session_token.sub
    since = timezone.now() - NOTICES_KEPT
    known = changed_ways_in(person, since)
    through = _through(request) if any(change.is_added for change in known) else None
    changes = [change for change in known if not change.is_read]
    added = {change.account for change in changes if change.is_added}
    notices = [
        Notice(
            change,
            provider=provider_name(request, change.identity[0]),
            device=device(change.event.user_agent),
            by_admin=change.event.actor_id != request.session_token.sub,
            may_be_put_away=through not in added,
        )
        for change in changes
        # Not for the session or browser that made the change, or a session through that account.
        if change.event.after.get("session") != sid
        and not (change.is_added and change.account == through)
        and not was_made_here(request, change)
    ]
    moved = [change for change in known if change.is_added and change.account == through]
    if through and any("merged_from" in change.event.after for change in moved):
        notices += _notices_of_the_other(request, through, since)
    return notices


def _through(request: SignedInRequest) -> int | None:
    """Return the key of the account through which this session began."""
    session = Session.objects.filter(pk=request.session_token.sid).first()
    return session.account if session else None


def _notices_of_the_other(request: SignedInRequest, through: int, since: datetime) -> list[Notice]:
    """Return notices of the accounts of the person who stayed, as far as they are there."""
    own = set(connections_of(request.user).values_list("pk", flat=True))
    return [
        Notice(
            change,
            provider=provider_name(request, change.identity[0]),
            device=device(change.event.user_agent),
            by_admin=change.event.actor_id != request.session_token.sub,
            may_be_put_away=True,
            through=through,
        )
        for change in ways_in_of_the_other(request.session_token.sub, through, since)
        if change.account in own
    ]


def notice_of(request: SignedInRequest, key: str) -> Notice | None:
    """Return the notice of this key, None if this session does not see it."""
    return next((notice for notice in notices_for(request) if notice.change.key == key), None)


def put_away(request: SignedInRequest, notice: Notice) -> None:
    """Dismiss it in all sessions that see it, if this session may."""
    if notice.may_be_put_away:
        after = {"through": notice.through} if notice.through else None
        target = Target("event", notice.change.key)
        record(Action.WAYS_IN_READ, actor_of(request), target, after=after)
