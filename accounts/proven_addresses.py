"""The proven addresses of people: those for which one of their accounts vouches now.

An `EmailAddress` row means that the address belongs to one person. The rows are written again
whenever an account's address changes, an account is deleted, or a provider changes.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.identity import Identity
from accounts.vouching import (
    SINCE,
    Addresses,
    MayVouch,
    claimed_address,
    due_addresses,
    extra_data_of,
    may_vouch_now,
    now,
    vouched_address,
)
from sessions.models import User

logger = logging.getLogger(__name__)
TAKEN = "a proven address of user=%s belongs to another user"
CHUNK = 500  # people whose addresses are computed anew at a time


def proof_of(address: str) -> tuple[User, list[SocialAccount], list[SocialAccount]] | None:
    """Return who has proven this address, all their accounts, and those that vouch for it.

    It stays theirs until the transaction ends.
    """
    may_vouch = may_vouch_now(hold=True)
    for user in _locked(_holders(address)):
        accounts = _accounts_of(user)
        vouching = [it for it in accounts if vouched_address(it, may_vouch, [address]) == address]
        if vouching:
            return user, accounts, vouching
    return None


def lock_holders(user: User, address: str) -> list[User]:
    """Lock what `update_account` will write: providers first, then people by key.

    Returns everybody else who has the address.
    """
    may_vouch_now(hold=True)
    return [one for one in _locked(Q(pk=user.pk) | _holders(address)) if one != user]


def update_account(
    account: SocialAccount, identity: Identity, addresses: Addresses, others: Sequence[User]
) -> None:
    """Store the provider's latest claims, and the addresses that the owner gets from them.

    Call it in the transaction of the sign-in; `others` is what `lock_holders` returned there.
    """
    user: User = account.user
    may_vouch = may_vouch_now()
    account.extra_data = extra_data_of(identity, account)
    SocialAccount.objects.filter(pk=account.pk).update(extra_data=account.extra_data)
    settle(others, may_vouch, adds=False)
    if addresses.is_taken:
        logger.warning(TAKEN, user.pk)
    held = {row.email: row for row in EmailAddress.objects.filter(user=user, verified=True)}
    _give(user, _accounts_of(user), held, addresses, may_vouch)


def addresses_after(
    identity: Identity, account: SocialAccount | None, *, is_trial: bool = False
) -> Addresses:
    """Return the addresses that a person has after a sign-in. Nothing is written or locked.

    An address is not proven any more if the account no longer has it as verified. The person's
    present addresses are read again: another sign-in may have ended since `account` was found.
    """
    new = SocialAccount(provider=identity.provider, extra_data=extra_data_of(identity))
    owner, held, accounts, primary = None, set[str](), [new], ""
    if account:
        owner = account.user
        primary = owner.email
        held = {row.email for row in EmailAddress.objects.filter(user=owner, verified=True)}
        accounts = [new if each == account else each for each in _accounts_of(owner)]
    judged = may_vouch_now()

    def may_vouch(slug: str, address: str) -> bool:
        return (is_trial and slug == identity.provider) or judged(slug, address)

    due = due_addresses(accounts, may_vouch, held)
    taken = _taken(set(due.proven) - held, judged, owner)
    return due_addresses(accounts, may_vouch, held, taken, primary)


def addresses_if_free(identity: Identity, may_vouch: MayVouch) -> Addresses:
    """Return the addresses of a new person, unless somebody else has proven them: no query."""
    new = SocialAccount(provider=identity.provider, extra_data=extra_data_of(identity))
    return due_addresses([new], may_vouch, ())


def is_anothers(address: str, user: User | None) -> bool:
    """Tell whether somebody else has proven an address; for None, whether anybody has."""
    return bool(_taken({address}, may_vouch_now(), user))


def _taken(addresses: Collection[str], may_vouch: MayVouch, user: User | None) -> set[str]:
    """Return which of these addresses others have proven, by an account that still vouches."""
    rows = EmailAddress.objects.filter(email__in=addresses, verified=True)
    if user:
        rows = rows.exclude(user=user)
    holders = SocialAccount.objects.filter(user__in=[row.user_id for row in rows])
    accounts = _by_user(holders.order_by("date_joined", "pk"))
    proven = [(row.email, accounts[row.user_id]) for row in rows]
    return {
        address
        for address, of_holder in proven
        if address in due_addresses(of_holder, may_vouch, [address]).proven
    }


def free_address(address: str) -> None:
    """Take an address from its holder, if no account vouches for it."""
    with transaction.atomic():
        may_vouch = may_vouch_now(hold=True)
        settle(_locked(_holders(address)), may_vouch, adds=False)


def settle_people_of(providers: Collection[str]) -> None:
    """Compute anew the proven addresses of everybody with an account at these providers."""
    accounts = SocialAccount.objects.filter(provider__in=providers)
    may_vouch = may_vouch_now()
    for people in _in_chunks(set(accounts.values_list("user", flat=True))):
        settle(_locked(people), may_vouch)


def settle_all() -> int:
    """Take back every address for which no account vouches; return how many."""
    taken_back = 0
    for people in _in_chunks(set(EmailAddress.objects.values_list("user", flat=True))):
        with transaction.atomic():
            may_vouch = may_vouch_now(hold=True)
            taken_back += len(settle(_locked(people), may_vouch, adds=False))
    return taken_back


def _in_chunks(people: set[Any]) -> list[Q]:
    keys = sorted(people)
    return [Q(pk__in=keys[start : start + CHUNK]) for start in range(0, len(keys), CHUNK)]


def settle(users: Sequence[User], may_vouch: MayVouch, *, adds: bool = True) -> list[EmailAddress]:
    """Give these people the addresses that their accounts prove, and take back all others.

    Without `adds`, nobody gets a new one. An address that another person has proven stays with that
    person. Anybody without a proven one keeps an unproven one. Returns the rows that are gone.
    """
    oldest_first = SocialAccount.objects.order_by("date_joined", "pk")
    accounts = _by_user(oldest_first.filter(user__in=users))
    rows = _by_user(EmailAddress.objects.filter(user__in=users, verified=True).order_by("pk"))
    gone: list[EmailAddress] = []
    for user in users:
        held = {row.email: row for row in rows[user.pk]}
        due = due_addresses(accounts[user.pk], may_vouch, held, primary=user.email)
        if not adds:
            new = set(due.proven) - set(held)
            due = due_addresses(accounts[user.pk], may_vouch, held, new, user.email)
        if set(due.proven) != set(held) or due.email not in (user.email, ""):
            _give(user, accounts[user.pk], held, due, may_vouch)
        gone += [row for row in held.values() if row.email not in due.proven]
    return gone


def _give(
    user: User,
    accounts: Sequence[SocialAccount],
    held: dict[str, EmailAddress],
    due: Addresses,
    may_vouch: MayVouch,
) -> None:
    """Give somebody the addresses that are due, in place of those that they held.

    They are written in alphabetical order, so that two people who swap theirs cannot deadlock.
    """
    has = set(held) & set(due.proven)
    for address in sorted(set(held) ^ set(due.proven)):
        if address in held:
            EmailAddress.objects.filter(pk=held[address].pk).delete()
        elif _add(user, address):
            has.add(address)
    for account in accounts:
        if claimed_address(account) in has - set(held):
            account.extra_data |= {SINCE: now()}
            SocialAccount.objects.filter(pk=account.pk).update(extra_data=account.extra_data)
    if lost := set(due.proven) - has:
        due = due_addresses(accounts, may_vouch, has, lost, user.email)
    _note(user, due)


def _add(user: User, address: str) -> bool:
    """Give somebody an address, unless another person has it already."""
    proven = {"verified": True, "primary": False}
    with suppress(IntegrityError), transaction.atomic():
        EmailAddress.objects.update_or_create(user=user, email=address, defaults=proven)
        return True
    logger.warning(TAKEN, user.pk)
    return False


def _note(user: User, addresses: Addresses) -> None:
    """Mark the primary address, and store the address that counts in the person's row."""
    rows, primary = EmailAddress.objects.filter(user=user), next(iter(addresses.proven), "")
    rows.filter(primary=True).exclude(email=primary).update(primary=False)
    rows.filter(email=primary, primary=False).update(primary=True)
    User.objects.filter(pk=user.pk).update(email=addresses.email)
    user.email, user.proven_addresses = addresses.email, addresses.proven


def _holders(address: str) -> Q:
    rows = EmailAddress.objects.filter(email=address, verified=True)
    return Q(pk__in=rows.values("user"))


def _locked(people: Q) -> list[User]:
    """Lock people by key. Inserting a row that refers to one need not wait."""
    return list(User.objects.select_for_update(no_key=True).filter(people).order_by("pk"))


def _accounts_of(user: User) -> list[SocialAccount]:
    return list(SocialAccount.objects.filter(user=user).order_by("date_joined", "pk"))


def _by_user(rows: QuerySet[Any]) -> dict[Any, list[Any]]:
    """Return the rows by the key of their person, in this order."""
    by_user = defaultdict(list)
    for row in rows:
        by_user[row.user_id].append(row)
    return by_user
