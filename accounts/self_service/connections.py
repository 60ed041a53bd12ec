"""Which identities at providers sign in to one person here, and how one more or one less does."""

from collections.abc import Sequence
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.errors import AccountOfAnotherError, LastWayInError
from accounts.identity import Identity
from accounts.people import find_account, link_target, no_session_unless_done, sign_in
from accounts.proven_addresses import hold, take_back_unvouched
from accounts.vouching import word_of
from audit.actor import Target
from audit.events import Action
from audit.recording import record
from sessions.actors import actor_of
from sessions.errors import AccountSuspendedError, SessionEndedError
from sessions.letting_go import accounts_go
from sessions.models import Session, User
from sessions.session_request import SignedInRequest
from sessions.session_tokens import SessionToken
from sessions.sessions import alive, end_session, revoke_all
from sessions.terms import NO_TERMS, Terms


def connections_of(user: User) -> QuerySet[SocialAccount]:
    """Return the accounts that sign in to a person, the oldest first."""
    accounts: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=user)
    return accounts.order_by("date_joined", "pk")


def connect(
    request: SignedInRequest,
    identity: Identity,
    groups: Sequence[str] = (),
    *,
    terms: Terms = NO_TERMS,
) -> User:
    """Let somebody signed in sign in through this identity too, and do so: the session is new.

    It is no more recent a sign-in than the one before: on this way nobody has been asked again.
    Whoever ends person or session is not outrun: both are locked, in the order that holds for all.

    Raises `AccountOfAnotherError` when the identity is another person's, `AccountSuspendedError`,
    `SessionEndedError`, and what breaks the terms.
    """
    with no_session_unless_done(request), transaction.atomic():
        others = hold(User(pk=UUID(request.session_token.sub)), identity.email)
        terms.require()
        user = _owner_of_the_session(request.session_token)
        account = find_account(identity.provider, identity.sub)
        account = account or _connected(request, user, identity)
        if account.user_id != user.pk:
            raise AccountOfAnotherError
        auth_time = request.session_token.claims["auth_time"]
        known = (identity, account, groups)
        return sign_in(request, *known, auth_time=auth_time, terms=terms, others=others)


def _owner_of_the_session(token: SessionToken) -> User:
    """Lock the person and the session of a token; neither may have ended."""
    user = User.objects.select_for_update(no_key=True).filter(pk=token.sub).first()
    if user is not None and not user.is_active:
        raise AccountSuspendedError(user)
    sessions = alive(Session.objects.filter(pk=token.sid)).select_for_update()
    if user is None or sessions.first() is None:
        raise SessionEndedError
    return user


def _connected(request: HttpRequest, user: User, identity: Identity) -> SocialAccount:
    """Make the account; of several people who claim one identity at once, the first gets it."""
    try:
        with transaction.atomic():
            account = SocialAccount.objects.create(
                user=user,
                provider=identity.provider,
                uid=identity.sub,
                extra_data=word_of(identity),
            )
            record_link(request, user, account)
    except IntegrityError:
        pass
    found = find_account(identity.provider, identity.sub)
    if found is None:  # disconnected again meanwhile
        raise AccountOfAnotherError
    return found


def record_link(request: HttpRequest, user: User, account: SocialAccount) -> None:
    """Record that somebody has one more way in, of which `notices` will tell them."""
    record(
        Action.LINKED,
        actor_of(request, user),
        link_target(account.provider, account.uid),
        after={"account": account.pk, "uid": account.uid, "known_as": known_as(account)},
        provider=account.provider,
    )


def known_as(account: SocialAccount) -> str:
    """Return what its owner knows an account by at its provider."""
    told = account.extra_data
    return str(told.get("username") or told.get("email") or told.get("name") or "")


def disconnect(request: SignedInRequest, account_pk: str, usable: set[str]) -> SocialAccount:
    """Take a way in from whoever asks, and end the sessions that began through it, this one too.

    What was granted through an account that is gone would never be checked again, and the addresses
    for which it alone vouched are proven no more. `usable` are the slugs of the providers that can
    be used now. Raises `LastWayInError` when no other way would be left, and
    `SocialAccount.DoesNotExist`.
    """
    user = request.user
    with transaction.atomic():
        _lock(user)  # two tabs must not take the last two
        account = _own(user, account_pk)
        others = connections_of(user).exclude(pk=account.pk).filter(provider__in=usable)
        if not others.exists() and not user.has_usable_password():
            raise LastWayInError
        accounts_go(connections_of(user).filter(pk=account.pk))
        account.delete()
        gone = [row.email for row in take_back_unvouched([user])]
        before = {"provider": account.provider, "uid": account.uid}
        record(
            Action.UNLINKED,
            actor_of(request),
            Target.of(user),
            before=before | ({"addresses": gone} if gone else {}),
            after={"session": request.session_token.sid},
            provider=account.provider,
        )
        revoke_all(user.sessions.filter(provider=account.provider), Session.End.REMOVED)
    if request.session_token.claims.get("idp") == account.provider:
        end_session(request, Session.End.REMOVED)
    return account


def _lock(user: User) -> None:
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))


def _own(user: User, account_pk: str) -> SocialAccount:
    """Return the account of that key, if it is one of this person's."""
    try:
        return connections_of(user).get(pk=int(account_pk))
    except (ValueError, OverflowError):
        raise SocialAccount.DoesNotExist from None
