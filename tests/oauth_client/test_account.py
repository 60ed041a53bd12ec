"""What somebody meets first on their own account."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from sessions.models import Session, User
from sessions.session_tokens import issue_session_token
from tests.fakes import add_provider, hold, session_token
from tests.sessions.others import another

pytestmark = pytest.mark.django_db
PAGE = "/account/"


def words_of(browser: Client) -> str:
    return " ".join(browser.get(PAGE).content.decode().split())


def test_greets_and_says_that_an_address_is_not_verified(alices_browser: Client) -> None:
    page = words_of(alices_browser)
    assert "Welcome, <bdi>Alice Archer</bdi>" in page
    assert "alice@example.com" in page
    assert "not verified" in page
    assert "Verify it at a provider, then sign in again." in page


def test_says_that_an_address_is_verified(alices_browser: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    page = words_of(alices_browser)
    assert '<span class="tag">verified</span>' in page
    assert "not verified" not in page


def test_says_that_no_address_was_shared(alices_browser: Client, alice: User) -> None:
    User.objects.update(email="")
    page = words_of(alices_browser)
    assert "No email address was shared with this site." in page
    assert "verified" not in page


def test_shows_the_accounts_that_somebody_signs_in_with(
    alices_browser: Client, alice: User
) -> None:
    add_provider("github", "github", name="GitHub")
    for slug in ("github", "gone"):
        about = {"extra_data": {"username": f"alice-at-{slug}"}}
        SocialAccount.objects.create(user=alice, provider=slug, uid="1", **about)
    page = words_of(alices_browser)
    assert "<bdi>GitHub</bdi>" in page
    assert "alice-at-github" in page
    assert "used now" in page
    assert "alice-at-gone" not in page
    assert "A password" not in page


def test_names_a_password_as_a_way_in(alices_browser: Client, alice: User) -> None:
    alice.set_password("correct horse battery staple")
    alice.save()
    assert "A password" in words_of(alices_browser)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "with 1 other browser."), (2, "with 2 other browsers.")],
    ids=["one", "two"],
)
def test_shows_this_browser_and_counts_the_others(
    alices_browser: Client, alice: User, bob: User, number: int, words: str
) -> None:
    for _ in range(number):
        another(alice, user_agent="Chrome Windows")
    another(alice, holder=Session.Holder.SCRIPT, name="backup")
    another(alice, expires_at=timezone.now() - timedelta(seconds=1))
    another(bob)
    page = words_of(alices_browser)
    assert page.count("this browser") == 1
    assert f"You are signed in {words}" in page
    assert "Chrome on Windows" not in page


def test_counts_no_others_where_there_are_none(alices_browser: Client) -> None:
    assert "You are signed in with" not in words_of(alices_browser)


def test_shows_the_groups_of_this_session(client: Client, bob: User) -> None:
    session = another(bob, groups=["editors"])
    client.cookies["session"] = issue_session_token(session, bob).text
    assert '<bdi class="tag">editors</bdi>' in words_of(client)


def test_names_the_provider_as_the_admin_does(alices_browser: Client) -> None:
    add_provider("github", "github", name="Our GitHub")
    assert "<bdi>Our GitHub</bdi>" in alices_browser.get("/account/").content.decode()


def test_names_a_provider_that_is_gone_by_its_slug(alices_browser: Client) -> None:
    assert "Signed in with <bdi>github</bdi>" in alices_browser.get("/account/").content.decode()


def test_names_no_provider_after_a_password(client: Client, bob: User) -> None:
    hold(client, session_token(bob))
    assert "Signed in with a password" in client.get("/account/").content.decode()


def test_a_hostile_name_is_shown_as_text(client: Client, bob: User) -> None:
    bob.name = "<script>alert(1)</script>"
    bob.save()
    hold(client, session_token(bob))
    page = client.get("/account/").content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_somebody_with_a_picture_is_shown_ours_of_it(client: Client, bob: User) -> None:
    bob.picture = "https://avatars.example/bob.png"
    bob.save()
    hold(client, session_token(bob))
    assert 'src="/account/picture/"' in client.get("/account/").content.decode()


@pytest.mark.parametrize("is_staff", [True, False])
def test_the_way_to_the_admin_is_shown_to_admins(
    client: Client, bob: User, *, is_staff: bool
) -> None:
    bob.is_staff = is_staff
    bob.save()
    hold(client, session_token(bob))
    assert ('href="/admin/"' in client.get("/account/").content.decode()) is is_staff
