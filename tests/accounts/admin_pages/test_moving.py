"""An admin makes a link by which a person who has lost their account connects another one."""

import re
from hashlib import sha256

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LIFETIME, ConnectionLink, link_of_secret, make_link, remove_expired
from audit.models import AuditEvent
from sessions.models import User
from tests.accounts.admin_pages.person_pages import limit, page_of
from tests.fakes import hold, session_token

pytestmark = pytest.mark.django_db
LINK = re.compile(r"<code>http://localhost:8000/connect/([A-Za-z0-9_-]{43})/</code>")


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)


@pytest.fixture
def adas(client: Client, ada: User) -> Client:
    hold(client, session_token(ada))
    return client


def shown(browser: Client, person: User) -> str:
    return str(browser.get(page_of(person)).content.decode())


def test_asks_then_shows_the_link_once(adas: Client, ada: User, alice: User) -> None:
    question = adas.get(page_of(alice, "move")).content.decode()
    assert "is signed out everywhere" in question
    assert not ConnectionLink.objects.exists()
    answer = adas.post(page_of(alice, "move"))
    assert (answer.status_code, answer["Location"]) == (302, page_of(alice))
    found = LINK.search(shown(adas, alice))
    assert found
    link = link_of_secret(found[1])
    assert link is not None
    assert (link.person, link.made_by) == (alice, ada)
    assert timezone.now() < link.expires_at <= timezone.now() + LIFETIME
    assert not LINK.search(shown(adas, alice))


def test_says_that_a_password_ends_too(adas: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    assert "Their password" not in adas.get(page_of(alice, "move")).content.decode()
    alice.set_password("correct horse battery staple")
    alice.save()
    question = adas.get(page_of(alice, "move")).content.decode()
    assert "Their password stops working, too." in question


def test_who_uses_the_browser_next_does_not_see_it(
    adas: Client, ada: User, alice: User, bob: User
) -> None:
    adas.post(page_of(alice, "move"))
    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    hold(adas, session_token(bob))
    pages = [adas.get(address).content.decode() for address in ("/account/", page_of(alice))]
    assert not any(map(LINK.search, pages))


def test_it_is_shown_on_the_page_of_its_person_alone(adas: Client, alice: User, bob: User) -> None:
    adas.post(page_of(alice, "move"))
    assert not LINK.search(shown(adas, bob))
    assert LINK.search(shown(adas, alice))


def test_a_link_that_was_replaced_is_not_shown(adas: Client, ada: User, alice: User) -> None:
    adas.post(page_of(alice, "move"))
    make_link(alice, ada)
    assert not LINK.search(shown(adas, alice))


def test_only_a_hash_of_the_secret_is_kept_and_the_log_has_none(
    adas: Client, ada: User, alice: User
) -> None:
    adas.post(page_of(alice, "move"))
    found = LINK.search(shown(adas, alice))
    assert found
    assert ConnectionLink.objects.get().digest == sha256(found[1].encode()).hexdigest()
    event = AuditEvent.objects.get(action="connection_link_made")
    assert (event.actor_id, event.target_id) == (str(ada.pk), str(alice.pk))
    assert event.after["link"] == ConnectionLink.objects.get().pk
    assert found[1] not in str(vars(event))


def test_a_new_link_takes_the_place_of_the_earlier_one(
    adas: Client, ada: User, alice: User
) -> None:
    _, earlier = make_link(alice, ada)
    adas.post(page_of(alice, "move"))
    assert ConnectionLink.objects.count() == 1
    assert link_of_secret(earlier) is None


def test_a_link_can_be_withdrawn(adas: Client, ada: User, alice: User) -> None:
    assert "Cancel link" not in shown(adas, alice)
    make_link(alice, ada)
    assert "Cancel link" in shown(adas, alice)
    adas.post(page_of(alice, "withdraw"))
    assert not ConnectionLink.objects.exists()
    assert AuditEvent.objects.filter(action="connection_link_withdrawn").count() == 1
    adas.post(page_of(alice, "withdraw"))
    assert AuditEvent.objects.filter(action="connection_link_withdrawn").count() == 1


def test_the_person_is_told_of_a_link_as_long_as_it_works(adas: Client, alice: User) -> None:
    hers = Client(headers={"host": "localhost:8000"})
    hold(hers, session_token(alice))
    adas.post(page_of(alice, "move"))
    for address in ("/account/", "/account/connections/"):
        text = " ".join(hers.get(address).content.decode().split())
        assert (
            "An admin of this site has created a link that connects another way to sign in" in text
        )
        assert "If you didn't ask for it, tell your admin." in text
    adas.post(page_of(alice, "withdraw"))
    assert "created a link" not in hers.get("/account/").content.decode()


def assert_refused(browser: Client, person: User, words: str) -> None:
    for ask in (browser.get, browser.post):
        assert ask(page_of(person, "move"))["Location"] == page_of(person)
        assert words in shown(browser, person)
    assert not ConnectionLink.objects.exists()


def test_nobody_makes_one_for_themselves(adas: Client, ada: User) -> None:
    assert_refused(adas, ada, "Use your own account page")


def test_nobody_makes_one_for_somebody_who_is_suspended(adas: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert_refused(adas, alice, "Reinstate this person first")


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_only_a_superuser_makes_one_for_an_admin(
    adas: Client, ada: User, alice: User, right: str
) -> None:
    User.objects.filter(pk=alice.pk).update(**{right: True})
    assert adas.get(page_of(alice, "move")).status_code == 200
    limit(ada)
    assert_refused(adas, alice, "Only an admin with all permissions can do this for an admin")


def test_needs_the_right_to_change_people(adas: Client, ada: User, alice: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_superuser=False)
    for page in ("move", "withdraw", "merge"):
        assert adas.post(page_of(alice, page)).status_code == 403
    assert not ConnectionLink.objects.exists()


def test_needs_a_recent_sign_in(client: Client, ada: User, alice: User) -> None:
    hold(client, session_token(ada, age=301))
    for page in ("move", "withdraw", "merge"):
        answer = client.post(page_of(alice, page))
        assert answer.get("Location", "/sign-in/?again=1").startswith("/sign-in/?again=1")
    assert not ConnectionLink.objects.exists()


def test_it_is_not_offered_for_oneself(adas: Client, ada: User, alice: User) -> None:
    for words in ("Connect another account for this person", "Merge with another person"):
        assert words in shown(adas, alice)
        assert words not in shown(adas, ada)


def test_cleanup_removes_links_that_have_expired(ada: User, alice: User, bob: User) -> None:
    make_link(alice, ada)
    make_link(bob, ada)
    ConnectionLink.objects.filter(person=bob).update(expires_at=timezone.now())
    assert remove_expired() == 1
    assert str(ConnectionLink.objects.get()) == str(ConnectionLink.objects.get(person=alice).pk)
