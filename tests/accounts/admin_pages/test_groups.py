from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from access_rules.models import AccessRule
from accounts.admin_pages import groups
from audit.models import UNKNOWN, AuditEvent
from sessions.groups import give
from sessions.models import GroupMembership, Session, User
from tests.accounts.admin_pages.person_pages import form_of, limit, page_of
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token
from tests.sweep.forms import forms_of

pytestmark = pytest.mark.django_db
LIST = "/admin/signet_sessions/groupmembership/"
OPS = f"{LIST}group/?name=ops"
LATE = 600  # seconds since the sign-in


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)


@pytest.fixture
def adas(ada: User) -> Client:
    return browser_of(ada)


def browser_of(person: User, age: int = 0) -> Client:
    browser = Client(headers={"host": HOST})
    hold(browser, session_token(person, age=age))
    return browser


def text_of(browser: Client, address: str) -> str:
    return unescape(browser.get(address).content.decode())


def said(browser: Client, address: str, **form: str) -> list[str]:
    """Post, and return the messages of the page after it."""
    answer = browser.post(address, form, follow=True)
    assert answer.redirect_chain
    return [str(message) for message in answer.context["messages"]]


# The list


def test_without_groups_the_list_says_what_they_are(adas: Client) -> None:
    page = text_of(adas, LIST)
    assert "A group tells apps what somebody may do" in page
    assert "No groups yet." in page


def test_the_list_has_the_groups_by_hand_and_by_rules(adas: Client, alice: User, bob: User) -> None:
    for person in (alice, bob):
        give(person, "ops", UNKNOWN)
    for value in ("a@b.example", "c@b.example", "d@b.example"):
        AccessRule.objects.create(kind="email", value=value, groups="ops editors")
    listed = adas.get(LIST).context["groups"]
    assert listed == [
        ("editors", f"{LIST}group/?name=editors", [0, 3, 0]),
        ("ops", f"{LIST}group/?name=ops", [2, 3, 0]),
    ]


