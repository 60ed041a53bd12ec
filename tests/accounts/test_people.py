import logging
import re
from dataclasses import replace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.errors import EmailInUseError
from accounts.identity import Identity
from accounts.people import (
    find_account,
    provide_admin,
    sign_in,
    sign_up,
)
from accounts.removal import remove_accounts_of
from audit.models import UNKNOWN
from sessions.errors import AccountSuspendedError, SessionTokenError
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.starting import SessionStart
from tests.accounts.cast import ALICE, BOB, addresses, come
from tests.sessions.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]

# The first time


def test_a_new_identity_becomes_a_person_with_an_account_and_an_address() -> None:
    user = User.objects.get(pk=come(ALICE).pk)
    assert (user.name, user.email) == ("Alice Archer", "alice@example.com")
    assert user.picture == "https://avatars.example/alice.png"
    assert SocialAccount.objects.get(user=user).uid == "1"
    assert addresses(user) == {"alice@example.com": True}


def test_who_is_known_already_is_found_with_what_is_new() -> None:
    known = sign_up(ALICE)
    found = sign_up(replace(ALICE, name="Alice Baker"))
    assert (found.pk, found.name) == (known.pk, "Alice Baker")
    assert User.objects.count() == 1


def test_a_new_person_has_no_password_no_username_and_no_rights() -> None:
    user = come(ALICE)
    assert not user.has_usable_password()
    assert user.username is None
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)


def test_a_session_starts_through_that_provider_and_its_tokens_are_issued() -> None:
    issued = sign_in(ALICE, None, SessionStart(UNKNOWN))
    session = Session.objects.get()
    assert (session, session.provider) == (issued.session, "github")
    assert validate_session_token(issued.session_token.text).sub == str(session.user_id)
    assert issued.refresh_token == issue_refresh_token(session)


@pytest.mark.parametrize("email", ["alice@example.com", ""], ids=["unverified", "none"])
def test_without_a_proven_address_one_is_signed_in_all_the_same(email: str) -> None:
    user = come(replace(ALICE, email=email, email_verified=False))
    assert user.email == email
    assert user.proven_addresses == ()
    assert addresses(user) == {}


def test_an_identity_is_provider_and_sub_and_never_an_address() -> None:
    alice = come(replace(ALICE, email_verified=False))
    other = come(replace(ALICE, provider="google", email_verified=False))
    assert alice.pk != other.pk


@pytest.mark.parametrize("sub", ["1 ", "01", "A", "\uff11"], ids=repr)
def test_a_sub_is_compared_byte_for_byte(sub: str) -> None:
    come(ALICE)
    come(replace(BOB, sub="a"))
    assert find_account("github", sub) is None


def test_two_unverified_addresses_may_be_the_same() -> None:
    come(ALICE)
    bob = come(replace(BOB, email="alice@example.com", email_verified=False))
    assert (bob.email, bob.proven_addresses) == ("alice@example.com", ())


# A proven address that is somebody else's


def test_a_known_proven_address_makes_no_second_person() -> None:
    come(ALICE)
    with pytest.raises(EmailInUseError) as refusal:
        come(replace(ALICE, provider="google", sub="9"))
    assert refusal.value.email == "alice@example.com"
    assert refusal.value.providers == ["github"]
    assert User.objects.count() == SocialAccount.objects.count() == 1


def test_names_all_providers_that_sign_in_to_that_account() -> None:
    alice = come(ALICE)
    SocialAccount.objects.create(user=alice, provider="demo", uid="5")
    with pytest.raises(EmailInUseError) as refusal:
        come(replace(ALICE, provider="google", sub="9"))
    assert refusal.value.providers == ["github", "demo"]


def test_the_refusal_does_not_show_the_address_in_its_text() -> None:
    come(ALICE)
    with pytest.raises(EmailInUseError) as refusal:
        come(replace(ALICE, provider="google", sub="9"))
    assert "alice" not in str(refusal.value)


