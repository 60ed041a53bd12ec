"""Another account at the same provider: the exact request for it, or how to get there."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from django.test import Client

from oauth_client.another_account import AnotherAccount
from providers.models import Provider
from sessions.models import User
from tests.access_rules.visits import add_rule
from tests.conftest import HOST
from tests.fakes import FakeIssuer, add_provider, hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
EVERY_TIME = {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce"}
EVERY_TIME |= {"code_challenge", "code_challenge_method"}
CHOICE = {"prompt": "select_account"}
LOGIN = {"prompt": "login", "max_age": "300"}
MICROSOFT = {"extra": {"tenant": "common"}, "base_url": "https://login.microsoftonline.com"}


def browser() -> Client:
    return Client(headers={"host": HOST})


def added(who: Client, slug: str, **form: str) -> dict[str, str]:
    """Return what the authorization request has beyond what every one has."""
    answer = who.post(f"/sign-in/{slug}/", form)
    assert answer.status_code == 303
    sent = dict(parse_qsl(urlsplit(answer["Location"]).query))
    assert "code_challenge" in sent
    return {name: value for name, value in sent.items() if name not in EVERY_TIME}


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("openid_connect", LOGIN),
        ("google", CHOICE),
        ("gitlab", LOGIN),
        ("keycloak", LOGIN),
        ("okta", LOGIN),
        ("amazon_cognito", LOGIN),
        ("lemonldap", LOGIN),
        ("yahoo", {"prompt": "login"}),
        ("salesforce", {"prompt": "login"}),
        ("slack", {}),
        ("linkedin_oauth2", {}),
        ("gitea", {}),
        ("forgejo", {}),
    ],
)
@responses.activate
def test_an_openid_provider_is_asked_by_what_it_knows(
    kind: str, parameters: dict[str, str]
) -> None:
    FakeIssuer(responses.mock).publish()
    provider = add_provider()
    Provider.objects.filter(pk=provider.pk).update(kind=kind)
    assert added(browser(), "demo", another="1") == parameters
    assert added(browser(), "demo") == {}


def test_github_is_asked_for_its_account_picker() -> None:
    add_provider("github", "github")
    assert added(browser(), "github", another="1") == CHOICE
    assert added(browser(), "github") == {}


@responses.activate
def test_microsoft_is_asked_for_a_choice_of_accounts() -> None:
    issuer = "https://login.microsoftonline.com/common/v2.0"
    document = FakeIssuer(responses.mock).document | {
        "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"
    }
    responses.get(f"{issuer}/.well-known/openid-configuration", json=document)
    add_provider("microsoft", "microsoft", **MICROSOFT)
    assert added(browser(), "microsoft", another="1") == CHOICE


def test_a_kind_that_allauth_serves_knows_no_such_parameter() -> None:
    add_provider("discord", "discord")
    assert added(browser(), "discord", another="1") == {}


@pytest.mark.parametrize("value", ["", "0", "login", "1&prompt=none"])
def test_nothing_else_that_a_form_sends_counts(value: str) -> None:
    add_provider("github", "github")
    assert added(browser(), "github", another=value, prompt="none") == {}


def test_who_signs_in_again_is_asked_for_the_login_all_the_same(stage: Stage, alice: User) -> None:
    who = browser()
    hold(who, session_token(alice))
    assert added(who, "demo", another="1") == LOGIN


def test_who_connects_an_account_may_ask_for_another_one(stage: Stage, alice: User) -> None:
    who = browser()
    hold(who, session_token(alice))
    answer = who.post("/account/connections/", {"connect": "demo", "another": "1"})
    assert dict(parse_qsl(urlsplit(answer["Location"]).query)).items() >= LOGIN.items()


@pytest.mark.parametrize("slug", ["github", "google"])
def test_a_proof_for_a_merge_asks_for_the_account(stage: Stage, alice: User, slug: str) -> None:
    who = browser()
    hold(who, session_token(alice))
    answer = who.post("/account/merge/", {"prove": slug})
    assert dict(parse_qsl(urlsplit(answer["Location"]).query))["prompt"] == "select_account"


# What the page shows


def failed_page(stage: Stage, kind: str, **changes: Any) -> str:
    """Return the page for somebody whom the rules of a provider of this kind refuse."""
    provider = Provider.objects.filter(slug="demo")
    provider.update(who_may_sign_in="matching")
    who = browser()
    location = stage.sign_in(who, "demo", "bob")
    provider.update(kind=kind, **changes)
    return " ".join(who.get(location).content.decode().split())


def test_after_a_refusal_another_account_is_offered_before_the_same_one(stage: Stage) -> None:
    page = failed_page(stage, "openid_connect")
    form = page.partition('action="/sign-in/demo/"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="another" value="1">' in form
    assert "Use another <bdi>Demo OpenID Provider</bdi> account" in form
    assert "Try again with" not in page


@pytest.mark.parametrize(
    ("kind", "changes", "link"),
    [
        ("slack", {}, "https://slack.com"),
        ("linkedin_oauth2", {}, "https://www.linkedin.com"),
        ("apple", {}, "https://account.apple.com"),
        ("forgejo", {"base_url": "https://git.example/"}, "https://git.example"),
    ],
)
def test_where_a_kind_knows_no_way_the_page_says_where_to_sign_out(
    stage: Stage, kind: str, changes: dict[str, str], link: str
) -> None:
    page = failed_page(stage, kind, **changes)
    assert f'<a href="{link}" target="_blank" rel="noopener noreferrer">sign out at' in page
    assert 'name="another"' not in page


def test_where_no_place_is_known_it_says_so_without_a_link(stage: Stage) -> None:
    page = failed_page(stage, "discord")
    assert "sign out at <bdi>Demo OpenID Provider</bdi> first" in page
    assert 'target="_blank"' not in page


@pytest.mark.parametrize("enabled", [True, False])
def test_a_provider_that_visitors_cannot_use_has_no_other_account(*, enabled: bool) -> None:
    add_provider("github", "github", enabled=enabled)
    assert bool(AnotherAccount.at("github")) == enabled
    assert AnotherAccount.at("nothing") is None


def test_who_said_no_at_the_provider_is_not_asked_for_another_account(stage: Stage) -> None:
    who = browser()
    page = who.get(stage.sign_in(who, "demo", "bob", "deny")).content.decode()
    assert 'name="another"' not in page
    assert "Try again with" in page


def test_a_refused_connection_offers_another_account_there(stage: Stage) -> None:
    stage.sign_in(browser(), "demo", "bob")
    who = browser()
    stage.sign_in(who, "github", "alice")
    url = who.post("/account/connections/", {"connect": "demo"})["Location"]
    failed = stage.come_back(who, stage.simulator.choose(url, "bob", "allow") or "")
    page = " ".join(who.get(failed).content.decode().split())
    form = page.partition('action="/account/connections/"')[2].partition("</form>")[0]
    assert 'name="another" value="1"' in form
    assert 'name="connect" value="demo"' in form


def test_an_address_may_be_verified_at_the_provider_before_trying_again(stage: Stage) -> None:
    Provider.objects.filter(slug="demo").update(who_may_sign_in="matching")
    add_rule(Provider.objects.get(slug="demo"), "email", "una@example.com")
    who = browser()
    page = who.get(stage.sign_in(who, "demo", "una")).content.decode()
    assert "Try again with" in page
    assert 'name="another"' in page
