"""The check of what was entered for an app."""

from typing import Any

import pytest
from pytest_django import Settings

from access_rules.models import AccessRule
from audit.models import UNKNOWN as NOBODY
from oidc_provider.checking import settings as checks
from oidc_provider.models import App, Audience
from sessions import groups
from sessions.models import User
from tests.fakes import add_provider
from tests.oidc_provider.checking.cases import OK, PROBLEM, UNKNOWN, WARNING, checked, outcomes
from tests.oidc_provider.party import RelyingParty

pytestmark = pytest.mark.django_db
GRAFANA = "https://grafana.example/login/generic_oauth"


def granting(groups: str) -> None:
    AccessRule.objects.create(
        provider=add_provider("demo"), kind="email", value="a@b.example", groups=groups
    )


@pytest.mark.parametrize(
    ("uris", "outcome", "words", "value"),
    [
        ([GRAFANA], OK, "form that Signet accepts", ""),
        ([f"{GRAFANA}/"], PROBLEM, "almost what this kind of app sends", GRAFANA),
        ([GRAFANA.replace("login", "Login")], PROBLEM, "every letter counts", GRAFANA),
        ([f"{GRAFANA}/", GRAFANA], OK, "form that Signet accepts", ""),
        (["https://other.example/login/generic_oauth"], WARNING, "not at the app's", GRAFANA),
        (["https://grafana.example/cb"], WARNING, "usually sends another", GRAFANA),
        ([GRAFANA, "http://grafana.example/cb"], PROBLEM, "use https", ""),
        ([GRAFANA, "http://127.0.0.1/cb"], OK, "form that Signet accepts", ""),
        ([GRAFANA, "app:/cb"], PROBLEM, "scheme of the app's own", ""),
        ([GRAFANA, "com.example.app:/cb"], OK, "form that Signet accepts", ""),
        ([GRAFANA, "https://*.example/cb"], PROBLEM, "letter by letter", ""),
        ([], PROBLEM, "No redirect URI", ""),
    ],
    ids=[
        *("right", "slash", "case", "both", "elsewhere", "another-path", "http", "loopback"),
        *("short-scheme", "private-scheme", "wildcard", "none"),
    ],
)
def test_redirect_uris_are_compared_with_those_of_the_kind(
    grafana: App, uris: list[str], outcome: str, words: str, value: str
) -> None:
    found = next(iter(checks.redirect_uris(checked(grafana, redirect_uris=uris))))
    assert (found.outcome, found.value) == (outcome, value)
    assert words in found.cause


def test_a_kind_without_templates_may_have_any_redirect_uri(grafana: App) -> None:
    app = checked(grafana, kind="openid_connect", redirect_uris=["https://a.example/cb"])
    assert outcomes(checks.redirect_uris(app)) == [OK]


@pytest.mark.parametrize(
    ("kind", "pkce", "outcome", "words"),
    [
        ("grafana", "required", OK, "PKCE is required."),
        ("grafana", "nonce", WARNING, "only the nonce protects"),
        ("grafana", "neither", WARNING, "whoever steals a person's code"),
        ("gitea", "neither", OK, "sends no code challenge"),
        ("gitea", "required", WARNING, "usually sends no code challenge"),
        ("gone", "nonce", WARNING, "only the nonce protects"),
    ],
)
def test_a_weaker_pkce_than_the_kind_needs_says_what_it_costs(
    grafana: App, kind: str, pkce: str, outcome: str, words: str
) -> None:
    (found,) = checks.pkce(checked(grafana, kind=kind, pkce=pkce))
    assert found.outcome == outcome
    assert words in found.cause


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [UNKNOWN]),
        ({"secret_digest": ""}, [PROBLEM]),
        ({"next_secret_digest": "b" * 64}, [WARNING, UNKNOWN]),
        ({"authentication": "private_key_jwt"}, [UNKNOWN]),
        ({"authentication": "none"}, [OK]),
    ],
    ids=["never-used", "no-secret", "next-waits", "assertion", "public"],
)
def test_the_secret_is_there_and_was_used(
    grafana: App, fields: dict[str, Any], expected: list[str]
) -> None:
    assert outcomes(checks.secret(checked(grafana, **fields))) == expected


def test_a_secret_that_was_used_is_right(party: RelyingParty) -> None:
    party.tokens()
    (found,) = checks.secret(checked(party.app))
    assert (found.outcome, "last got tokens on" in found.cause) == (OK, True)


def test_an_app_that_nobody_may_use_is_a_problem(grafana: App, bob: User) -> None:
    fields = {"audience": Audience.CHOSEN, "groups": ["ops", "dev"]}
    assert outcomes(checks.people(checked(grafana, **fields))) == [PROBLEM]
    groups.give(bob, "ops", NOBODY)
    (found,) = checks.people(checked(grafana))
    assert (found.outcome, "dev" in found.cause) == (WARNING, True)
    granting("x dev")
    assert outcomes(checks.people(checked(grafana))) == [OK]


def test_somebody_by_name_is_enough_unless_suspended(grafana: App, bob: User) -> None:
    grafana.people.add(bob)
    app = {"audience": Audience.CHOSEN}
    assert outcomes(checks.people(checked(grafana, **app))) == [OK]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert outcomes(checks.people(checked(grafana, **app))) == [PROBLEM]


def test_a_group_whose_name_is_part_of_another_has_no_members(grafana: App) -> None:
    granting("devops")
    app = checked(grafana, audience=Audience.CHOSEN, groups=["ops"])
    assert outcomes(checks.people(app)) == [PROBLEM]


def test_an_app_that_is_off_is_said(grafana: App) -> None:
    assert outcomes(checks.people(checked(grafana, enabled=False))) == [WARNING, OK]


@pytest.mark.parametrize(
    ("base_url", "launch_url", "outcome"),
    [
        ("http://localhost:8000", "https://grafana.example/", PROBLEM),
        ("http://localhost:8000", "http://127.0.0.1:9001/", WARNING),
        ("http://localhost:8000", "", WARNING),
        ("https://signet.example", "https://grafana.example/", OK),
    ],
    ids=["app-elsewhere", "app-here", "app-anywhere", "public"],
)
def test_the_app_has_to_reach_this_site(
    grafana: App, settings: Settings, base_url: str, launch_url: str, outcome: str
) -> None:
    settings.BASE_URL, settings.IS_LOOPBACK = base_url, "localhost" in base_url
    assert outcomes(checks.base_url(checked(grafana, launch_url=launch_url))) == [outcome]


def test_the_log_names_the_app(grafana: App) -> None:
    assert checked(grafana).name == "app grafana"
