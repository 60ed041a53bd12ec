"""An address is proven exactly while a connected account vouches for it now."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts.errors import EmailInUseError
from accounts.people import find_account, sign_up
from accounts.proven_addresses import (
    addresses_after,
    lock_holders,
    proof_of,
    settle_all,
    update_account,
)
from accounts.vouching import SINCE
from providers.models import Provider
from sessions.errors import AccountGoneError
from sessions.models import Session, User
from sessions.session_tokens import session_claims
from tests.accounts.cast import ALICE, BOB, addresses, come
from tests.sessions.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]
GOOGLE = replace(ALICE, provider="google", sub="9")
UNVERIFIED = replace(ALICE, email_verified=False)
NONE = replace(ALICE, email="", email_verified=False)
NEW = replace(ALICE, email="alice@new.example")


def connect(user: User, provider: str, sub: str) -> None:
    SocialAccount.objects.create(user=user, provider=provider, uid=sub)


def claims(user: User) -> tuple[object, object]:
    """Return what the JWT of the newest session says of the address."""
    said = session_claims(Session.objects.latest("auth_time"), user, 0)
    return said.get("email"), said.get("email_verified")


def leftover(user: User, address: str) -> None:
    """Leave a row as it stood before anybody asked whether an account vouches for it."""
    EmailAddress.objects.create(user=user, email=address, verified=True)


def test_two_hundred_addresses_of_one_account_leave_the_last_one() -> None:
    for number in range(200):
        user = come(replace(ALICE, email=f"alice{number}@example.com"))
    assert addresses(user) == {"alice199@example.com": True}
    bob = come(replace(BOB, email="alice7@example.com"))
    assert bob.proven_addresses == ("alice7@example.com",)


TOLD = {
    "unverified": (UNVERIFIED, ("alice@example.com", False)),
    "none": (NONE, (None, None)),
    "another": (NEW, ("alice@new.example", True)),
    "another that is unverified": (
        replace(NEW, email_verified=False),
        ("alice@new.example", False),
    ),
}


@pytest.mark.parametrize(("told", "said"), TOLD.values(), ids=TOLD.keys())
def test_the_jwt_says_what_is_true_after_this_sign_in(told: object, said: object) -> None:
    come(ALICE)
    assert claims(come(told)) == said  # type: ignore[arg-type]
    assert claims(User.objects.get()) == said


def test_an_address_that_the_other_account_vouches_for_stays() -> None:
    user = come(ALICE)
    connect(user, "google", "9")
    come(GOOGLE)
    assert addresses(come(NONE)) == {"alice@example.com": True}
    assert addresses(come(replace(GOOGLE, email="", email_verified=False))) == {}


def test_each_account_vouches_for_what_it_told_itself() -> None:
    user = come(ALICE)
    connect(user, "google", "9")
    come(replace(GOOGLE, email="alice@home.example"))
    user = come(NEW)
    assert addresses(user) == {"alice@new.example": True, "alice@home.example": False}
    user = come(UNVERIFIED)
    assert addresses(user) == {"alice@home.example": True}
    assert user.email == "alice@home.example"


def test_nothing_changes_where_the_sign_in_is_refused_in_the_end() -> None:
    user = come(ALICE)
    account = find_account("github", "1")
    assert account
    SocialAccount.objects.filter(pk=account.pk).update(user=come(BOB))  # meanwhile
    with pytest.raises(AccountGoneError):
        come(NEW, account)
    assert addresses(user) == {"alice@example.com": True}


def test_an_address_that_is_free_again_is_proven_at_the_next_sign_in() -> None:
    come(BOB)
    come(ALICE)
    alices = replace(ALICE, email="bob@example.com")
    assert addresses(come(alices)) == {}
    come(replace(BOB, email="bob@new.example"))
    assert addresses(come(alices)) == {"bob@example.com": True}


def test_an_address_without_an_account_behind_it_locks_nobody_out(bob: User) -> None:
    leftover(bob, ALICE.email)
    assert come(ALICE).proven_addresses[:1] == (ALICE.email,)
    assert addresses(bob) == {}


def test_nor_somebody_who_is_known(bob: User) -> None:
    come(ALICE)
    leftover(bob, NEW.email)
    assert addresses(come(NEW)) == {NEW.email: True}


def test_whoever_takes_a_freed_address_first_has_it(bob: User) -> None:
    leftover(bob, ALICE.email)
    come(ALICE)
    with pytest.raises(EmailInUseError):
        come(GOOGLE)


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"vouches_for": "example.org"}], ids=["off", "narrowed"]
)
def test_nobody_is_proven_by_a_provider_that_changed_while_it_answered(
    change: dict[str, Any],
) -> None:
    Provider.objects.filter(slug="github").update(**change)
    assert addresses(come(ALICE)) == {}
    assert addresses(come(NEW)) == {}


def test_cleanup_takes_back_what_no_account_vouches_for(bob: User) -> None:
    leftover(bob, "bob@example.com")
    alice = come(ALICE)
    leftover(alice, "alice@old.example")
    assert settle_all() == 2
    assert (addresses(alice), addresses(bob)) == ({"alice@example.com": True}, {})
    call_command("cleanup")


def test_proof_names_the_person_and_the_accounts_that_vouch() -> None:
    user = come(ALICE)
    connect(user, "google", "9")
    proof = proof_of("alice@example.com")
    assert proof
    owner, accounts, vouching = proof
    assert (owner, [account.provider for account in vouching]) == (user, ["github"])
    assert [account.provider for account in accounts] == ["github", "google"]
    assert proof_of("alice@new.example") is None


def test_since_when_an_address_is_proven_lasts_as_long_as_it_is() -> None:
    come(ALICE)
    account = SocialAccount.objects.get()
    SocialAccount.objects.update(extra_data=account.extra_data | {SINCE: "2026-01-01T00:00:00"})
    come(replace(ALICE, name="Alice Bowman", username="bowman"))
    assert SocialAccount.objects.get().extra_data[SINCE] == "2026-01-01T00:00:00"
    come(UNVERIFIED)
    assert SINCE not in SocialAccount.objects.get().extra_data
    come(ALICE)
    assert SocialAccount.objects.get().extra_data[SINCE] > "2026-01-02"


def test_a_verdict_of_before_times_were_written_down_has_none() -> None:
    come(ALICE)
    told = {"email": ALICE.email, "name": "", "username": "", "email_verified": True}
    SocialAccount.objects.update(extra_data=told)
    come(ALICE)
    proof = proof_of(ALICE.email)
    assert proof
    assert [account.extra_data.get(SINCE) for account in proof[2]] == [None]


def test_a_returning_sign_in_is_found_with_all_its_addresses_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user = come(ALICE)
    connect(user, "google", "9")
    come(replace(GOOGLE, email="alice@home.example"))
    with django_assert_num_queries(1):
        account = find_account("github", "1")
        assert account
        assert account.user.proven_addresses == ("alice@example.com", "alice@home.example")


# At the same time


@pytest.mark.usefixtures("parallel_database")
def test_of_two_people_who_prove_one_address_at_once_one_has_it() -> None:
    come(ALICE)
    come(BOB)
    identities = iter([replace(ALICE, email="x@example.com"), replace(BOB, email="x@example.com")])
    people = at_once(2, lambda: come(next(identities)))
    assert sorted(len(addresses(user)) for user in people) == [0, 1]
    assert EmailAddress.objects.get().email == "x@example.com"


@pytest.mark.usefixtures("parallel_database")
def test_two_people_who_swap_their_addresses_at_once_both_come_in() -> None:
    for _ in range(5):
        come(ALICE)
        come(BOB)
        swapped = iter([replace(ALICE, email=BOB.email), replace(BOB, email=ALICE.email)])
        people = at_once(2, partial(lambda turns: come(next(turns)), swapped))
        held = [set(addresses(user)) for user in people]
        assert not held[0] & held[1]


@pytest.mark.usefixtures("parallel_database")
def test_two_tabs_that_tell_different_addresses_leave_one() -> None:
    user = come(ALICE)
    told = iter([NEW, replace(ALICE, email="alice@home.example")])
    at_once(2, lambda: come(next(told)))
    account = SocialAccount.objects.get()
    assert addresses(user) == {account.extra_data["email"]: True}


@pytest.mark.usefixtures("parallel_database")
def test_what_is_told_while_the_provider_is_narrowed_is_not_proven_afterwards() -> None:
    user = come(ALICE)
    for number in range(4):
        Provider.objects.update(vouches_for="")
        identity = replace(NEW, email=f"alice@new{number}.example")
        turns = iter([narrow, partial(come, identity)])
        at_once(2, partial(lambda turns: next(turns)(), turns))
        assert addresses(user) == {}


def narrow() -> None:
    Provider.objects.filter(slug="github").update(vouches_for="example.org")


def test_somebody_whose_person_is_gone_meanwhile_takes_no_address() -> None:
    sign_up(ALICE)
    account = find_account("github", "1")
    assert account
    User.objects.all().delete()
    with transaction.atomic():
        others = lock_holders(account.user, NEW.email)
        update_account(account, NEW, addresses_after(NEW, account), others)
    assert not EmailAddress.objects.exists()
