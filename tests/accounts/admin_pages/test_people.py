import threading
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.removal import remove_person
from audit.models import UNKNOWN, AuditEvent
from sessions.models import Session, User
from tests.accounts.admin_pages.person_pages import form_of, limit, page_of
from tests.fakes import hold, session_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def admins_browser(client: Client, db: None) -> Client:
    admin = User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)
    hold(client, session_token(admin))
    return client


@pytest.mark.parametrize("search", ["", "Alice", "alice@example.com", "1234"])
def test_people_are_found_by_name_address_and_id_at_the_provider(
    admins_browser: Client, alice: User, search: str
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    SocialAccount.objects.create(user=alice, provider="github", uid="1234")
    page = admins_browser.get("/admin/signet_sessions/user/", {"q": search})
    assert str(alice.pk) in page.content.decode()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        pytest.param("archer ali", ["Alice Archer"], id="each word, in any order"),
        pytest.param("RCH", ["Alice Archer"], id="within a word"),
        pytest.param("ar", ["Alice Archer"], id="a short one where a word begins"),
        pytest.param("li", [], id="a short one not within a word"),
        pytest.param("ex", [], id="a short one not in an address"),
        pytest.param("b", ["Bob Baker"], id="a letter"),
        pytest.param("小明", ["王小明"], id="two signs of a script without spaces"),
        pytest.param("archer bob", [], id="words of two people"),
    ],
)
def test_people_are_found_by_words(
    admins_browser: Client, alice: User, bob: User, search: str, found: list[str]
) -> None:
    User.objects.create(name="王小明")
    page = admins_browser.get("/admin/signet_sessions/user/", {"q": search})
    assert [person.name for person in page.context["cl"].result_list] == found


def test_a_persons_page_shows_addresses_and_accounts(admins_browser: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="proven@example.com", verified=True)
    SocialAccount.objects.create(user=alice, provider="github", uid="1234")
    page = admins_browser.get(page_of(alice))
    assert page.status_code == 200
    for text in ("Alice Archer", "proven@example.com", "github", "1234"):
        assert text in page.content.decode()


def test_a_persons_page_shows_no_password_hash(admins_browser: Client, alice: User) -> None:
    alice.set_password("correct horse battery staple")
    alice.save()
    assert alice.password not in admins_browser.get(page_of(alice)).content.decode()


def test_a_name_can_be_changed_and_an_address_cannot(admins_browser: Client, alice: User) -> None:
    form = form_of(alice, name="Alice Bowman", email="mallory@example.com", username="root")
    assert admins_browser.post(page_of(alice), form).status_code == 302
    alice.refresh_from_db()
    assert (alice.name, alice.email) == ("Alice Bowman", "alice@example.com")
    assert alice.username is None


def test_nobody_is_added_by_hand(admins_browser: Client) -> None:
    assert admins_browser.get("/admin/signet_sessions/user/add/").status_code == 403


def test_no_address_is_proven_by_typing_it_in(admins_browser: Client, alice: User) -> None:
    form = form_of(alice) | {
        "emailaddress_set-TOTAL_FORMS": "1",
        "emailaddress_set-0-email": "mallory@example.com",
        "emailaddress_set-0-verified": "on",
        "socialaccount_set-TOTAL_FORMS": "1",
        "socialaccount_set-0-provider": "github",
        "socialaccount_set-0-uid": "666",
    }
    admins_browser.post(page_of(alice), form)
    assert not EmailAddress.objects.exists()
    assert not SocialAccount.objects.exists()


def test_suspending_somebody_ends_their_sessions_at_once(
    admins_browser: Client, alice: User
) -> None:
    headers = {"authorization": f"Bearer {session_token(alice)}"}
    assert admins_browser.get("/api/session", headers=headers).status_code == 200
    admins_browser.post(page_of(alice), form_of(alice, is_active=""))
    assert admins_browser.get("/api/session", headers=headers).status_code == 401
    assert not alice.sessions.filter(revoked_at=None).exists()


def test_a_change_of_another_kind_ends_no_session(admins_browser: Client, alice: User) -> None:
    headers = {"authorization": f"Bearer {session_token(alice)}"}
    admins_browser.post(page_of(alice), form_of(alice, is_staff="on"))
    assert admins_browser.get("/api/session", headers=headers).status_code == 200


@pytest.fixture
def ada(admins_browser: Client) -> User:
    """Who sits before that browser."""
    return User.objects.get(name="Ada Admin")


def test_an_admin_cannot_take_their_own_rights(admins_browser: Client, ada: User) -> None:
    admins_browser.post(page_of(ada), form_of(ada, name="Ada", is_active=""))
    ada.refresh_from_db()
    assert ada.name == "Ada"
    assert (ada.is_active, ada.is_staff, ada.is_superuser) == (True, True, True)


def test_an_admin_cannot_suspend_themselves(admins_browser: Client, ada: User) -> None:
    page = admins_browser.post(page_of(ada, "suspend"), follow=True)
    assert "You can't suspend yourself" in unescape(page.content.decode())
    assert User.objects.get(pk=ada.pk).is_active
    assert page_of(ada, "suspend") not in page.content.decode()


