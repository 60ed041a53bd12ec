"""Turn an identity that a provider vouches for into a person who is signed in here (step 8)."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.signals import user_logged_in
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from accounts.errors import EmailInUseError
from accounts.identity import Identity
from accounts.proven_addresses import free, hold, take_back_unvouched, take_word
from accounts.removal import remove_person
from accounts.vouching import MayVouch, brings_news, may_vouch_now, word_of
from audit.actor import COMMAND_LINE, Target
from audit.events import Action
from audit.recording import note
from sessions.actors import actor_of
from sessions.csrf import kept_for_the_same_person
from sessions.errors import AccountGoneError, AccountSuspendedError, SignInRefusedError
from sessions.letting_go import accounts_go
from sessions.models import Session, User
from sessions.session_request import SessionRequest, with_session
from sessions.sessions import note_sign_in, revoke_all
from sessions.terms import NO_TERMS, Terms
from web.statements import find_all

# Every sign-in asks this, and composing it anew would cost ten times what the database needs.
FIND_ACCOUNT = """\
SELECT person.*, account.id AS account_pk, account.extra_data AS extra_data,
    address.email AS proven_address
FROM socialaccount_socialaccount AS account
JOIN signet_sessions_user AS person ON person.id = account.user_id
LEFT JOIN account_emailaddress AS address ON address.user_id = person.id AND address.verified
WHERE account.provider = %s AND account.uid = %s
ORDER BY address."primary" DESC, address.id
"""


def find_account(provider: str, sub: str) -> SocialAccount | None:
    """Return an identity's account, its user and the user's proven addresses, in one query."""
    rows: list[Any] = find_all(User, FIND_ACCOUNT, [provider, sub])
    if not rows:
        return None
    user = rows[0]
    user.proven_addresses = tuple(row.proven_address for row in rows if row.proven_address)
    extra_data = json.loads(user.extra_data)
    account = SocialAccount(provider=provider, uid=sub, user=user, extra_data=extra_data)
    account.pk = user.account_pk
    return account


def sign_in(  # noqa: PLR0913 - what was found out on the way, and what that relied on
    request: HttpRequest,
    identity: Identity,
    account: SocialAccount | None,
    groups: Sequence[str] = (),
    *,
    auth_time: float | None = None,
    terms: Terms = NO_TERMS,
    others: Sequence[User] | None = None,
) -> User:
    """Start a session in these groups. `account` is what `find_account` answered.

    `auth_time` is when the provider asked who it is, where that is known: a browser that is still
    signed in there makes no recent sign-in here. `terms` are what was relied on when this sign-in
    was judged; they have to be true still. `others` is what `hold` has answered, where it was asked
    in this transaction already: a second time it could lock somebody too late.

    A new identity becomes a new person, whole or not at all; what is told anew of a known one
    counts from this sign-in on, if there is one. Raises `AccountSuspendedError` and
    `AccountGoneError`, also for what has happened since, `EmailInUseError`, and what breaks the
    terms.
    """
    started = with_session(request)
    started.signed_in_through, started.granted_groups = identity.provider, list(groups)
    started.vouching_account = account.pk if account else None
    started.told_auth_time = auth_time
    with kept_for_the_same_person(request), no_session_unless_done(started):
        if account is None:
            return _come_first(request, identity, terms)
        return _come_back(request, identity, account, terms, others)


@contextmanager
def no_session_unless_done(request: SessionRequest) -> Iterator[None]:
    """Hand out no cookies for a session whose row was not committed in the end.

    Those of a session that this request has refreshed go out as before.
    """
    is_done, before = False, request.started_session
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            request.started_session = before


def _come_first(request: HttpRequest, identity: Identity, terms: Terms) -> User:
    """Make the person and the session in one commit. Whoever is refused leaves no row.

    Who may vouch is asked first, because that locks all providers, and the terms lock one of them.
    """
    with transaction.atomic(savepoint=False):
        may_vouch = may_vouch_now(hold=True)
        refusal = terms.refusal_now()
        if refusal is None:
            try:
                user = sign_up(identity, may_vouch)
            except SignInRefusedError as error:
                refusal = error
            else:
                if user.last_login is None:  # else another tab was first
                    note_link(request, user, identity)
                _log_in(request, user)
    if refusal is not None:
        raise refusal
    return user


def _come_back(
    request: HttpRequest,
    identity: Identity,
    account: SocialAccount,
    terms: Terms,
    others: Sequence[User] | None,
) -> User:
    """Take over what the provider tells, and begin the session: one commit, and usually two rows.

    All that is locked is locked first, in the order that holds for all. The statement that notes
    the sign-in comes before what is taken over: whoever it refuses leaves nothing to take back.
    """
    user: User = account.user
    if not user.is_active:
        raise AccountSuspendedError(user)
    with transaction.atomic(savepoint=not terms.is_complete):
        if others is None:
            others = hold(user, identity.email) if brings_news(account, identity) else []
        is_noted = note_sign_in(user, account.pk, terms)
        if is_noted:
            if refusal := terms.refusal_of_the_rest():
                raise refusal
            _welcome_back(account, identity, others)
            _log_in(request, user)
    if not is_noted:
        raise _what_has_changed(user, terms)
    return user


def _what_has_changed(user: User, terms: Terms) -> Exception:
    """Return why somebody who was found may not sign in any more."""
    broken = terms.broken()
    if broken is None and User.objects.filter(pk=user.pk, is_active=False).exists():
        return AccountSuspendedError(user)
    return broken or AccountGoneError()


def note_link(request: HttpRequest, user: User, identity: Identity) -> None:
    """Note through which identity somebody came here first."""
    target = link_target(identity.provider, identity.sub)
    note(Action.LINKED, actor_of(request, user), target, provider=identity.provider)


def link_target(provider: str, sub: str) -> Target:
    """Return what the audit log calls an account at a provider."""
    return Target("account", sub, f"{provider} {sub}")


def _log_in(request: HttpRequest, user: User) -> None:
    """Do as Django's login() does, but for the user in its session, which counts nothing here."""
    request.user = user
    user_logged_in.send(User, request=request, user=user)
    rotate_token(request)


