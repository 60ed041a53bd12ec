"""What is kept of people about apps: their copy, a merge, their end, and their admin page."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.merging import merge, plan_merge
from accounts.removal import remove_person
from accounts.self_service.personal_data import json_of
from audit.models import UNKNOWN, Action, AuditEvent
from oidc_provider.failure_rows import AppFailure
from oidc_provider.failures import ROWS
from oidc_provider.models import App, Audience, Consent, Grant
from sessions.models import User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.oidc_provider.failures import kept
from tests.oidc_provider.party import RelyingParty


def file_of(user: User) -> dict[str, Any]:
    file: dict[str, Any] = json.loads("".join(json_of(user, timezone.now())))
    return file


# Their copy


def test_a_copy_has_apps_and_consents(party: RelyingParty, alice: User) -> None:
    party.tokens(scope="openid email")
    Consent.objects.create(app=party.app, user=alice, scopes=["openid", "email"])
    file = file_of(alice)
    (sign_in,), (consent,) = file["apps"], file["consents"]
    assert (sign_in["app_name"], sign_in["scope"]) == ("Grafana", "openid email")
    assert sign_in["created_at"] <= sign_in["refreshed_at"]
    assert (consent["app_name"], consent["scopes"]) == ("Grafana", ["openid", "email"])


def test_a_copy_has_no_app_of_anybody_else(party: RelyingParty, bob: User) -> None:
    party.tokens()
    file = file_of(bob)
    assert (file["apps"], file["consents"]) == ([], [])


def test_a_copy_has_nothing_that_would_let_anybody_in(party: RelyingParty, alice: User) -> None:
    tokens = party.tokens()
    text = json.dumps(file_of(alice))
    grant = Grant.objects.get()
    for secret in (str(grant.pk), grant.nonce, grant.code_challenge, tokens["refresh_token"]):
        assert secret not in text


# A merge


@pytest.fixture
def other_app(grafana: App) -> App:
    return App.objects.create(slug="wiki", name="Wiki", audience=Audience.CHOSEN)


def merged(stays: User, goes: User) -> None:
    merge(stays.pk, goes.pk, plan_merge(stays, goes).digest, UNKNOWN)


def test_consents_move_to_the_person_who_stays(alice: User, bob: User, other_app: App) -> None:
    Consent.objects.create(app=other_app, user=bob, scopes=["openid"])
    merged(alice, bob)
    assert Consent.objects.get().user_id == alice.pk


def test_of_two_consents_what_is_in_both_stays(alice: User, bob: User, other_app: App) -> None:
    kept = {"scopes": ["email", "openid"], "resources": ["https://a.example/"]}
    gone = {"scopes": ["groups", "openid"], "resources": []}
    Consent.objects.create(app=other_app, user=alice, **kept)
    Consent.objects.create(app=other_app, user=bob, **gone)
    merged(alice, bob)
    consent = Consent.objects.get()
    assert (consent.user_id, consent.scopes, consent.resources) == (alice.pk, ["openid"], [])


@pytest.mark.parametrize("names_both", [False, True])
def test_apps_that_name_them_name_the_person_who_stays(
    alice: User, bob: User, other_app: App, *, names_both: bool
) -> None:
    other_app.people.add(bob, *([alice] if names_both else []))
    assert plan_merge(alice, bob).others["apps that are open to this person by name"] == 1
    merged(alice, bob)
    assert [*other_app.people.all()] == [alice]


def test_failures_of_apps_move_to_the_person_who_stays(
    party: RelyingParty, alice: User, bob: User
) -> None:
    """Also those that the app itself has caused. One that comes later names nobody who is gone."""
    tokens = party.tokens()
    party.exchange(party.code(), code_verifier="x" * 43)
    assert kept().user == alice
    merged(bob, alice)
    assert kept().user == bob
    party.userinfo(tokens["access_token"])
    ROWS.write()
    assert [*AppFailure.objects.values_list("refusal", "user")] == [
        ("token_invalid", None),
        ("verifier_wrong", bob.pk),
    ]


def test_grants_of_the_person_who_goes_end(party: RelyingParty, alice: User, bob: User) -> None:
    tokens = party.tokens()
    merged(bob, alice)
    assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert party.userinfo(tokens["access_token"]).status_code == 401


def test_grants_and_consents_of_a_deleted_person_end(party: RelyingParty, alice: User) -> None:
    tokens = party.tokens()
    Consent.objects.create(app=party.app, user=alice)
    party.app.people.add(alice)
    remove_person(alice, UNKNOWN)
    assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert not Consent.objects.exists()
    assert not party.app.people.exists()


# The page of a person in the admin


@pytest.fixture
def admins_browser(db: None) -> Client:
    admin = User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)
    browser = Client(headers={"host": HOST})
    hold(browser, session_token(admin))
    return browser


def page_of(person: User, name: str = "change") -> str:
    return f"/admin/signet_sessions/user/{person.pk}/{name}/"


def test_an_admin_sees_the_apps_of_a_person_and_ends_one(
    party: RelyingParty, alice: User, admins_browser: Client
) -> None:
    tokens = party.tokens()
    Consent.objects.create(app=party.app, user=alice, scopes=["openid"])
    end = f"{page_of(alice, 'end_app')}?app=grafana"
    assert end in admins_browser.get(page_of(alice)).content.decode()
    assert "Grafana loses its access" in admins_browser.get(end).content.decode()
    assert Grant.objects.get().ended_at is None
    assert admins_browser.post(end)["Location"] == page_of(alice)
    assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert not Consent.objects.exists()
    actions = {Action.APP_SIGNED_OUT, Action.APP_CONSENT_WITHDRAWN}
    assert {
        *AuditEvent.objects.filter(action__in=actions).values_list("action", flat=True)
    } == actions
    assert "uses no app" in admins_browser.get(page_of(alice)).content.decode()


@pytest.mark.parametrize("slug", ["", "grafana", "unknown"])
def test_nothing_to_end_leads_back(
    alice: User, grafana: App, admins_browser: Client, slug: str
) -> None:
    address = f"{page_of(alice, 'end_app')}?app={slug}"
    assert admins_browser.get(address)["Location"] == page_of(alice)
    assert admins_browser.post(address)["Location"] == page_of(alice)


def test_an_admin_without_rights_sees_and_ends_nothing(
    party: RelyingParty, alice: User, bob: User
) -> None:
    party.tokens()
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    browser = Client(headers={"host": HOST})
    hold(browser, session_token(bob))
    response = browser.post(f"{page_of(alice, 'end_app')}?app=grafana")
    assert response.status_code == 403
    assert Grant.objects.get().ended_at is None
