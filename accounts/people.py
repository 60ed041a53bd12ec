"""Sign in the person behind an identity that a provider vouches for (step 8)."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from accounts.errors import EmailInUseError
from accounts.identity import Identity
from accounts.proven_addresses import free_address, lock_holders, settle, update_account
from accounts.removal import remove_person
from accounts.sign_in_plan import Plan, plan_sign_in
from accounts.vouching import brings_news, extra_data_of, may_vouch_now
from audit.models import COMMAND_LINE, Action, Target
from audit.recording import note
from sessions.errors import AccountGoneError, AccountSuspendedError
from sessions.letting_go import accounts_go
from sessions.models import Session, User
from sessions.session_request import acting
from sessions.sessions import revoke_all
from sessions.signing_keys.keyring import ensure_signing_key
from sessions.starting import (
    NO_TERMS,
    IssuedSession,
    SessionStart,
    Terms,
    note_sign_in,
    start_session,
)
from web.statements import find_all

# Every sign-in runs this. To build it, the ORM would need ten times as long as the database.
FIND_ACCOUNT = """\
SELECT person.*, account.id AS account_pk, account.extra_data AS extra_data,
    address.email AS proven_address
FROM socialaccount_socialaccount AS account
JOIN signet_sessions_user AS person ON person.id = account.user_id
LEFT JOIN account_emailaddress AS address ON address.user_id = person.id AND address.verified
WHERE account.provider = %s AND account.uid = %s
ORDER BY address."primary" DESC, address.id
"""

ATTEMPTS = 5  # to sign up, while others sign up or come and go with the same address


def find_account(provider: str, sub: str) -> SocialAccount | None:
    """Return an identity's account, its user and the user's proven addresses, in one query."""
    rows = find_all(User, FIND_ACCOUNT, [provider, sub])
    if not rows:
        return None
    user, columns = rows[0]
    user.proven_addresses = tuple(
        others["proven_address"] for _, others in rows if others["proven_address"]
    )
    extra_data = json.loads(columns["extra_data"])
    key = columns["account_pk"]
    return SocialAccount(pk=key, provider=provider, uid=sub, user=user, extra_data=extra_data)


def sign_in(
    identity: Identity,
    account: SocialAccount | None,
    start: SessionStart,
    *,
    terms: Terms = NO_TERMS,
    others: Sequence[User] | None = None,
) -> IssuedSession:
    """Sign in the person of this identity: person, session and tokens in one transaction.

    Usually this writes two rows. All rows are locked first, in the order that all code uses.
    `account` is the result of `find_account`. The decision to allow the sign-in relied on `terms`,
    which must still hold. `others` is the result of `lock_holders`, if this transaction has called
    it already. A second call could lock people in the wrong order.

    A new identity becomes a new person, or nothing is saved. Raises `EmailInUseError`,
    `SigningKeyUnreadableError`, and the error of a broken term. Raises `AccountSuspendedError` and
    `AccountGoneError`, even if that has happened since `find_account`.
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
            if refusal := terms.refusal_of_the_rest():
                raise refusal
            welcome_back(plan_sign_in(identity, account), others)
            return start_session(user, start, identity.provider, account.pk)
    raise _what_has_changed(user, terms)


def _come_first(identity: Identity, start: SessionStart, terms: Terms) -> IssuedSession:
    """Make the person and the session in one commit. A refusal leaves no row.

    `may_vouch_now` comes first: it locks all providers, and the terms lock only one of them.
    """
    with transaction.atomic():
        may_vouch_now(hold=True)
        if refusal := terms.refusal_now():
            raise refusal
        user = sign_up(identity)
        is_first = user.last_login is None  # else another tab was first
        if not note_sign_in(user):
            raise AccountSuspendedError(user)
        issued = start_session(user, start, identity.provider)
    if is_first:
        actor = acting(start.visitor, user)
        target = account_target(identity.provider, identity.sub)
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


def remove_accounts_of(provider: str) -> None:
    """Delete every account of a provider, and end the sessions that began through it.

    People without another way in are deleted too, because their addresses would keep them from
    coming back. The others keep the addresses for which another account vouches. Each person who is
    deleted is in the audit log. Only `manage.py provider remove` does this.
    """
    accounts = SocialAccount.objects.filter(provider=provider)
    users = list(accounts.values_list("user", flat=True))
    list(User.objects.select_for_update().filter(pk__in=users).order_by("pk"))  # see remove_person
    through_it = Session.objects.filter(provider=provider, user__in=users)
    revoke_all(through_it, Session.End.REMOVED)
    accounts_go(accounts, somebody_waits=False)
    accounts.delete()
    for user in User.objects.filter(pk__in=users, socialaccount=None):
        if not user.has_usable_password():
            before = {"name": user.name, "email": user.email}
            remove_person(user, COMMAND_LINE, before=before)
    settle(list(User.objects.filter(pk__in=users)), may_vouch_now(), adds=False)


def welcome_back(plan: Plan, others: Sequence[User]) -> User:
    """Carry out the plan for a person who is known; usually nothing has changed.

    `others` are people who have the address too. The caller has locked them, because here it would
    be too late.
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
    """Make person, account and proven address in one transaction.

    The constraints on (provider, uid) and on proven addresses decide, not the plan: of several tabs
    that do this at once, one makes the rows, and the others find them. Raises `EmailInUseError`
    when another person has proven the address and has an account that still vouches for it.
    """
    for _ in range(ATTEMPTS):
        plan = plan_sign_in(identity, None)
        with suppress(IntegrityError):
            if not plan.refusal:
                return _create(plan)
        if account := find_account(identity.provider, identity.sub):  # another tab was first
            others = lock_holders(account.user, identity.email)
            return welcome_back(plan_sign_in(identity, account), others)
        if plan.refusal:
            break
        free_address(identity.email)  # somebody has it without an account that vouches for it
    proven = EmailAddress.objects.filter(email=identity.email, verified=True)
    accounts = SocialAccount.objects.filter(user__in=proven.values("user")).order_by("pk")
    raise EmailInUseError(identity.email, list(accounts.values_list("provider", flat=True)))


@transaction.atomic
def _create(plan: Plan) -> User:
    user, identity = plan.person(), plan.identity
    user.set_unusable_password()
    user.save(force_insert=True)
    SocialAccount.objects.create(
        user=user, provider=identity.provider, uid=identity.sub, extra_data=extra_data_of(identity)
    )
    for address in plan.addresses.proven:
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user
