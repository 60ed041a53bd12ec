"""What a sign-in would come to is what it comes to."""

from dataclasses import replace

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts import people
from accounts.identity import Identity
from accounts.models import Session, User
from accounts.session_tokens import session_claims
from accounts.sign_in_preview import preview
from accounts.vouching import may_vouch_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]
BOB = Identity("github", "1", name="Bob", email="bob@example.com", email_verified=True)
OF_ONE_TOKEN = {"sub", "sid", "jti", "iat", "exp", "auth_time", "gen", "client_id"}


def lasting(claims: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in claims.items() if name not in OF_ONE_TOKEN}


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "not verified"])
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "known"])
def test_the_claims_are_those_of_the_real_sign_in(verified: bool, is_new: bool) -> None:
    identity = replace(BOB, email_verified=verified)
    if not is_new:
        people.sign_up(replace(identity, name="Robert"), may_vouch_now())
    account = people.find_account("github", "1")
    told = preview(identity, account, ["staff"])
    assert told.is_new == is_new
    assert User.objects.count() == (0 if is_new else 1)

    user = (
        people.sign_up(identity, may_vouch_now())
        if is_new
        else people._welcome_back(account, identity, [])
    )
    session = Session(
        user=user,
        provider="github",
        groups=["staff"],
        auth_time=user.date_joined,
        expires_at=user.date_joined,
    )
    assert lasting(told.claims) == lasting(session_claims(session, user, 0))


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
def test_the_address_is_the_one_that_the_real_sign_in_would_leave(
    known: tuple[str, bool], told: tuple[str, bool]
) -> None:
    people.sign_up(replace(BOB, sub="2", email="taken@example.com"), may_vouch_now())
    people.sign_up(replace(BOB, email=known[0], email_verified=known[1]), may_vouch_now())
    identity = replace(BOB, email=told[0], email_verified=told[1])
    claims = preview(identity, people.find_account("github", "1")).claims

    account = people.find_account("github", "1")
    assert account
    user = people._welcome_back(account, identity, [])
    session = Session(
        user=user, provider="github", auth_time=user.date_joined, expires_at=user.date_joined
    )
    assert lasting(claims) == lasting(session_claims(session, user, 0))


@pytest.mark.parametrize("verified", [True, False], ids=["proven", "not proven"])
@pytest.mark.parametrize("known", [True, False], ids=["an address", "no address"])
def test_through_a_second_account_too_it_is_what_the_real_sign_in_would_leave(
    verified: bool, known: bool
) -> None:
    user = people.sign_up(replace(BOB, email_verified=known), may_vouch_now())
    SocialAccount.objects.create(user=user, provider="google", uid="7")
    second = replace(
        BOB, provider="google", sub="7", name="B.", email="b@home.example", email_verified=verified
    )
    claims = preview(second, people.find_account("google", "7")).claims

    account = people.find_account("google", "7")
    assert account
    left = people._welcome_back(account, second, [])
    session = Session(
        user=left, provider="google", auth_time=user.date_joined, expires_at=user.date_joined
    )
    assert lasting(claims) == lasting(session_claims(session, left, 0))