def test_coming_first_reads_providers_and_handles_once_and_writes_each_row_once() -> None:
    come(BOB)  # makes the signing key
    with CaptureQueriesContext(connection) as queries:
        come(ALICE)
    statements = [query["sql"].lstrip("(").split()[:3] for query in queries]
    assert [words for words in statements if "SAVEPOINT" not in words] == [
        ["SELECT", "account.id", "AS"],
        ["SELECT", "id,", "slug,"],
        ["SELECT", '"signet_sessions_user"."handle"', "AS"],
        ["INSERT", "INTO", '"signet_sessions_user"'],
        ["INSERT", "INTO", '"socialaccount_socialaccount"'],
        ["INSERT", "INTO", '"account_emailaddress"'],
        ["INSERT", "INTO", '"signet_sessions_session"'],
    ]


# Coming back


def test_coming_back_costs_one_query_to_be_found(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    come(ALICE)
    with django_assert_num_queries(1):
        account = find_account("github", "1")
        assert account is not None
        assert account.user.proven_addresses[:1] == ("alice@example.com",)


def test_coming_back_writes_a_session_and_nothing_more_when_nothing_has_changed() -> None:
    come(ALICE)
    with CaptureQueriesContext(connection) as queries:
        come(ALICE)
    written = [
        query["sql"].partition(" SET")[0].partition(" (")[0]
        for query in queries
        if "SELECT" not in query["sql"][:7]
    ]
    assert written == ["UPDATE signet_sessions_user", 'INSERT INTO "signet_sessions_session"']
    assert len(queries) == 3


@pytest.mark.parametrize(
    ("changes", "name", "picture"),
    [
        ({"name": "Alice Bowman"}, "Alice Bowman", ALICE.picture),
        ({"picture": "https://b.example/"}, "Alice Archer", "https://b.example/"),
        ({"picture": ""}, "Alice Archer", ""),
        ({"name": "", "username": "", "email": ""}, "Alice Archer", ALICE.picture),
    ],
    ids=["a name", "a picture", "no picture", "no name, which is kept"],
)
def test_takes_over_what_has_changed(changes: dict[str, Any], name: str, picture: str) -> None:
    come(ALICE)
    user = come(replace(ALICE, **changes))
    user.refresh_from_db()
    assert (user.name, user.picture) == (name, picture)


def test_keeps_with_the_account_what_the_provider_says_now() -> None:
    come(ALICE)
    come(replace(ALICE, username="alice2"))
    assert SocialAccount.objects.get().extra_data["username"] == "alice2"


def test_a_newly_proven_address_becomes_the_primary_one() -> None:
    come(ALICE)
    user = come(replace(ALICE, email="alice@new.example"))
    user.refresh_from_db()
    assert (user.email, user.proven_addresses) == ("alice@new.example", ("alice@new.example",))
    assert addresses(user) == {"alice@new.example": True}


def test_an_old_address_can_become_the_primary_one_again() -> None:
    for address in ("alice@example.com", "alice@new.example", "alice@example.com"):
        user = come(replace(ALICE, email=address))
    assert addresses(user) == {"alice@example.com": True}


def test_an_address_that_is_proven_later_counts_then() -> None:
    come(replace(ALICE, email_verified=False))
    assert come(ALICE).proven_addresses[:1] == ("alice@example.com",)


def test_an_unverified_address_follows_the_provider() -> None:
    come(replace(ALICE, email_verified=False))
    user = come(replace(ALICE, email="alice@new.example", email_verified=False))
    user.refresh_from_db()
    assert (user.email, addresses(user)) == ("alice@new.example", {})


def test_an_address_that_is_told_no_more_is_not_proven_either() -> None:
    come(ALICE)
    user = come(replace(ALICE, email="alice@new.example", email_verified=False))
    user.refresh_from_db()
    assert (user.email, user.proven_addresses) == ("alice@new.example", ())
    assert addresses(user) == {}


def test_an_address_that_is_somebody_elses_is_not_taken_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "accounts")
    bob = come(BOB)
    come(ALICE)
    alice = come(replace(ALICE, email="bob@example.com"))
    alice.refresh_from_db()
    assert (alice.email, addresses(alice)) == ("bob@example.com", {})
    assert addresses(bob) == {"bob@example.com": True}
    assert caplog.messages == [f"a proven address of user={alice.pk} belongs to another user"]


