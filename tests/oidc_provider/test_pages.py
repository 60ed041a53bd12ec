"""What people see of apps, and how they end what an app has got."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit import recording
from audit.models import UNKNOWN, Action, AuditEvent
from oidc_provider import apps_of_person, pages
from oidc_provider.models import App, Audience, Consent, Grant
from sessions.lifetime import revoke
from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token
from tests.oidc_provider.interleaved import before
from tests.oidc_provider.party import RelyingParty
from tests.rehearsal import Stage
from web import redirects

APPS, HELD = "/apps/", "/account/apps/"
LOOPBACK = "http://127.0.0.1/cb"  # of an app without a secret: it asks once


def shown(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# /apps/


def test_an_app_is_shown_with_its_host_and_opens_its_address(party: RelyingParty) -> None:
    page = shown(party.browser, APPS)
    assert '<a href="https://grafana.example/"><bdi>Grafana</bdi></a>' in page
    assert "<bdi>grafana.example</bdi>" in page


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"launch_url": ""},
        {"audience": Audience.CHOSEN},
        {"audience": Audience.CHOSEN, "groups": ["ops"]},
    ],
    ids=["switched off", "nowhere to open", "nobody may use it", "a group of others"],
)
def test_an_app_that_i_cannot_open_is_not_shown(
    party: RelyingParty, change: dict[str, object]
) -> None:
    App.objects.update(**change)
    assert "Grafana" not in shown(party.browser, APPS)
    assert "There is no app here" in shown(party.browser, APPS)


def test_a_group_and_a_name_open_an_app(
    party: RelyingParty, alice: User, alices_session: Session
) -> None:
    App.objects.update(audience=Audience.CHOSEN, groups=["ops"])
    party.app.people.add(alice)
    assert "Grafana" in shown(party.browser, APPS)
    party.app.people.clear()
    assert "Grafana" not in shown(party.browser, APPS)
    Session.objects.update(groups=["ops"])
    assert "Grafana" in shown(party.browser, APPS)


def test_many_apps_take_no_more_queries(
    party: RelyingParty, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        name = f"app-{number}"
        App.objects.create(slug=name, name=name, launch_url=f"https://{name}.example/")
    with django_assert_num_queries(3):  # the person, the session, the apps
        shown(party.browser, APPS)


@pytest.mark.parametrize("path", [APPS, HELD])
def test_a_stranger_signs_in_first(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"


def test_the_navigation_leads_to_apps_where_there_are_any(party: RelyingParty) -> None:
    link = '<a href="/apps/">Apps</a>'
    pages.look_for_apps()
    assert link in shown(party.browser, "/account/")
    App.objects.update(enabled=False)
    assert link not in shown(party.browser, "/account/")


@pytest.mark.parametrize("path", [APPS, HELD, "/account/", "/account/developer/", "/api/docs"])
@pytest.mark.parametrize("is_staff", [True, False], ids=["an admin", "anybody else"])
def test_the_navigation_leads_an_admin_alone_to_the_admin(
    alice: User, alices_browser: Client, path: str, is_staff: bool
) -> None:
    User.objects.update(is_staff=is_staff)
    assert ('href="/admin/"' in shown(alices_browser, path)) == is_staff


# The page after sign-in


def test_home_is_the_page_of_apps(party: RelyingParty) -> None:
    pages.look_for_apps()
    assert party.browser.get("/")["Location"] == APPS
    App.objects.update(audience=Audience.CHOSEN)
    assert party.browser.get("/")["Location"] == "/account/"


def test_a_sign_in_leads_to_the_apps_if_there_are_any(client: Client, grafana: App) -> None:
    add_provider("github", "github")
    assert next_in(client, "/sign-in/") == "/account/"
    pages.look_for_apps()
    assert next_in(client, "/sign-in/") == "/"
    App.objects.update(enabled=False)
    pages.look_for_apps()
    assert next_in(client, "/sign-in/") == "/account/"


def test_a_returning_sign_in_ends_at_the_apps_and_takes_no_more_queries(
    stage: Stage, client: Client, grafana: App, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stage.sign_in(client, "demo", "alice")
    client.cookies.clear()
    pages.look_for_apps()
    with django_assert_num_queries(5):
        assert stage.sign_in(client, "demo", "alice") == "/"
    assert client.get("/")["Location"] == APPS
    assert client.get("/sign-in/")["Location"] == "/"


@pytest.mark.parametrize("asked", ["/account/", "https://mallory.example/"])
def test_who_asks_for_a_page_or_a_wrong_one_gets_no_apps(
    client: Client, grafana: App, asked: str
) -> None:
    add_provider("github", "github")
    pages.look_for_apps()
    assert next_in(client, f"/sign-in/?next={asked}") == "/account/"


def next_in(client: Client, path: str) -> str:
    """Return where the form of the sign-in page leads."""
    (found,) = re.findall('name="next" value="(.*?)"', shown(client, path))
    return str(found)


# /account/apps/


def test_an_app_is_listed_with_the_browser_and_what_it_is_told(
    party: RelyingParty, alices_session: Session
) -> None:
    Session.objects.update(user_agent="Mozilla/5.0 (X11; Linux) Firefox/140.0")
    party.tokens(scope="openid email")
    page = shown(party.browser, HELD)
    for words in ("Grafana", "Firefox", "this browser", "your email address", "you were not asked"):
        assert words in page
    assert "your groups" not in page
    assert "Withdraw" not in page


def test_many_sign_ins_are_one_line_and_five_queries(
    party: RelyingParty, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        party.tokens()
    with django_assert_num_queries(5):  # person, grants, sessions, consents, apps
        page = shown(party.browser, HELD)
    assert page.count("Last used") == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda: Grant.objects.update(ended_at=timezone.now()),
        lambda: Grant.objects.update(generation=0),
        lambda: Session.objects.update(refreshed_at=timezone.now() - timedelta(days=60)),
        lambda: App.objects.update(enabled=False),
        lambda: App.objects.update(audience=Audience.CHOSEN),
    ],
    ids=["ended", "a code", "an idle session", "switched off", "no longer allowed"],
)
def test_what_has_ended_is_not_listed(party: RelyingParty, end: Callable[[], object]) -> None:
    party.tokens()
    end()
    assert "You are not signed in to any app" in shown(party.browser, HELD)


def test_others_apps_are_not_listed(party: RelyingParty, bob: User, client: Client) -> None:
    party.tokens()
    other = Client(headers={"host": HOST})
    hold(other, session_token(bob))
    assert "Grafana" not in shown(other, HELD)
    other.post(HELD, {"sign_out": "grafana"})
    assert Grant.objects.get().ended_at is None


def test_signing_out_of_an_app_asks_and_ends_its_grants(party: RelyingParty, alice: User) -> None:
    tokens = party.tokens()
    assert "Sign out of <bdi>Grafana</bdi>?" in shown(party.browser, f"{HELD}?sign_out=grafana")
    assert Grant.objects.get().ended_at is None
    response = party.browser.post(HELD, {"sign_out": "grafana"}, follow=True)
    assert "You are signed out of Grafana." in response.content.decode()
    assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert party.userinfo(tokens["access_token"]).status_code == 401
    event = AuditEvent.objects.get(action=Action.APP_SIGNED_OUT)
    assert (event.actor_id, event.target_label) == (str(alice.pk), "Grafana")


def test_consent_is_noted_listed_and_withdrawn(party: RelyingParty, alice: User) -> None:
    App.objects.update(is_of_team=False)
    tokens = party.exchange(agreed(party)).json()
    recording.write()
    given = AuditEvent.objects.get(action=Action.APP_CONSENT_GIVEN)
    assert (given.actor_id, given.after["scopes"]) == (str(alice.pk), ["email", "openid"])
    assert "You agreed to this on" in shown(party.browser, HELD)
    assert "Withdraw your consent" in shown(party.browser, f"{HELD}?withdraw=grafana")
    party.browser.post(HELD, {"withdraw": "grafana"})
    assert not Consent.objects.exists()
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert AuditEvent.objects.filter(action=Action.APP_CONSENT_WITHDRAWN).count() == 1
    assert b"Allow" in party.authorize(scope="openid email").content


def test_an_app_of_the_team_may_have_asked_and_promises_no_question(
    alices_browser: Client, phone: App
) -> None:
    party = RelyingParty(alices_browser, phone)
    party.exchange(agreed(party, redirect_uri=LOOPBACK), redirect_uri=LOOPBACK)
    page = shown(party.browser, HELD)
    assert "You agreed to this on" in page
    assert "you were not asked" not in page
    assert "until you sign in to it again" in shown(party.browser, f"{HELD}?withdraw=phone")


def agreed(party: RelyingParty, **changes: str) -> str:
    """Allow what the app asks for, and return its code."""
    page = party.authorize(scope="openid email", **changes)
    fields = {"sent": page.context["sent"], "key": page.context["key"], "decision": "allow"}
    return party.answer(party.browser.post("/oauth/authorize/decision", fields))["code"]


def test_agreeing_to_the_same_again_is_noted_once(party: RelyingParty) -> None:
    App.objects.update(is_of_team=False)
    agreed(party)
    agreed(party, prompt="consent")
    recording.write()
    assert AuditEvent.objects.filter(action=Action.APP_CONSENT_GIVEN).count() == 1


@pytest.mark.parametrize("verb", ["sign_out", "withdraw"])
@pytest.mark.parametrize("slug", ["grafana", "unknown", "\0"])
def test_nothing_to_end_leads_to_the_list(party: RelyingParty, verb: str, slug: str) -> None:
    for response in (
        party.browser.get(HELD, {verb: slug}),
        party.browser.post(HELD, {verb: slug}),
    ):
        assert (response.status_code, response["Location"]) == (302, HELD)


def test_an_ended_session_has_no_apps(party: RelyingParty, alices_session: Session) -> None:
    party.tokens()
    revoke(str(alices_session.pk), Session.End.SIGNED_OUT)
    other = Client(headers={"host": HOST})
    hold(other, session_token(alices_session.user))
    assert "You are not signed in to any app" in shown(other, HELD)


def test_the_first_visitor_of_a_process_goes_to_the_apps_too(grafana: App) -> None:
    redirects.set_home("")
    assert redirects.home() == redirects.START


@pytest.mark.parametrize(("next_", "is_kept"), [("/account/", True), ("/", False)])
def test_a_failure_keeps_the_page_that_somebody_asked_for(
    stage: Stage, client: Client, grafana: App, next_: str, is_kept: bool
) -> None:
    pages.look_for_apps()
    started = client.post("/sign-in/demo/", {"next": next_})["Location"]
    refused = stage.simulator.choose(started, "alice", "deny") or ""
    failed = stage.come_back(client, refused)
    assert ("next=" in failed) == is_kept


def test_the_background_looks_for_apps_now_and_then(grafana: App) -> None:
    pages._looked[0] = float("-inf")
    pages.look_now_and_then()
    assert redirects.home() == redirects.START
    App.objects.all().delete()
    pages.look_now_and_then()
    assert redirects.home() == redirects.START, "it has just looked"
    pages._looked[0] = float("-inf")


def test_an_app_that_is_removed_meanwhile_is_left_out(party: RelyingParty, alice: User) -> None:
    party.tokens()
    Consent.objects.create(app=party.app, user=alice)
    with before('FROM "oidc_provider_app"', App.objects.all().delete):
        assert apps_of_person.apps_of(alice.pk) == []


def test_a_session_that_is_removed_meanwhile_is_left_out(party: RelyingParty, alice: User) -> None:
    party.tokens()
    with before('FROM "signet_sessions_session" INNER JOIN', Session.objects.all().delete):
        assert apps_of_person.apps_of(alice.pk) == []


def test_signing_out_of_an_app_that_has_nothing_is_no_event(
    party: RelyingParty, alice: User
) -> None:
    apps_of_person.sign_out(alice, party.app, UNKNOWN)
    assert not AuditEvent.objects.filter(action=Action.APP_SIGNED_OUT).exists()