def provide_admin(identities: Sequence[Identity]) -> None:
    """Make an admin of the person who has these identities, who is made first if unknown."""
    found = [find_account(identity.provider, identity.sub) for identity in identities]
    known = next((account.user for account in found if account), None)
    user = known or sign_up(identities[0], may_vouch_now())
    for identity in identities:
        SocialAccount.objects.get_or_create(
            provider=identity.provider, uid=identity.sub, defaults={"user": user}
        )
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)


def accounts_of(provider: str) -> QuerySet[SocialAccount]:
    accounts: QuerySet[SocialAccount] = SocialAccount.objects.filter(provider=provider)
    return accounts


def remove_accounts_of(provider: str) -> None:
    """Delete every account of a provider and end the sessions begun through it.

    People who have no other way in go too: their addresses would keep them from coming back. Who
    stays keeps the addresses for which another account vouches.
    Each of them is in the audit log; `manage.py provider remove` is who does this.
    """
    accounts = accounts_of(provider)
    users = list(accounts.values_list("user", flat=True))
    list(User.objects.select_for_update().filter(pk__in=users).order_by("pk"))  # see remove_person
    through_it = Session.objects.filter(provider=provider, user__in=users)
    revoke_all(through_it, Session.End.REMOVED)
    accounts_go(accounts, somebody_waits=False)
    accounts.delete()
    stranded = User.objects.filter(pk__in=users, socialaccount=None)
    for user in stranded:
        if not user.has_usable_password():
            before = {"name": user.name, "email": user.email}
            remove_person(user, COMMAND_LINE, before=before)
    take_back_unvouched(list(User.objects.filter(pk__in=users)))


def _welcome_back(account: SocialAccount, identity: Identity, others: Sequence[User]) -> User:
    """Take over what has changed at the provider; usually nothing, and then nothing is written.

    `others` have the address and are locked: nobody is locked here, which would be too late.
    Of somebody's several accounts the main one says name and picture: who they are does not change
    with the button that they have pressed.
    """
    user: User = account.user
    if brings_news(account, identity):
        take_word(account, identity, others)
    name, picture = identity.display_name or user.name, identity.picture
    if (name, picture) != (user.name, user.picture) and is_main_account(account):
        user.name, user.picture = name, picture
        User.objects.filter(pk=user.pk).update(name=name, picture=picture)
    return user


def is_main_account(account: SocialAccount) -> bool:
    """Tell whether it is the one that its owner has had for longest."""
    others: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=account.user_id)
    return not others.filter(pk__lt=account.pk).exists()


def sign_up(identity: Identity, may_vouch: MayVouch) -> User:
    """Make person, account and proven address in one transaction.

    The constraints on (provider, uid) and on proven addresses decide, not a look beforehand: of
    several tabs that do this for one identity at once, one makes the rows, and the others find
    them. Raises `EmailInUseError` when the proven address is another person's, who has an account
    that vouches for it still.
    """
    while True:
        try:
            return _create(identity, may_vouch)
        except IntegrityError:
            account = find_account(identity.provider, identity.sub)
        if account is not None:
            return _welcome_back(account, identity, hold(account.user, identity.email))
        if not free(identity.email):  # it was the address
            raise _email_in_use(identity.email)


@transaction.atomic
def _create(identity: Identity, may_vouch: MayVouch) -> User:
    is_proven = identity.email_verified and may_vouch(identity.provider, identity.email)
    user = User(name=identity.display_name, picture=identity.picture, email=identity.email)
    user.set_unusable_password()
    user.save(force_insert=True)
    SocialAccount.objects.create(
        user=user,
        provider=identity.provider,
        uid=identity.sub,
        extra_data=word_of(identity),
    )
    if is_proven:
        EmailAddress.objects.create(user=user, email=identity.email, verified=True, primary=True)
    user.proven_addresses = (identity.email,) if is_proven else ()
    return user


def _email_in_use(address: str) -> EmailInUseError:
    accounts = SocialAccount.objects.filter(user__in=_proven(address).values("user"))
    return EmailInUseError(
        address, list(accounts.order_by("pk").values_list("provider", flat=True))
    )


def _proven(address: str) -> QuerySet[EmailAddress]:
    addresses: QuerySet[EmailAddress] = EmailAddress.objects.filter(email=address, verified=True)
    return addresses