# Coming back through an account that was connected later


@pytest.fixture
def alices_second() -> Identity:
    """An account at another provider, with a name and an address of its own."""
    user = come(ALICE)
    second = Identity("google", "7", name="A. A.", email="alice@home.example", email_verified=True)
    SocialAccount.objects.create(user=user, provider="google", uid="7")
    return second


def test_a_second_account_changes_neither_name_nor_picture(alices_second: Identity) -> None:
    user = come(alices_second)
    user.refresh_from_db()
    assert (user.name, user.picture) == (ALICE.name, ALICE.picture)


def test_its_proven_address_is_one_more_and_not_the_main_one(alices_second: Identity) -> None:
    for _ in range(2):
        user = come(alices_second)
    assert user.proven_addresses[:1] == ("alice@example.com",)
    assert addresses(user) == {"alice@example.com": True, "alice@home.example": False}


def test_without_a_proven_address_it_gives_the_main_one(alices_second: Identity) -> None:
    come(replace(ALICE, email_verified=False))
    assert come(alices_second).proven_addresses[:1] == ("alice@home.example",)


def test_the_second_account_is_the_main_one_when_the_first_is_gone(
    alices_second: Identity,
) -> None:
    SocialAccount.objects.get(provider="github").delete()
    assert come(alices_second).name == "A. A."


def test_somebody_suspended_is_refused_and_nothing_is_written() -> None:
    User.objects.filter(pk=come(ALICE).pk).update(is_active=False)
    Session.objects.all().delete()
    with pytest.raises(AccountSuspendedError):
        come(replace(ALICE, name="Mallory"))
    assert User.objects.get().name == "Alice Archer"
    assert not Session.objects.exists()


def test_somebody_suspended_cannot_come_back_through_the_address() -> None:
    User.objects.filter(pk=come(ALICE).pk).update(is_active=False)
    with pytest.raises(EmailInUseError):
        come(replace(ALICE, provider="google", sub="9"))


# At the same time


@pytest.mark.usefixtures("parallel_database")
def test_first_sign_ins_at_once_make_one_person_and_one_account() -> None:
    users = at_once(4, lambda: come(ALICE))
    assert {user.pk for user in users} == {User.objects.get().pk}
    assert SocialAccount.objects.count() == EmailAddress.objects.count() == 1
    assert Session.objects.count() == 4


@pytest.mark.usefixtures("parallel_database")
def test_two_identities_with_one_proven_address_at_once_make_one_person() -> None:
    identities = iter([ALICE, replace(ALICE, provider="google", sub="9")])

    def first_come() -> bool:
        try:
            come(next(identities))
        except EmailInUseError:
            return False
        return True

    assert sorted(at_once(2, first_come)) == [False, True]
    assert User.objects.count() == SocialAccount.objects.count() == 1


@pytest.mark.parametrize("email_verified", [True, False], ids=["proven", "not proven"])
def test_a_tab_that_lost_the_race_signs_in_to_the_account_of_the_winner(
    *, email_verified: bool
) -> None:
    identity = replace(ALICE, email_verified=email_verified)
    winner = come(identity)
    assert sign_in(identity, None, SessionStart(UNKNOWN)).session.user == winner
    assert User.objects.count() == 1


def test_a_tab_that_lost_the_race_signs_nobody_in_who_is_suspended() -> None:
    User.objects.filter(pk=come(ALICE).pk).update(is_active=False)
    with pytest.raises(AccountSuspendedError):
        sign_in(ALICE, None, SessionStart(UNKNOWN))


def test_a_crash_half_way_leaves_nothing() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        sign_up(replace(ALICE, email_verified=object()))  # type: ignore[arg-type]
    assert not User.objects.exists()


# Admins and providers that go


def test_provides_an_admin_who_comes_through_any_of_the_identities() -> None:
    google = replace(ALICE, provider="google", sub="9")
    provide_admin([ALICE, google])
    assert come(ALICE) == come(google) == User.objects.get(is_staff=True, is_superuser=True)


