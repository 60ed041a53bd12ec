"""What a sign-in is planned to leave is what it leaves."""

from dataclasses import replace

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import people
from accounts.identity import Identity
from accounts.people import Plan, plan_sign_in
from accounts.vouching import Addresses
from providers.models import Provider
from sessions.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]
BOB = Identity("github", "1", name="Bob", email="bob@example.com", email_verified=True)


def plan_of(identity: Identity, *, is_trial: bool = False) -> Plan:
    account = people.find_account(identity.provider, identity.sub)
    return plan_sign_in(identity, account, is_trial=is_trial)


def left_by(identity: Identity) -> tuple[str, str, Addresses]:
    """Return what the sign-in leaves, as the table has it."""
    account = people.find_account(identity.provider, identity.sub)
    if account is None:
        people.sign_up(identity)
    else:
        people.welcome_back(plan_sign_in(identity, account), [])
    found = people.find_account(identity.provider, identity.sub)
    assert found
    user: User = found.user
    return user.name, user.picture, Addresses(user.proven_addresses, user.email)


def planned(identity: Identity) -> tuple[str, str, Addresses]:
    with CaptureQueriesContext(connection) as queries:
        plan = plan_of(identity)
    assert all(query["sql"].startswith("SELECT") for query in queries)
    addresses = replace(plan.addresses, is_taken=False)
    assert plan.person().display_name == plan.name
    return plan.name, plan.picture, addresses


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "not verified"])
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "known"])
def test_the_person_is_the_one_of_the_real_sign_in(*, verified: bool, is_new: bool) -> None:
    identity = replace(BOB, email_verified=verified, picture="https://bob.example/")
    if not is_new:
        people.sign_up(replace(identity, name="Robert"))
    assert (plan_of(identity).account is None) == is_new
    expected = planned(identity)
    assert User.objects.count() == (0 if is_new else 1)
    assert left_by(identity) == expected


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (("bob@example.com", True), ("bob@example.com", False)),
        (("bob@example.com", True), ("taken@example.com", True)),
        (("bob@example.com", True), ("new@example.com", True)),
        (("bob@example.com", True), ("new@example.com", False)),
        (("bob@example.com", False), ("new@example.com", False)),
        (("bob@example.com", False), ("new@example.com", True)),
    ],
    ids=["taken back", "somebody else's", "another", "not proven", "never proven", "now proven"],
)
def test_the_addresses_are_those_that_the_real_sign_in_leaves(
    known: tuple[str, bool], told: tuple[str, bool]
) -> None:
    people.sign_up(replace(BOB, sub="2", email="taken@example.com"))
    people.sign_up(replace(BOB, email=known[0], email_verified=known[1]))
    identity = replace(BOB, email=told[0], email_verified=told[1])
    expected = planned(identity)
    assert left_by(identity) == expected


@pytest.mark.parametrize("verified", [True, False], ids=["proven", "not proven"])
@pytest.mark.parametrize("known", [True, False], ids=["an address", "no address"])
def test_through_a_second_account_too_it_is_what_the_real_sign_in_leaves(
    *, verified: bool, known: bool
) -> None:
    user = people.sign_up(replace(BOB, email_verified=known))
    SocialAccount.objects.create(user=user, provider="google", uid="7")
    second = Identity("google", "7", "B.", email="b@home.example", email_verified=verified)
    expected = planned(second)
    assert left_by(second) == expected


def test_an_address_of_somebody_else_refuses_a_new_person() -> None:
    people.sign_up(BOB)
    assert plan_of(replace(BOB, sub="2")).refusal == "email_in_use"


def test_a_suspended_person_is_refused() -> None:
    people.sign_up(BOB)
    User.objects.update(is_active=False)
    assert plan_of(BOB).refusal == "account_suspended"


def test_a_trial_takes_the_word_of_a_provider_that_is_switched_off() -> None:
    Provider.objects.update(enabled=False)
    assert plan_of(BOB).addresses.proven == ()
    assert plan_of(BOB, is_trial=True).addresses.proven == ("bob@example.com",)


def test_where_nothing_is_new_nothing_is_asked() -> None:
    people.sign_up(BOB)
    account = people.find_account("github", "1")
    with CaptureQueriesContext(connection) as queries:
        plan = plan_sign_in(BOB, account)
    assert (plan.has_news, len(queries)) == (False, 0)


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        (Identity("github", "1", "Alice", "alice1", email="a@example.com"), "Alice"),
        (Identity("github", "1", "", "alice1", email="a@example.com"), "alice1"),
        (Identity("github", "1", "", "", email="a@example.com"), "a"),
        (Identity("github", "1"), ""),
    ],
    ids=["name", "username", "address", "nothing"],
)
def test_somebody_new_has_the_best_name_that_is_known(identity: Identity, shown: str) -> None:
    assert plan_of(identity).name == shown