def test_the_list_costs_as_many_queries_with_many_groups(
    adas: Client, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        give(alice, f"group-{number}", UNKNOWN)
    adas.get(LIST)
    with django_assert_max_num_queries(5):
        adas.get(LIST)


def test_a_name_that_no_group_can_have_leads_back_to_the_list(adas: Client) -> None:
    answer = adas.get(f"{LIST}group/?name=two+words", follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "Use only letters" in answer.content.decode()


# The page of a group


def test_the_page_of_a_group_has_its_people_and_rules(adas: Client, alice: User) -> None:
    give(alice, "ops", UNKNOWN)
    rule = AccessRule.objects.create(
        provider=add_provider("github", "github"), kind="github", value="acme", groups="ops"
    )
    page = text_of(adas, OPS)
    assert "Alice Archer" in page
    assert f'href="/admin/access_rules/accessrule/{rule.pk}/change/"' in page
    assert "GitHub organisation or team acme (Github)" in page


def test_a_group_that_nothing_knows_has_a_page_to_put_people_into(adas: Client) -> None:
    page = text_of(adas, OPS)
    assert "Nobody yet." in page
    assert "No access rule grants this group." in page


def test_people_are_found_who_are_not_in_it_yet(adas: Client, alice: User, bob: User) -> None:
    give(alice, "ops", UNKNOWN)
    assert adas.get(f"{OPS}&q=alice").context["found"] == []
    assert adas.get(f"{OPS}&q=bob").context["found"] == [bob]
    assert "Nobody else matches." in text_of(adas, f"{OPS}&q=alice")


def test_says_that_more_people_match_than_are_shown(
    adas: Client, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "FOUND", 1)
    assert "More people match." in text_of(adas, f"{OPS}&q=example")
    assert "More people match." not in text_of(adas, f"{OPS}&q=bob")


def test_a_person_is_added_and_removed(adas: Client, alice: User) -> None:
    assert said(adas, OPS, give=str(alice.pk)) == ["Added Alice Archer to ops."]
    alice.refresh_from_db()
    assert alice.given_groups == ["ops"]
    assert said(adas, OPS, take=str(alice.pk)) == ["Removed Alice Archer from ops."]
    assert not GroupMembership.objects.exists()
    actors = AuditEvent.objects.filter(action__startswith="group").values_list("actor_label")
    assert [*actors] == [("Ada Admin",)] * 2


def test_each_button_does_what_it_says(adas: Client, alice: User, bob: User) -> None:
    give(alice, "ops", UNKNOWN)
    address = f"{OPS}&q=bob"
    removes, adds = [form for form in forms_of(adas, address) if len(form.buttons) == 1][-2:]
    assert (removes.buttons, adds.buttons) == (
        [("take", str(alice.pk))],
        [("give", str(bob.pk))],
    )
    assert removes.action == adds.action == "?name=ops"


@pytest.mark.parametrize(
    "form", [{}, {"give": "x"}, {"take": "00000000-0000-0000-0000-000000004711"}]
)
def test_says_that_a_person_is_gone(adas: Client, form: dict[str, str]) -> None:
    assert said(adas, OPS, **form) == ["This person no longer exists."]


def test_a_large_group_is_shown_in_pages(
    adas: Client, monkeypatch: pytest.MonkeyPatch, alice: User, bob: User
) -> None:
    monkeypatch.setattr(groups, "PER_PAGE", 1)
    for person in (alice, bob):
        give(person, "ops", UNKNOWN)
    first, second = text_of(adas, OPS), text_of(adas, f"{OPS}&p=2")
    assert ("Alice Archer" in first, "Bob Baker" in first) == (True, False)
    assert ("Alice Archer" in second, "Bob Baker" in second) == (False, True)
    assert "Page 1 of 2" in first
    assert 'href="?name=ops&p=2"' in first
    assert 'href="?name=ops&p=1"' in second


def test_names_with_signs_of_addresses_have_a_page(adas: Client, alice: User) -> None:
    for name in ("a/b", "..", "acme:ops", "größe"):
        give(alice, name, UNKNOWN)
    for name, address, _ in adas.get(LIST).context["groups"]:
        assert adas.get(address).context["group"] == name
        assert said(adas, address, take=str(alice.pk)) == [f"Removed Alice Archer from {name}."]
    assert not GroupMembership.objects.exists()


# Who may


def test_a_change_needs_a_recent_sign_in(ada: User, alice: User) -> None:
    answer = browser_of(ada, LATE).post(OPS, {"give": str(alice.pk)})
    assert answer.status_code == 403
    assert "sign in again" in answer.content.decode().lower()
    assert not GroupMembership.objects.exists()


def test_who_may_only_look_sees_no_buttons_and_changes_nothing(ada: User, alice: User) -> None:
    limit(ada)
    ada.user_permissions.set(ada.user_permissions.filter(codename="view_user"))
    give(alice, "ops", UNKNOWN)
    AccessRule.objects.create(kind="email", value="a@b.example", groups="ops")
    browser = browser_of(ada)
    page = text_of(browser, OPS)
    assert "Alice Archer" in page
    assert "a@b.example" in page
    assert "/admin/access_rules/" not in page
    assert 'value="Find people"' not in page
    assert "Choose people" not in text_of(browser, LIST)
    assert browser.post(OPS, {"take": str(alice.pk)}).status_code == 403
    assert GroupMembership.objects.exists()


def test_who_may_not_see_people_sees_no_group(ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_superuser=False)
    browser = browser_of(ada)
    assert browser.get(LIST).status_code == browser.get(OPS).status_code == 403


def test_only_an_admin_with_all_permissions_puts_admins_into_groups(ada: User) -> None:
    limit(ada)
    assert said(browser_of(ada), OPS, give=str(ada.pk)) == [
        "Only an admin with all permissions can do this for an admin."
    ]
    assert not GroupMembership.objects.exists()


# The page of a person


def test_the_page_of_a_person_says_where_each_group_is_from(
    adas: Client, alice: User, alices_session: Session
) -> None:
    Session.objects.update(groups=["ops", "editors"])
    give(alice, "ops", UNKNOWN)
    rows = adas.get(page_of(alice)).context["groups"]
    assert [(name, sources) for name, _, sources in rows] == [
        ("editors", ["github"]),
        ("ops", ["", "github"]),
    ]
    page = text_of(adas, page_of(alice))
    assert "Added by an admin" in page
    assert page_of(alice, "groups") in page


def test_groups_are_given_and_taken_on_a_persons_page(adas: Client, alice: User) -> None:
    address = page_of(alice, "groups")
    assert said(adas, address, give=" ops ") == ["Added Alice Archer to ops."]
    assert said(adas, address, take="ops") == ["Removed Alice Archer from ops."]
    alice.refresh_from_db()
    assert alice.given_groups == []


def test_a_persons_page_offers_the_groups_that_there_are(
    adas: Client, alice: User, bob: User
) -> None:
    AccessRule.objects.create(kind="email", value="a@b.example", groups="editors")
    give(alice, "ops", UNKNOWN)
    give(bob, "web", UNKNOWN)
    context = adas.get(page_of(alice, "groups")).context
    assert [name for name, _ in context["groups"]] == ["ops"]
    assert context["others"] == ["editors", "web"]


def test_a_bad_name_is_refused_in_words(adas: Client, alice: User) -> None:
    [words] = said(adas, page_of(alice, "groups"), give="two words")
    assert words.startswith("Use only letters")


def test_a_persons_groups_need_a_recent_sign_in(ada: User, alice: User) -> None:
    assert browser_of(ada, LATE).get(page_of(alice, "groups")).status_code == 403


def test_saving_a_persons_page_leaves_their_groups(adas: Client, alice: User) -> None:
    give(alice, "ops", UNKNOWN)
    adas.post(page_of(alice), form_of(alice, name="Alice Bowman"))
    alice.refresh_from_db()
    assert (alice.name, alice.given_groups) == ("Alice Bowman", ["ops"])