def test_provides_the_admin_once() -> None:
    for _ in range(2):
        provide_admin([ALICE, replace(ALICE, provider="google", sub="9")])
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 2)


def test_an_admin_may_have_been_here_before() -> None:
    alice = come(ALICE)
    provide_admin([replace(ALICE, provider="google", sub="9"), ALICE])
    assert User.objects.get(is_staff=True) == alice


def test_removing_a_providers_accounts_ends_the_sessions_begun_through_it() -> None:
    alice = come(ALICE)
    token = issue_session_token(Session.objects.get(), alice).text
    remove_accounts_of("github")
    assert find_account("github", "1") is None
    with pytest.raises(SessionTokenError, match="revoked"):
        validate_session_token(token)


def test_whoever_has_no_other_way_in_may_come_back_through_another_provider() -> None:
    come(ALICE)
    remove_accounts_of("github")
    assert not User.objects.exists()
    assert come(replace(ALICE, provider="google")).proven_addresses[:1] == ("alice@example.com",)


def test_whoever_has_another_way_in_stays_when_a_provider_goes() -> None:
    alice, bob = come(ALICE), come(BOB)
    SocialAccount.objects.create(user=alice, provider="google", uid="9")
    bob.set_password("correct horse battery staple")
    bob.save()
    remove_accounts_of("github")
    assert set(User.objects.all()) == {alice, bob}


def test_a_provider_that_takes_its_word_back_is_believed() -> None:
    come(ALICE)
    alice = come(replace(ALICE, email_verified=False))
    assert (alice.proven_addresses, alice.email) == ((), "alice@example.com")
    assert not addresses(alice)


def test_removing_a_providers_accounts_leaves_other_providers_alone() -> None:
    come(replace(ALICE, provider="google"))
    bob = come(replace(BOB, provider="github"))
    kept = Session.objects.get(provider="google")
    remove_accounts_of("github")
    assert SocialAccount.objects.filter(provider="google").count() == 1
    assert not SocialAccount.objects.filter(provider="github", user=bob).exists()
    assert validate_session_token(issue_session_token(kept, kept.user).text).sid == str(kept.pk)


def test_signing_up_ends_although_the_database_refuses_again_and_again() -> None:
    def refuse(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "socialaccount_socialaccount"'):
            raise IntegrityError
        return run(sql, *rest)

    with connection.execute_wrapper(refuse), pytest.raises(EmailInUseError):
        sign_up(ALICE)
    assert not User.objects.exists()


# Handles

LOOK = 'SELECT "signet_sessions_user"."handle"'


@pytest.mark.parametrize(
    ("changes", "handle"),
    [
        pytest.param({}, "alice", id="the login"),
        pytest.param({"username": "Alice-A"}, "alice-a", id="in lower case"),
        pytest.param({"username": "", "email": "al@example.com"}, "al", id="or the address"),
        pytest.param({"username": "", "email": ""}, "user", id="not the name"),
        pytest.param(
            {"username": "", "email": "boss@example.com", "email_verified": False},
            "user",
            id="nor an address that is not verified",
        ),
        pytest.param({"username": "admin"}, "user-admin", id="not a reserved one"),
    ],
)
def test_whoever_comes_first_gets_a_handle(changes: dict[str, Any], handle: str) -> None:
    assert come(replace(ALICE, **changes)).handle == handle


def test_a_handle_stays_whatever_the_provider_says_later() -> None:
    come(ALICE)
    assert come(replace(ALICE, username="mallory")).handle == "alice"


def test_a_handle_taken_at_the_same_moment_is_no_refusal() -> None:
    statements: list[str] = []
    rivals = ["alice", "alice-2"]

    def another_is_first(execute: Any, sql: str, *rest: Any) -> Any:
        """Sign somebody up between the look for a free handle and the transaction after it."""
        if sql.startswith("SAVEPOINT") and LOOK in statements[-1] and rivals:
            User.objects.create(handle=rivals.pop(0))
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(another_is_first):
        assert re.fullmatch(r"alice-\d{4}", come(ALICE).handle)
    assert User.objects.count() == 3
