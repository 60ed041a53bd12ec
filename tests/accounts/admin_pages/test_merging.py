"""An admin merges two people that are one."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from audit.models import AuditEvent
from sessions.models import User
from tests.accounts.admin_pages.person_pages import limit, page_of
from tests.fakes import hold, session_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]


@pytest.fixture
def ada(db: None) -> User:
    ada = User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)
    SocialAccount.objects.create(user=ada, provider="github", uid="ada")
    return ada


@pytest.fixture
def adas(client: Client, ada: User) -> Client:
    hold(client, session_token(ada))
    return client


@pytest.fixture
def bob(bob: User) -> User:
    about = {"username": "bobby"}
    SocialAccount.objects.create(user=bob, provider="google", uid="b", extra_data=about)
    return bob


def plan(browser: Client, stays: User, term: str) -> str:
    return str(browser.get(page_of(stays, "merge"), {"other": term}).content.decode())


def confirm(browser: Client, stays: User, goes: User) -> str:
    """Press the button below what was shown; returns the page after it."""
    seen = plan(browser, stays, str(goes.pk)).partition('name="seen" value="')[2].partition('"')[0]
    answer = browser.post(page_of(stays, "merge"), {"other": str(goes.pk), "seen": seen})
    assert (answer.status_code, answer["Location"]) == (302, page_of(stays))
    return str(browser.get(page_of(stays)).content.decode())


def test_shows_what_moves_then_merges(adas: Client, ada: User, alice: User, bob: User) -> None:
    assert "name of the other person" in plan(adas, alice, "")
    shown = plan(adas, alice, "Bob Baker")
    for words in ("Google (bobby)", "Merge Bob Baker into Alice Archer", str(bob.pk)):
        assert words in shown
    assert User.objects.filter(pk=bob.pk).exists()
    assert "Merged Bob Baker into Alice Archer." in confirm(adas, alice, bob)
    assert SocialAccount.objects.get(provider="google").user == alice
    event = AuditEvent.objects.get(action="merged")
    assert (event.actor_id, event.target_id) == (str(ada.pk), str(alice.pk))


def test_the_person_is_told_that_an_admin_connected_an_account(
    adas: Client, alice: User, bob: User
) -> None:
    confirm(adas, alice, bob)
    hers = Client(headers={"host": "localhost:8000"})
    hold(hers, session_token(alice))
    page = hers.get("/account/").content.decode()
    assert "An admin of this site connected <b><bdi>Google</bdi></b> to your account" in page
    assert "The account is <bdi>bobby</bdi>." in page
    assert "If it isn't yours," in page


def test_the_admin_is_told_nothing_on_their_own_page(
    adas: Client, ada: User, alice: User, bob: User
) -> None:
    SocialAccount.objects.create(user=alice, provider="github", uid="a")
    confirm(adas, alice, bob)
    other = Client(headers={"host": "localhost:8000"})
    hold(other, session_token(ada))
    assert "An admin of this site" not in other.get("/account/").content.decode()
    assert 'class="notice"' not in other.get("/account/").content.decode()


@pytest.mark.parametrize(
    ("term", "words"),
    [("nobody", "No other person"), ("B", "Several people match"), ("Alice", "No other person")],
)
def test_the_other_has_to_be_exactly_one_person(
    adas: Client, alice: User, bob: User, term: str, words: str
) -> None:
    User.objects.create(name="Bea")
    assert words in plan(adas, alice, term)
    adas.post(page_of(alice, "merge"), {"other": term})
    assert User.objects.filter(pk=bob.pk).exists()


def test_says_why_two_may_not_be_merged(adas: Client, alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "Bob Baker is suspended" in plan(adas, alice, "Bob Baker")
    answer = adas.post(page_of(alice, "merge"), {"other": str(bob.pk)})
    assert answer.status_code == 200
    assert User.objects.filter(pk=bob.pk).exists()


def test_only_what_was_shown_is_merged(adas: Client, alice: User, bob: User) -> None:
    adas.post(page_of(alice, "merge"), {"other": str(bob.pk), "seen": "another"})
    assert "has changed" in adas.get(page_of(alice)).content.decode()
    assert User.objects.filter(pk=bob.pk).exists()


def test_an_admin_who_goes_is_no_right_that_somebody_gets(
    adas: Client, alice: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    assert "Keep Bob Baker instead" in plan(adas, alice, "Bob Baker")


def test_nobody_merges_themselves_here(adas: Client, ada: User, alice: User) -> None:
    answer = adas.get(page_of(ada, "merge"))
    assert answer["Location"] == page_of(ada)
    assert "Use your own account page" in plan(adas, alice, "Ada Admin")


@pytest.mark.parametrize("admins", ["alice", "bob"])
def test_only_a_superuser_merges_an_admin(
    adas: Client, ada: User, alice: User, bob: User, admins: str
) -> None:
    limit(ada)
    assert "Merge Bob Baker into" in plan(adas, alice, str(bob.pk))
    User.objects.filter(pk={"alice": alice, "bob": bob}[admins].pk).update(is_staff=True)
    adas.post(page_of(alice, "merge"), {"other": str(bob.pk)})
    assert User.objects.filter(pk=bob.pk).exists()
    page = plan(adas, alice, str(bob.pk)) + adas.get(page_of(alice)).content.decode()
    assert "Only an admin with all permissions can do this for an admin" in page


def test_needs_the_right_to_remove_people(adas: Client, ada: User, alice: User, bob: User) -> None:
    limit(ada)
    ada.user_permissions.remove(ada.user_permissions.get(codename="delete_user"))
    assert adas.get(page_of(alice, "merge")).status_code == 403
