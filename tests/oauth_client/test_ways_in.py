"""Which accounts somebody signs in with, and which of them a session began through."""

import pytest
from allauth.socialaccount.models import SocialAccount

from oauth_client.ways_in import WaysIn
from sessions.models import Session, User
from tests.fakes import add_provider
from tests.sessions.others import another

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts(alice: User) -> list[SocialAccount]:
    """Two of Alice's, and one at a provider that has been removed."""
    add_provider("github", "github", name="GitHub")
    about = (("github", "1"), ("github", "2"), ("gone", "3"))
    return [SocialAccount.objects.create(user=alice, provider=slug, uid=uid) for slug, uid in about]


def test_shows_those_whose_provider_is_there(alice: User, accounts: list[SocialAccount]) -> None:
    ways = WaysIn.of(alice, None)
    assert ways.accounts == accounts
    assert [way.account for way in ways.shown] == accounts[:2]
    assert [way.is_current for way in ways.shown] == [False, False]


@pytest.mark.parametrize(
    ("began", "used"),
    [({"account": 1}, 1), ({}, 0), ({"provider": "google"}, None), ({"provider": ""}, None)],
    ids=["known", "old", "elsewhere", "password"],
)
def test_knows_which_account_a_session_began_through(
    alice: User, accounts: list[SocialAccount], began: dict[str, object], used: int | None
) -> None:
    fields = {"provider": "github"} | began
    if "account" in fields:
        fields["account"] = accounts[1].pk
    session: Session = another(alice, **fields)
    assert WaysIn.of(alice, session).used == (None if used is None else accounts[used])


def test_names_a_provider_as_the_admin_does_or_by_its_slug(
    alice: User, accounts: list[SocialAccount]
) -> None:
    ways = WaysIn.of(alice, None)
    assert [ways.name_of(slug) for slug in ("github", "gone", "")] == ["GitHub", "gone", ""]
