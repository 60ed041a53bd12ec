"""Who may use an app: an admin sees by name whom a narrower answer would refuse, then decides."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from audit.models import UNKNOWN, AuditEvent
from oidc_provider.admin_pages import who_may_use
from oidc_provider.models import App
from sessions import groups
from sessions.models import Session, User
from tests.fakes import hold, session_token
from tests.oidc_provider.admin_pages.forms import LIST, page
from tests.oidc_provider.party import RelyingParty

pytestmark = pytest.mark.django_db
GROUP_PAGE = "/admin/signet_sessions/groupmembership/group/"
EVERYBODY: dict[str, Any] = {"audience": "everybody", "other_groups": "", "term": ""}
CHOSEN = EVERYBODY | {"audience": "chosen"}


def post(browser: Client, app: App, form: dict[str, Any]) -> Any:
    return browser.post(page(app, "who-may-use"), form)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def refused_on(text: str) -> list[str]:
    part = re.search(r'role="status".*?</div>', text, re.DOTALL)
    return re.findall(r"<bdi>([^<]+)</bdi>", part[0]) if part else []


def confirmation_on(text: str) -> str:
    found = re.search(r'name="confirmed" value="(\w+)"', text)
    return found[1] if found else ""


@pytest.fixture
def bobs_grant(bob: User, grafana: App, alices_session: Session) -> None:
    """Bob is signed in to Grafana."""
    session = Session.objects.create(
        user=bob, auth_time=alices_session.auth_time, expires_at=alices_session.expires_at
    )
    grafana.grants.create(
        session=session, scope="openid", auth_time=session.auth_time, generation=1
    )


def test_who_would_be_refused_is_shown_by_name_and_nothing_is_saved(
    admin: Client, grafana: App, party: RelyingParty, bobs_grant: None
) -> None:
    party.tokens()
    text = text_of(post(admin, grafana, CHOSEN | {"other_groups": "ops"}))
    names = refused_on(text)
    assert [name.split(" (")[0].split(" <")[0] for name in names] == ["Alice Archer", "Bob Baker"]
    assert "(you)" in text
    assert "2 people who can use this app now could no longer use it." in text
    assert "Signet checked you and everyone who is signed in to the app now." in text
    grafana.refresh_from_db()
    assert grafana.audience == "everybody"
    assert not AuditEvent.objects.filter(target_type="app").exists()


def test_a_confirmation_saves_it_and_the_refused_are_out(
    admin: Client, grafana: App, party: RelyingParty
) -> None:
    tokens = party.tokens()
    form = CHOSEN | {"other_groups": "ops"}
    confirmed = confirmation_on(text_of(post(admin, grafana, form)))
    answer = admin.post(page(grafana, "who-may-use"), form | {"confirmed": confirmed}, follow=True)
    assert "1 person can no longer use it." in answer.content.decode()
    grafana.refresh_from_db()
    assert (grafana.audience, grafana.groups) == ("chosen", ["ops"])
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert AuditEvent.objects.get(target_type="app").after["groups"] == ["ops"]


def test_a_confirmation_is_for_those_who_were_shown(
    admin: Client, grafana: App, bobs_grant: None
) -> None:
    groups.give(User.objects.get(name="Bob Baker"), "ops", UNKNOWN)
    only_alice = CHOSEN | {"groups": ["ops"]}
    confirmed = confirmation_on(text_of(post(admin, grafana, only_alice)))
    wider = CHOSEN | {"other_groups": "dev", "confirmed": confirmed}
    assert refused_on(text_of(post(admin, grafana, wider)))
    grafana.refresh_from_db()
    assert grafana.audience == "everybody"


def test_nobody_is_asked_about_if_nobody_is_refused(
    admin: Client, grafana: App, alice: User
) -> None:
    assert post(admin, grafana, CHOSEN | {"people": [str(alice.pk)]}).status_code == 302
    assert [*grafana.people.all()] == [alice]
    event = AuditEvent.objects.get(target_type="app")
    assert event.after["people"] == [alice.audit_label]


def test_people_are_found_by_name_or_address_without_losing_what_is_ticked(
    admin: Client, grafana: App, alice: User, bob: User
) -> None:
    for term in ("bob", "bob@example.com"):
        form = CHOSEN | {"people": [str(alice.pk)], "term": term, "_find": "Find people"}
        text = text_of(post(admin, grafana, form))
        assert f'value="{alice.pk}" checked' in " ".join(text.split())
        assert f'value="{bob.pk}"' in text
    assert not grafana.people.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Choose at least one group or person."),
        ({"other_groups": "a*b"}, "Use only letters, digits"),
        ({"other_groups": "\0"}, "Use only letters, digits"),
        ({"groups": ["unknown"]}, "Select a valid choice."),
        ({"people": ["x"]}, "is not a valid"),
        ({"people": ["\0"]}, "is not a valid"),
        ({"people": ["00000000-0000-0000-0000-000000004711"]}, "Select a valid choice."),
        ({"audience": "nobody"}, "Select a valid choice."),
        ({"term": "x" * 201}, "at most 200 characters"),
    ],
    ids=str,
)
def test_refuses_an_answer_that_means_nothing(
    admin: Client, grafana: App, changes: dict[str, Any], words: str
) -> None:
    assert words in text_of(post(admin, grafana, CHOSEN | changes))
    grafana.refresh_from_db()
    assert grafana.audience == "everybody"


def test_somebody_who_may_not_use_it_now_is_not_counted(
    admin: Client, grafana: App, alice: User, bobs_grant: None
) -> None:
    App.objects.update(audience="chosen", groups=["ops"])
    assert post(admin, grafana, CHOSEN | {"people": [str(alice.pk)]}).status_code == 302


def test_the_page_of_a_group_shows_the_apps_that_it_opens(admin: Client, grafana: App) -> None:
    empty = text_of(admin.get(GROUP_PAGE, {"name": "ops"}))
    assert "No app is limited to this group." in empty
    App.objects.update(audience="chosen", groups=["ops"])
    assert f'href="{page(grafana)}"' in text_of(admin.get(GROUP_PAGE, {"name": "ops"}))
    assert "ops" in text_of(admin.get("/admin/signet_sessions/groupmembership/"))


def test_the_pages_of_groups_say_what_they_do_for_apps(
    admin: Client, grafana: App, alice: User
) -> None:
    App.objects.update(audience="chosen", groups=["ops"])
    pages = [(GROUP_PAGE, {"name": "ops"}), (f"/admin/signet_sessions/user/{alice.pk}/groups/", {})]
    for address, query in pages:
        shown = text_of(admin.get(address, query))
        assert "Apps read the claim <code>groups</code> at the next sign-in" in shown
        assert "Which apps somebody may use changes at once." in shown
    shown = text_of(admin.get("/admin/signet_sessions/groupmembership/"))
    assert "An app can also be open to certain groups only." in shown
    assert "Apps limited to it" in shown


def test_the_list_names_groups_and_counts_people(admin: Client, grafana: App, bob: User) -> None:
    App.objects.update(audience="chosen", groups=["ops"])
    grafana.people.add(bob)
    assert "ops</bdi>, 1 person by name" in text_of(admin.get(LIST))


def test_it_names_people_only_to_admins_who_may_see_them(
    client: Client, bob: User, grafana: App
) -> None:
    bob.is_staff = True
    bob.save()
    names = ("view_app", "change_app")
    bob.user_permissions.set(Permission.objects.filter(codename__in=names))
    hold(client, session_token(bob))
    assert client.get(page(grafana, "who-may-use")).status_code == 403
    assert post(client, grafana, CHOSEN | {"term": "alice", "_find": "1"}).status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert client.get(page(grafana, "who-may-use")).status_code == 200


def test_groups_that_are_added_beside_everybody_are_not_saved_in_silence(
    admin: Client, grafana: App
) -> None:
    response = post(admin, grafana, EVERYBODY | {"other_groups": "ops"})
    assert "everyone may use the app" in text_of(response)
    grafana.refresh_from_db()
    assert grafana.groups == []
    App.objects.update(audience="chosen", groups=["ops"])
    assert post(admin, grafana, EVERYBODY | {"groups": ["ops"]}).status_code == 302


def test_names_no_more_people_than_a_page_can_show(
    admin: Client, grafana: App, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(who_may_use, "MOST_PEOPLE", 0)
    response = post(admin, grafana, CHOSEN | {"people": [str(bob.pk)]})
    assert "at most 0 people" in text_of(response)


def test_an_app_has_no_more_groups_than_its_own_page_saves(admin: Client, grafana: App) -> None:
    many = " ".join(f"group-{number}" for number in range(51))
    text = text_of(post(admin, grafana, CHOSEN | {"other_groups": many}))
    assert "Enter at most 50 of them." in text
    grafana.refresh_from_db()
    assert grafana.groups == []
