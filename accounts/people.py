"""Plan the sign-in of the person behind an identity, and carry it out (step 8)."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import EmailInUseError
from accounts.identity import Identity
from accounts.proven_addresses import (
    addresses_after,
    addresses_if_free,
    free_address,
    lock_holders,
    update_account,
)
from accounts.vouching import Addresses, brings_news, extra_data_of, may_vouch_now
from audit.models import Action, Target
from audit.recording import note
from protocol.errors import ErrorCode
from sessions.errors import AccountGoneError, AccountSuspendedError
from sessions.handles import wished_handle
from sessions.models import User
from sessions.session_request import acting
from sessions.signing_keys.keyring import ensure_signing_key
from sessions.starting import (
    NO_TERMS,
    IssuedSession,
    SessionStart,
    Terms,
    note_sign_in,
    start_session,
)
from web.written_sql import columns_of, find_all, insert_row, instance

# Every sign-in runs this. The ORM takes ten times as long to build it as the database to run it.
FIND_ACCOUNT = f"""\
SELECT account.id AS account_pk, account.extra_data AS extra_data, address.email AS proven_address,
    {columns_of(User, "person", "date_joined", "last_login")}
FROM socialaccount_socialaccount AS account
JOIN signet_sessions_user AS person ON person.id = account.user_id
LEFT JOIN account_emailaddress AS address ON address.user_id = person.id AND address.verified
WHERE account.provider = %s AND account.uid = %s
ORDER BY address."primary" DESC, address.id
"""  # noqa: S608 - our own names

ATTEMPTS = 5  # to sign up, while others sign up or come and go with the same address or handle
CONTESTED = 2  # attempts after which others seem to want the same handle


@dataclass(frozen=True)
class Plan:
    """What a sign-in would change. A dry run only shows it. A plan writes and locks nothing."""

    identity: Identity
    account: SocialAccount | None  # the identity's account here; None for a new person
    name: str
    picture: str
    addresses: Addresses
    has_news: bool  # whether the account or its addresses change
    refusal: ErrorCode | None  # why they may not sign in

    def person(self) -> User:
        """Return the person as the sign-in leaves them; a new one is not saved."""
        user: User = self.account.user if self.account else User()
        user.name, user.picture = self.name, self.picture
        user.email, user.proven_addresses = self.addresses.email, self.addresses.proven
        return user


def find_account(provider: str, sub: str) -> SocialAccount | None:
    """Return an identity's account, its user and the user's proven addresses, in one query."""
    rows = find_all(User, FIND_ACCOUNT, [provider, sub])
    if not rows:
        return None
    user, columns = rows[0]
    user.proven_addresses = tuple(filter(None, (others["proven_address"] for _, others in rows)))
    values = {"id": columns["account_pk"], "user_id": user.pk, "provider": provider, "uid": sub}
    values["extra_data"] = json.loads(columns["extra_data"])
    account = instance(SocialAccount, values)  # its times load when somebody needs them
    account.user = user
    return account


def sign_in(
    identity: Identity,
    account: SocialAccount | None,
    start: SessionStart,
    *,
    terms: Terms = NO_TERMS,
    others: Sequence[User] | None = None,
) -> IssuedSession:
    """Sign in the person of this identity: person, session and tokens in one transaction.

    All rows are locked first, in the order that all code uses. `account` is the result of
    `find_account`. The sign-in relied on `terms`, which must still hold. `others` is the result of
    `lock_holders`, if this transaction has called it: a second call could lock in a wrong order.

    Raises `EmailInUseError`, `SigningKeyUnreadableError`, and the error of a broken term. Raises
    `AccountSuspendedError` and `AccountGoneError`, even if that has happened since `find_account`.
    """
    ensure_signing_key()
    if account is None:
        return _come_first(identity, start, terms)
    user: User = account.user
    if not user.is_active:
        raise AccountSuspendedError(user)
    with transaction.atomic(savepoint=not terms.is_complete):
        if others is None:
            others = lock_holders(user, identity.email) if brings_news(account, identity) else []
        if note_sign_in(user, account.pk, terms):  # a refusal leaves nothing to undo
            if not terms.is_complete and (refusal := terms.broken()):
                raise refusal
            welcome_back(plan_sign_in(identity, account), others)
            return start_session(user, start, identity.provider, account.pk)
    raise _what_has_changed(user, terms)


def _come_first(identity: Identity, start: SessionStart, terms: Terms) -> IssuedSession:
    """Make the person and the session in one commit. A refusal leaves no row.

    If another tab was first, this is an ordinary sign-in.
    """
    with transaction.atomic():
        user, account = _made_or_found(identity, terms, timezone.now())
        if account:
            others = lock_holders(user, identity.email)
            return sign_in(identity, account, start, terms=terms, others=others)
        if not terms.is_complete and (refusal := terms.broken()):
            raise refusal
        issued = start_session(user, start, identity.provider)
    actor, target = acting(start.visitor, user), account_target(identity.provider, identity.sub)
    note(Action.LINKED, actor, target, provider=identity.provider)
    return issued


def _what_has_changed(user: User, terms: Terms) -> Exception:
    """Return why somebody who was found may not sign in any more."""
    broken = terms.broken()
    if broken is None and User.objects.filter(pk=user.pk, is_active=False).exists():
        return AccountSuspendedError(user)
    return broken or AccountGoneError()


def account_target(provider: str, sub: str) -> Target:
    """Return what the audit log calls an account at a provider."""
    return Target("account", sub, f"{provider} {sub}")


def provide_admin(identities: Sequence[Identity]) -> None:
    """Make the person who has these identities an admin; sign them up if they are unknown."""
    accounts = [find_account(identity.provider, identity.sub) for identity in identities]
    known = next((account.user for account in accounts if account), None)
    user = known or sign_up(identities[0])
    for identity in identities:
        SocialAccount.objects.get_or_create(
            provider=identity.provider, uid=identity.sub, defaults={"user": user}
        )
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)


def plan_sign_in(
    identity: Identity, account: SocialAccount | None, *, is_trial: bool = False
) -> Plan:
    """Return what a sign-in with this identity changes; `account` is what `find_account` returned.

    A trial takes the provider's word for the address, although the provider may be switched off.
    Where the provider tells nothing new, this asks no query.
    """
    user: User = account.user if account else User()
    refusal = None if user.is_active else ErrorCode.ACCOUNT_SUSPENDED
    has_news = account is None or brings_news(account, identity)
    if has_news:
        addresses = addresses_after(identity, account, is_trial=is_trial)
    else:
        addresses = Addresses(user.proven_addresses, user.email)
    if account is None and addresses.is_taken:
        refusal = ErrorCode.EMAIL_IN_USE
    name, picture = _claimed_name(identity) or user.name, identity.picture
    if account and (name, picture) != (user.name, user.picture):
        accounts = SocialAccount.objects.filter(user=user).order_by("date_joined", "pk")
        if accounts.first() != account:  # the oldest account decides, not the button
            name, picture = user.name, user.picture
    return Plan(identity, account, name, picture, addresses, has_news, refusal)


def _claimed_name(identity: Identity) -> str:
    return identity.name or identity.username or identity.email.partition("@")[0]


def welcome_back(plan: Plan, others: Sequence[User]) -> User:
    """Carry out the plan for a person who is known; usually nothing has changed.

    `others` have the address too. The caller has locked them, because here it would be too late.
    """
    account: Any = plan.account
    user: User = account.user
    if plan.has_news:
        update_account(account, plan.identity, plan.addresses, others)
    if (plan.name, plan.picture) != (user.name, user.picture):
        user.name, user.picture = plan.name, plan.picture
        User.objects.filter(pk=user.pk).update(name=plan.name, picture=plan.picture)
    return user


def sign_up(identity: Identity) -> User:
    """Make person, account and proven address without a session, or find the person.

    Raises `EmailInUseError`, as `sign_in` does.
    """
    user, account = _made_or_found(identity)
    if account:
        others = lock_holders(user, identity.email)
        welcome_back(plan_sign_in(identity, account), others)
    return user


def _made_or_found(
    identity: Identity, terms: Terms = NO_TERMS, at: datetime | None = None
) -> tuple[User, SocialAccount | None]:
    """Make person, account and proven address in one transaction, or find person and account.

    The constraints on (provider, uid), on proven addresses and on handles decide: of several tabs
    that do this at once, one makes the rows, and the others find them. All providers are locked
    first, because the terms lock only one of them. `at` is the time of the sign-in.

    Raises `EmailInUseError` when another person has proven the address and has an account that
    still vouches for it; and the error of a broken term.
    """
    may_vouch = may_vouch_now(hold=True)
    for attempt in range(ATTEMPTS):
        addresses = addresses_if_free(identity, may_vouch)
        handle = handle_for(identity, addresses, is_contested=attempt >= CONTESTED)
        with suppress(IntegrityError):
            return _create(identity, handle, addresses, terms, at), None
        if account := find_account(identity.provider, identity.sub):  # another tab was first
            return account.user, account
        if plan_sign_in(identity, None).refusal:
            break
        free_address(identity.email)  # somebody has it without an account that vouches for it
    raise in_use(identity.email)


def handle_for(identity: Identity, addresses: Addresses, *, is_contested: bool = False) -> str:
    """Return a free handle for a new person: by their login name there, or a proven address.

    Anybody can claim an address that is not proven, or a name.
    """
    wished = wished_handle(identity.username, *addresses.proven)
    return User.objects.free_handle(wished, is_contested=is_contested)


def in_use(address: str) -> EmailInUseError:
    """Return the error that names the ways in of whoever has this address."""
    proven = EmailAddress.objects.filter(email=address, verified=True)
    accounts = SocialAccount.objects.filter(user__in=proven.values("user")).order_by("pk")
    return EmailInUseError(address, list(accounts.values_list("provider", flat=True)))


@transaction.atomic
def _create(
    identity: Identity, handle: str, addresses: Addresses, terms: Terms, at: datetime | None
) -> User:
    name, email = _claimed_name(identity), addresses.email
    user = User(handle=handle, name=name, picture=identity.picture, email=email, last_login=at)
    user.proven_addresses = addresses.proven
    user.set_unusable_password()
    if not insert_row(user, terms.condition, terms.parameters):
        raise terms.broken() or AccountGoneError()
    SocialAccount.objects.create(
        user=user, provider=identity.provider, uid=identity.sub, extra_data=extra_data_of(identity)
    )
    for address in addresses.proven:
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user
