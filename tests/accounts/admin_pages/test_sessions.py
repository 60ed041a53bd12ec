"""Sessions and people in the admin: found among many, shown, ended."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.admin_pages import people_search
from audit.models import COMMAND_LINE, Action, Actor, AuditEvent, Target
from audit.recording import record
from sessions.models import Session, User
from tests.accounts.admin_pages.person_pages import page_of
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.sessions.others import alive, another

pytestmark = pytest.mark.django_db
SESSIONS, USERS = "/admin/signet_sessions/session/", "/admin/signet_sessions/user/"
DAY = timedelta(days=1)


def browser_of(user: User, age: int = 0) -> Client:
    client = Client(headers={"host": HOST})
    hold(client, session_token(user, age=age))
    return client


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)


@pytest.fixture
def admin(ada: User) -> Client:
    return browser_of(ada)


@pytest.fixture
def reader(db: None) -> Client:
    """The browser of an admin who may see people and sessions and not change them."""
    reader = User.objects.create(name="Rob Reader", is_staff=True)
    names = ("view_session", "view_user")
    reader.user_permissions.set(Permission.objects.filter(codename__in=names))
    return browser_of(reader)


def text(browser: Client, path: str, **query: str) -> str:
    answer = browser.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


# Sessions


def test_the_list_says_who_is_signed_in_where(admin: Client, alice: User) -> None:
    another(alice, provider="github")
    page = text(admin, SESSIONS)
    assert "Alice Archer (alice@example.com)" in page
    assert "Firefox on Linux" in page
    assert "Sign everybody out" in page


def test_no_link_of_the_list_stands_in_another(admin: Client, alice: User) -> None:
    """A browser takes them apart, and the outer one has no words left."""
    another(alice)
    page = text(admin, SESSIONS).partition("<tbody>")[2].partition("</tbody>")[0]
    assert not re.search(r"<a [^>]*>\s*<a ", page)


@pytest.mark.parametrize("term", ["alice@example.com", "Alice", "{user}", "{sid}"])
def test_a_session_is_found_by_its_person_or_sid(
    admin: Client, alice: User, bob: User, term: str
) -> None:
    session, bobs = another(alice), another(bob)
    page = text(admin, SESSIONS, q=term.format(user=alice.pk, sid=session.pk))
    assert str(session.pk) in page
    assert str(bobs.pk) not in page


@pytest.mark.parametrize(
    ("fields", "is_alive"),
    [
        ({}, True),
        ({"revoked_at": timezone.now(), "end": Session.End.REPLAYED}, False),
        ({"expires_at": timezone.now() - DAY}, False),
        ({"refreshed_at": timezone.now() - 15 * DAY}, False),
    ],
    ids=["alive", "revoked", "expired", "idle"],
)
def test_sessions_are_filtered_by_whether_they_are_alive(
    admin: Client, alice: User, fields: dict[str, object], is_alive: bool
) -> None:
    session = another(alice, **fields)
    assert (str(session.pk) in text(admin, SESSIONS, alive="yes")) is is_alive
    assert (str(session.pk) in text(admin, SESSIONS, alive="no")) is not is_alive
    assert str(session.pk) in text(admin, SESSIONS)


@pytest.mark.parametrize(("chosen", "found"), [("github", 0), ("-", 1)])
def test_sessions_are_filtered_by_provider(
    admin: Client, alice: User, chosen: str, found: int
) -> None:
    sessions = another(alice, provider="github"), another(alice)
    page = text(admin, SESSIONS, provider=chosen)
    assert [str(session.pk) in page for session in sessions] == [found == 0, found == 1]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Active"),
        ({"revoked_at": timezone.now(), "end": Session.End.REPLAYED}, "Refresh token reused"),
        ({"expires_at": timezone.now() - DAY}, "Expired"),
    ],
    ids=["alive", "replayed", "expired"],
)
def test_a_sessions_page_says_what_it_is_and_offers_to_end_it(
    admin: Client, alice: User, fields: dict[str, object], told: str
) -> None:
    session = another(alice, **fields)
    actor = Actor(ip="203.0.113.9")
    record(Action.SIGNED_IN, actor, Target.of(session))
    page = text(admin, f"{SESSIONS}{session.pk}/change/")
    assert told in page
    assert "203.0.113.9" in page
    assert (f"{session.pk}/end/" in page) is (session.revoked_at is None)


def test_one_session_is_ended_after_a_question(admin: Client, alice: User, ada: User) -> None:
    session, other = another(alice), another(alice)
    assert "is signed out of this session" in text(admin, f"{SESSIONS}{session.pk}/end/")
    assert session.pk in alive(alice)
    answer = admin.post(f"{SESSIONS}{session.pk}/end/")
    assert answer["Location"] == page_of(alice)
    assert alive(alice) == {other.pk}
    event = AuditEvent.objects.get(action="sessions_ended")
    assert (event.actor_id, event.target_id) == (str(ada.pk), str(session.pk))


def test_everybodys_sessions_are_ended_after_a_question(
    admin: Client, alice: User, bob: User
) -> None:
    another(alice), another(bob)
    assert "3 sessions end, including yours" in text(admin, f"{SESSIONS}end_everybodys/")
    admin.post(f"{SESSIONS}end_everybodys/")
    assert not Session.objects.filter(revoked_at=None).exists()
    assert AuditEvent.objects.get(action="sessions_ended").after == {"sessions": 3}
    assert admin.get(SESSIONS).status_code == 302  # this admin's own has ended too


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/", "{pk}/change/"])
def test_a_session_is_not_made_changed_or_removed_by_hand(
    admin: Client, alice: User, path: str
) -> None:
    session = another(alice)
    answer = admin.post(SESSIONS + path.format(pk=session.pk), {"post": "yes", "holder": "script"})
    assert answer.status_code == 403
    assert Session.objects.get(pk=session.pk).holder == "browser"


def test_a_session_that_is_not_there_is_not_found(admin: Client) -> None:
    assert admin.get(f"{SESSIONS}{uuid4()}/end/").status_code == 404


PAGES = [
    f"{SESSIONS}end_everybodys/",
    SESSIONS + "{session}/end/",
    USERS + "{user}/suspend/",
    USERS + "{user}/reinstate/",
    USERS + "{user}/end_sessions/",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_ended_by_an_admin_who_may_only_look(
    reader: Client, alice: User, path: str, method: str
) -> None:
    session = another(alice)
    answer = getattr(reader, method)(path.format(user=alice.pk, session=session.pk))
    assert answer.status_code == 403
    assert alive(alice) == {session.pk}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_ended_with_an_old_sign_in(
    ada: User, alice: User, path: str, method: str
) -> None:
    session = another(alice)
    browser = browser_of(ada, age=360)
    answer = getattr(browser, method)(path.format(user=alice.pk, session=session.pk))
    assert answer.status_code == 403
    assert "Please sign in again" in answer.content.decode()
    assert alive(alice) == {session.pk}


@pytest.mark.parametrize("path", PAGES)
def test_ending_needs_a_csrf_token(ada: User, alice: User, path: str) -> None:
    session = another(alice)
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(browser, session_token(ada))
    answer = browser.post(path.format(user=alice.pk, session=session.pk))
    assert answer.status_code == 403
    assert alive(alice) == {session.pk}


def test_an_admin_who_may_only_look_is_offered_nothing(reader: Client, alice: User) -> None:
    session = another(alice)
    pages = (SESSIONS, f"{SESSIONS}{session.pk}/change/", page_of(alice))
    for page in pages:
        shown = text(reader, page)
        assert "/end/" not in shown
        assert "Sign everybody out" not in shown
        assert "Sign out everywhere" not in shown
        assert ">End<" not in shown


# People


def test_a_persons_page_shows_where_they_are_signed_in_and_what_happened(
    admin: Client, alice: User
) -> None:
    session = another(alice, provider="github")
    actor = Actor(str(alice.pk), "Alice", "203.0.113.9")
    record(Action.SIGNED_IN, actor, Target.of(session), reason="as ever", provider="github")
    record(Action.SUSPENDED, COMMAND_LINE, Target.of(alice))
    page = text(admin, page_of(alice))
    assert "Firefox on Linux" in page
    assert page.count("203.0.113.9") == 2
    assert "(as ever)" in page
    assert "Command line" in page
    assert f"/admin/audit/auditevent/?q={alice.pk}" in page


def test_a_person_without_sessions_and_events_has_a_page_too(admin: Client, alice: User) -> None:
    page = text(admin, page_of(alice))
    assert "No active sessions." in page
    assert "No events yet." in page


def test_an_id_that_is_none_leads_back(admin: Client) -> None:
    assert admin.get(f"{USERS}nobody/change/").status_code == 302


def test_suspending_and_reinstating_are_buttons(admin: Client, alice: User) -> None:
    another(alice)
    assert "is signed out everywhere" in text(admin, f"{USERS}{alice.pk}/suspend/").replace(
        "all their", "their"
    )
    admin.post(f"{USERS}{alice.pk}/suspend/")
    assert not User.objects.get(pk=alice.pk).is_active
    assert alive(alice) == set()
    assert "Reinstate" in text(admin, page_of(alice))
    admin.post(f"{USERS}{alice.pk}/reinstate/")
    assert User.objects.get(pk=alice.pk).is_active
    events = AuditEvent.objects.filter(target_id=str(alice.pk)).order_by("pk")
    assert [event.action for event in events] == ["suspended", "reinstated"]


def test_all_sessions_of_one_person_are_ended(admin: Client, alice: User, bob: User) -> None:
    another(alice), another(alice)
    bobs = another(bob)
    assert "Alice Archer is signed out of all browsers" in text(
        admin, f"{USERS}{alice.pk}/end_sessions/"
    )
    admin.post(f"{USERS}{alice.pk}/end_sessions/")
    assert alive(alice) == set()
    assert alive(bob) == {bobs.pk}
    assert AuditEvent.objects.get(action="sessions_ended").after == {"sessions": 2}


@pytest.mark.parametrize(
    "term",
    ["ali arch", "ALICE@example", "Proven@example.com", "{user}", "1234", "7F3K-Q2MD", "AT-1"],
)
def test_a_person_is_found_by_what_is_at_hand(
    admin: Client, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    EmailAddress.objects.create(user=alice, email="proven@example.com", verified=True)
    SocialAccount.objects.create(user=alice, provider="github", uid="1234")
    actor = Actor(id=str(alice.pk))
    record(Action.SIGN_IN_FAILED, actor, reference="7F3K-Q2MD")

    def attempt(reference: str) -> list[object]:
        return [alice.pk] if reference == "AT-1" else []

    monkeypatch.setattr(people_search, "FINDERS", [*people_search.FINDERS, attempt])
    page = text(admin, USERS, q=term.format(user=alice.pk))
    assert str(alice.pk) in page
    assert str(bob.pk) not in page


@pytest.mark.parametrize("path", [USERS, SESSIONS, f"{USERS}?q=person", f"{SESSIONS}?q=person"])
def test_a_list_costs_few_queries(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    for number in range(60):
        another(User.objects.create(name=f"Person {number}"))
    with django_assert_max_num_queries(15):
        assert admin.get(path).status_code == 200


def test_a_persons_page_costs_few_queries(
    admin: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        session = another(alice)
        if number < 5:
            SocialAccount.objects.create(user=alice, provider="github", uid=str(number))
        record(Action.SIGNED_IN, Actor(str(alice.pk)), Target.of(session))
    with django_assert_max_num_queries(21):
        assert admin.get(page_of(alice)).status_code == 200


def test_times_in_the_admin_name_their_zone(admin: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(last_login=datetime(2026, 11, 24, 12, 5, 9, tzinfo=UTC))
    assert "2026-11-24 12:05:09 UTC" in text(admin, USERS)


def test_lists_are_named_after_what_is_in_them(admin: Client) -> None:
    assert "<h1>People</h1>" in text(admin, USERS)
    assert "<h1>Access rules</h1>" in text(admin, "/admin/access_rules/accessrule/")
    assert "<h1>Providers</h1>" in text(admin, "/admin/providers/provider/")


# What its tokens say


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "All claims"),
        ({"holder": "script"}, "openid"),
        (
            {"holder": "script", "scope": "openid email", "audience": ["https://reports.example"]},
            "openid email, also for https://reports.example",
        ),
    ],
    ids=["browser", "script", "script with more"],
)
def test_a_session_shows_what_its_tokens_say(
    admin: Client, bob: User, fields: dict[str, object], said: str
) -> None:
    session = another(bob, **fields)
    assert f'<div class="readonly">{said}</div>' in text(admin, f"{SESSIONS}{session.pk}/change/")


# A person who is gone


def test_the_session_of_a_deleted_person_is_listed_and_ended(admin: Client, alice: User) -> None:
    session = another(alice)
    User.objects.filter(pk=alice.pk).delete()
    page = f"{SESSIONS}{session.pk}/"
    for path in (SESSIONS, f"{page}change/", f"{page}end/"):
        assert "Deleted person" in text(admin, path)
    assert admin.post(f"{page}end/")["Location"] == SESSIONS
    session.refresh_from_db()
    assert session.end == Session.End.ENDED_BY_ADMIN