def test_an_admin_cannot_delete_themselves(admins_browser: Client, ada: User, alice: User) -> None:
    assert admins_browser.post(page_of(ada, "delete"), {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [ada.pk, alice.pk], "post": "yes"}
    admins_browser.post("/admin/signet_sessions/user/", form)
    assert User.objects.count() == 2


def test_deleting_somebody_ends_their_sessions_at_once(admins_browser: Client, alice: User) -> None:
    headers = {"authorization": f"Bearer {session_token(alice)}"}
    admins_browser.post(page_of(alice, "delete"), {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()
    assert admins_browser.get("/api/session", headers=headers).status_code == 401


def test_deleting_several_people_ends_their_sessions_at_once(
    admins_browser: Client, alice: User, bob: User
) -> None:
    headers = [{"authorization": f"Bearer {session_token(user)}"} for user in (alice, bob)]
    form = {
        "action": "delete_selected",
        "_selected_action": [str(alice.pk), str(bob.pk)],
        "post": "yes",
    }
    admins_browser.post("/admin/signet_sessions/user/", form)
    statuses = [admins_browser.get("/api/session", headers=each).status_code for each in headers]
    assert statuses == [401, 401]


DELETED = {
    "by themselves": lambda browser, person: remove_person(person, UNKNOWN),
    "by an admin": lambda browser, person: browser.post(page_of(person, "delete"), {"post": "yes"}),
    "with others": lambda browser, person: browser.post(
        "/admin/signet_sessions/user/",
        {"action": "delete_selected", "_selected_action": [str(person.pk)], "post": "yes"},
    ),
}


@pytest.mark.parametrize("delete", DELETED.values(), ids=DELETED)
def test_the_name_of_who_is_deleted_stays_in_the_audit_log_alone(
    admins_browser: Client, alice: User, bob: User, delete: Callable[[Client, User], object]
) -> None:
    """Django's own log of the admin has no end."""
    key = alice.pk
    for person in (alice, bob):
        admins_browser.post(page_of(person), form_of(person, is_staff="on"))
    delete(admins_browser, alice)
    assert not User.objects.filter(pk=key).exists()
    assert [entry.object_id for entry in LogEntry.objects.all()] == [str(bob.pk)]
    assert AuditEvent.objects.filter(target_id=key, action="removed").exists()


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_deleting_several_people_ends_a_session_that_begins_meanwhile(
    admins_browser: Client, alice: User
) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(alice.pk)], "post": "yes"}
    admins_browser.post(
        "/admin/signet_sessions/user/", form | {"post": ""}
    )  # asks; the next is quicker

    def delete() -> None:
        admins_browser.post("/admin/signet_sessions/user/", form)
        connections.close_all()

    deletion, now = threading.Thread(target=delete), timezone.now()
    with transaction.atomic():  # a sign-in that has found that it may be
        User.objects.filter(pk=alice.pk).update(last_login=now)
        Session.objects.create(user=alice, auth_time=now, expires_at=now + timedelta(days=1))
        deletion.start()
        deletion.join(1)  # seconds; it waits for this transaction
    deletion.join(10)
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not Session.objects.filter(user=alice.pk, revoked_at=None).exists()


# The handle


def saved(browser: Client, person: User, handle: str) -> str:
    """Save the page of a person with this handle; return the one that they have then."""
    browser.post(page_of(person), form_of(person, handle=handle))
    person.refresh_from_db()
    return person.handle


@pytest.mark.parametrize("handle", ["ally", "admin", "a.b-c_d"])
def test_an_admin_changes_a_handle(admins_browser: Client, alice: User, handle: str) -> None:
    assert saved(admins_browser, alice, handle) == handle
    event = AuditEvent.objects.get(action="changed")
    assert (event.before, event.after) == ({"handle": "alice"}, {"handle": handle})


@pytest.mark.parametrize("handle", ["A", "Ally", "1a", "a b", "a" * 33, "bob", "mallory"])
def test_refuses_a_handle(admins_browser: Client, alice: User, bob: User, handle: str) -> None:
    User.objects.create(name="Mallory").delete()
    assert saved(admins_browser, alice, handle) == "alice"


def test_the_earlier_handle_is_given_to_nobody_else(
    admins_browser: Client, alice: User, bob: User
) -> None:
    saved(admins_browser, alice, "ally")
    assert saved(admins_browser, bob, "alice") == "bob"
    assert User.objects.create(name="Alice").handle == "alice-2"


def test_a_person_gets_an_earlier_handle_of_their_own_again(
    admins_browser: Client, alice: User
) -> None:
    saved(admins_browser, alice, "ally")
    assert saved(admins_browser, alice, "alice") == "alice"
    alice.delete()
    handles = [User.objects.create(name=name).handle for name in ("Alice", "Ally")]
    assert handles == ["alice-2", "ally-2"]


def test_a_sign_up_that_takes_the_handle_meanwhile_is_told(
    admins_browser: Client, alice: User
) -> None:
    def another_is_first(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "signet_sessions_user"'):
            User.objects.create(handle="ally")
        return execute(sql, *rest)

    with connection.execute_wrapper(another_is_first):
        admins_browser.post(page_of(alice), form_of(alice, handle="ally"))
    answer = admins_browser.get(page_of(alice))
    assert "Somebody has just got this handle." in answer.content.decode()
    alice.refresh_from_db()
    assert alice.handle == "alice"


def test_a_limited_admin_changes_the_handle_of_no_admin(client: Client, alice: User) -> None:
    admin = User.objects.create(name="Ada Admin", is_staff=True)
    limit(admin)
    hold(client, session_token(admin))
    assert saved(client, admin, "ada") == "ada-admin"
    assert saved(client, alice, "ally") == "ally"
