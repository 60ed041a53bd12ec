"""The views' own part: what is refused before anything is sent, and what a failure leaves."""

import json
import logging
import time
from dataclasses import asdict
from typing import Any

import pytest
import requests
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from attempts.models import Process
from encryption import seal
from oauth_client import views
from oauth_client.arrival import arrive
from oauth_client.progress import PURPOSE, Progress
from protocol.flow import Attempt
from providers.models import Provider
from sessions.models import Session, User
from tests.fakes import (
    GITHUB_EMAILS,
    GITHUB_TOKEN,
    GITHUB_USER,
    ISSUER,
    FakeGitHub,
    FakeIssuer,
    add_provider,
    begin,
    come_back,
    failure_code,
)
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("code=c", "state_missing"),
        ("code=c&state=unknown", "state_unknown"),
        ("code=c&state={state}&state={state}", "response_malformed"),
        ("code=c&code=c&state={state}", "response_malformed"),
        ("error=x&error=y&state={state}", "response_malformed"),
        ("state={state}&code=" + "c" * 8191, "response_malformed"),
        ("state={state}&code=%00", "response_malformed"),
        ("error=access_denied", "state_missing"),
    ],
)
@responses.activate
def test_refuses_a_callback_without_an_outgoing_request(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture, query: str, code: str
) -> None:
    state = begin(client, "github")["state"]
    answer = client.get(f"/sign-in/github/callback/?{query.format(state=state)}")
    assert answer.status_code == 303
    assert failure_code(caplog.text) == code
    assert len(responses.calls) == 0


@responses.activate
def test_a_malformed_callback_does_not_use_the_state_up(client: Client, github: Provider) -> None:
    state = begin(client, "github")["state"]
    client.get(f"/sign-in/github/callback/?code=c&code=c&state={state}")
    FakeGitHub(responses.mock).vouch()
    assert come_back(client, "github", code="c", state=state)["Location"] == "/account/"


@responses.activate
def test_refuses_a_state_from_another_browser(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    state = begin(client, "github")["state"]
    come_back(Client(headers=HOST), "github", code="c", state=state)
    assert failure_code(caplog.text) == "state_unknown"
    assert len(responses.calls) == 0


@responses.activate
def test_refuses_a_state_of_another_provider(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    FakeIssuer(responses.mock).publish()
    add_provider("demo")
    state = begin(client, "github")["state"]
    come_back(client, "demo", code="c", state=state)
    assert failure_code(caplog.text) == "state_unknown"
    assert len(responses.calls) == 0


@responses.activate
def test_refuses_a_state_that_has_been_used(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    state = begin(client, "github")["state"]
    kept = client.cookies[f"signin-{state[:8]}"].value
    FakeGitHub(responses.mock).vouch()
    come_back(client, "github", code="c", state=state)
    client.cookies[f"signin-{state[:8]}"] = kept
    responses.calls.reset()

    come_back(client, "github", code="c", state=state)

    assert failure_code(caplog.text) == "state_used"
    assert len(responses.calls) == 0


@responses.activate
def test_refuses_a_state_after_ten_minutes(
    client: Client,
    github: Provider,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = begin(client, "github")["state"]
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    come_back(client, "github", code="c", state=state)
    assert failure_code(caplog.text) == "state_expired"


@pytest.mark.parametrize("change", [{"purpose": "failed sign-in"}, {"context": "signin-12345678"}])
def test_refuses_a_progress_that_was_sealed_for_something_else(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture, change: dict[str, str]
) -> None:
    progress = Progress(Attempt.new(), str(github.pk), "/account/", Process.SIGN_IN, time.time())
    text = json.dumps(asdict(progress)).encode()
    given = {"purpose": PURPOSE, "context": progress.cookie} | change
    client.cookies[progress.cookie] = seal(text, **given)
    come_back(client, "github", code="c", state=progress.attempt.state)
    assert failure_code(caplog.text) == "state_unknown"


@responses.activate
def test_a_provider_that_was_disabled_meanwhile_cannot_be_finished(
    client: Client, github: Provider
) -> None:
    state = begin(client, "github")["state"]
    Provider.objects.update(enabled=False)
    assert come_back(client, "github", code="c", state=state).status_code == 404


@responses.activate
def test_a_provider_that_was_added_anew_does_not_take_an_old_state(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    state = begin(client, "github")["state"]
    github.delete()
    add_provider("github", "github")
    come_back(client, "github", code="c", state=state)
    assert failure_code(caplog.text) == "state_unknown"


@pytest.mark.parametrize("slug", ["nobody", "github"])
def test_an_unknown_or_disabled_provider_is_not_found(client: Client, slug: str) -> None:
    add_provider("github", "github", enabled=False)
    assert client.post(f"/sign-in/{slug}/").status_code == 404
    assert client.get(f"/sign-in/{slug}/callback/").status_code == 404


def test_a_sign_in_begins_by_post_with_a_csrf_token_alone(github: Provider) -> None:
    browser = Client(enforce_csrf_checks=True, headers=HOST)
    assert browser.get("/sign-in/github/").status_code == 200  # asks
    browser.cookies.clear()
    assert browser.post("/sign-in/github/").status_code == 403
    assert browser.post("/sign-in/nobody/").status_code == 403


@responses.activate
def test_looking_ahead_does_not_use_the_state_up(client: Client, github: Provider) -> None:
    state = begin(client, "github")["state"]
    url = f"/sign-in/github/callback/?code=c&state={state}"
    assert client.head(url).status_code == 405
    assert client.post(url).status_code == 405
    assert client.get(url, headers={"sec-purpose": "prefetch;prerender"}).status_code == 403
    assert client.get(url, headers={"purpose": "prefetch"}).status_code == 403
    FakeGitHub(responses.mock).vouch()
    assert client.get(url)["Location"] == "/account/"


def test_a_sixth_attempt_at_once_replaces_the_oldest(client: Client, github: Provider) -> None:
    states = [begin(client, "github")["state"] for _ in range(7)]
    kept = {name for name, cookie in client.cookies.items() if cookie.value}
    assert kept == {f"signin-{state[:8]}" for state in states[-5:]}


@pytest.mark.parametrize("character", ["(", "/", "\xe9", "\xa0", "\x85"])
def test_planted_cookies_do_not_stop_a_sign_in(github: Provider, character: str) -> None:
    planted = "; ".join(f"signin-{character}{number}=x" for number in range(6))
    answer = Client(headers=HOST).post("/sign-in/github/", headers={"cookie": planted})
    assert answer.status_code == 303


@responses.activate
@pytest.mark.parametrize("order", ["{good}; {planted}", "{planted}; {good}"])
def test_a_planted_cookie_does_not_hide_the_one_we_sealed(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture, order: str
) -> None:
    state = begin(client, "github")["state"]
    name = f"signin-{state[:8]}"
    good = f"{name}={client.cookies[name].value}"
    cookie = order.format(good=good, planted=f"{name}=planted")
    query = {"state": state, "error": "access_denied"}
    Client(headers=HOST).get("/sign-in/github/callback/", query, headers={"cookie": cookie})
    assert failure_code(caplog.text) == "access_denied"


def test_a_flood_of_callbacks_makes_no_state_usable_again(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    state = begin(client, "github")["state"]
    kept = client.cookies[f"signin-{state[:8]}"].value
    come_back(client, "github", state=state, error="access_denied")
    for number in range(320):
        stranger = Client(headers=HOST, REMOTE_ADDR=f"192.0.2.{number % 250}")
        authorization = begin(stranger, "github")
        come_back(stranger, "github", state=authorization["state"], error="access_denied")
    client.cookies[f"signin-{state[:8]}"] = kept
    come_back(client, "github", state=state, error="access_denied")
    assert failure_code(caplog.text) == "state_used"


def test_a_flood_of_started_sign_ins_stores_nothing(client: Client, github: Provider) -> None:
    with CaptureQueriesContext(connection) as queries:
        for _ in range(20):
            Client(headers=HOST).post("/sign-in/github/")
    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_the_progress_cookie_is_bound_to_this_host_and_outlives_its_ten_minutes(
    client: Client, github: Provider, settings: Settings
) -> None:
    settings.IS_HTTPS, settings.COOKIE_PREFIX = True, "__Host-"
    answer = client.post("/sign-in/github/")
    name, cookie = next((n, c) for n, c in answer.cookies.items() if n.startswith("__Host-signin-"))
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", 3600)
    assert len(name) + len(cookie.value) < 1500
    assert "no-store" in answer["Cache-Control"]


@responses.activate
@pytest.mark.parametrize(
    ("next_", "location"),
    [
        ("/account/?a=b", "/account/?a=b"),
        ("//mallory.example", "/account/"),
        ("https://mallory.example/", "/account/"),
        ("/\\mallory.example", "/account/"),
        ("javascript:alert(1)", "/account/"),
        ("/" + "a" * 600, "/" + "a" * 600),
        ("/wiki/日本語", "/wiki/%E6%97%A5%E6%9C%AC%E8%AA%9E"),
        ("/" + "a" * 2048, "/account/"),
    ],
)
def test_next_is_followed_and_a_hostile_one_becomes_the_account_page(
    client: Client, github: Provider, next_: str, location: str
) -> None:
    FakeGitHub(responses.mock).vouch()
    state = begin(client, "github", next=next_)["state"]
    assert come_back(client, "github", code="c", state=state)["Location"] == location


@responses.activate
def test_a_callback_tells_no_other_page_and_no_cache_its_address(
    client: Client, github: Provider
) -> None:
    FakeGitHub(responses.mock).vouch()
    answer = come_back(client, "github", code="c", state=begin(client, "github")["state"])
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert answer.content == b""


@responses.activate
@pytest.mark.parametrize(
    ("step", "kwargs", "code"),
    [
        ("token", {"status": 500}, "provider_unavailable"),
        ("token", {"status": 401, "json": {"error": "invalid_client"}}, "invalid_client"),
        ("token", {"json": {"error": "bad_verification_code"}}, "invalid_grant"),
        (
            "token",
            {"status": 302, "headers": {"Location": "https://x.example"}},
            "unexpected_redirect",
        ),
        ("token", {"body": "x" * 262_145}, "response_too_large"),
        ("token", {"body": "<html>"}, "token_response_malformed"),
        ("user", {"status": 401}, "profile_refused"),
        ("user", {"status": 429}, "rate_limited"),
        ("user", {"status": 403, "headers": {"X-RateLimit-Remaining": "0"}}, "rate_limited"),
        ("user", {"status": 403, "headers": {"Retry-After": "60"}}, "rate_limited"),
        ("user", {"status": 403, "headers": {"X-RateLimit-Remaining": "9"}}, "profile_refused"),
        ("user", {"status": 503}, "provider_unavailable"),
        ("user", {"body": "<html>"}, "response_not_json"),
        ("user", {"json": ["no object"]}, "profile_malformed"),
        ("user", {"body": "[" * 100_000}, "response_not_json"),
        ("user", {"json": {"id": None}}, "subject_invalid"),
        ("user", {"json": {"id": "1001"}}, "subject_invalid"),
        ("user", {"json": {"id": True}}, "subject_invalid"),
        ("user", {"json": {"id": 0}}, "subject_invalid"),
        ("user", {"json": {"id": -5}}, "subject_invalid"),
        ("user", {"json": {"id": 1.5}}, "subject_invalid"),
        ("user", {"json": {}}, "subject_invalid"),
        ("emails", {"json": {"no": "list"}}, "profile_malformed"),
        ("emails", {"status": 500}, "provider_unavailable"),
        ("emails", {"status": 403, "headers": {"X-RateLimit-Remaining": "0"}}, "rate_limited"),
    ],
)
def test_whatever_the_provider_does_ends_on_the_failure_page(
    client: Client,
    github: Provider,
    caplog: pytest.LogCaptureFixture,
    step: str,
    kwargs: dict[str, Any],
    code: str,
) -> None:
    FakeGitHub(responses.mock).vouch()
    url = {"token": GITHUB_TOKEN, "user": GITHUB_USER, "emails": GITHUB_EMAILS}[step]
    responses.replace("POST" if step == "token" else "GET", url, **kwargs)

    answer = come_back(client, "github", code="the-code", state=begin(client, "github")["state"])

    page = client.get(answer["Location"])
    reference = answer["Location"].split("/")[-2]
    assert (answer.status_code, page.status_code) == (303, 200)
    assert reference in page.content.decode()
    assert f"reference={reference} provider=github" in caplog.text
    assert failure_code(caplog.text) == code
    assert (User.objects.count(), Session.objects.count()) == (0, 0)


@responses.activate
def test_a_provider_that_cannot_be_found_fails_before_the_redirect(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    responses.get(f"{ISSUER}/.well-known/openid-configuration", status=503)
    add_provider("demo")
    answer = client.post("/sign-in/demo/", {"next": "/account/?kept"})
    assert failure_code(caplog.text) == "discovery_unreachable"
    assert 'value="/account/?kept"' in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("kind", ["github", "discord"])
def test_without_the_right_encryption_keys_a_sign_in_says_that_the_site_is_not_ready(
    client: Client, caplog: pytest.LogCaptureFixture, settings: Settings, kind: str
) -> None:
    add_provider(kind, kind)
    settings.ENCRYPTION_KEYS = [b"another key, thirty-two bytes..."]
    answer = client.post(f"/sign-in/{kind}/")
    assert answer["Location"].startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == "secret_unreadable"


@responses.activate
@pytest.mark.parametrize(
    "profile",
    [
        {"name": "Ali\x00ce"},
        {"name": "\ud800"},
        {"name": "N" * 5000},
        {"name": "<script>alert(1)</script>"},
        {"name": "\u202eecila"},
        {"name": ["Alice"], "login": {"a": 1}},
        {"avatar_url": "javascript:alert(1)"},
        {"avatar_url": "http://169.254.169.254/latest"},
        {"avatar_url": "https://[broken"},
        {"email": "a@b@c.example"},
        {"email": {"deep": [1]}},
        {"extra": {"a": {"b": {"c": "\x00\ud800"}}}},
    ],
    ids=range(12),
)
def test_a_hostile_profile_is_stored_safe(
    client: Client, github: Provider, profile: dict[str, Any]
) -> None:
    FakeGitHub(responses.mock, user=profile).vouch()
    come_back(client, "github", code="c", state=begin(client, "github")["state"])
    page = client.get("/account/")
    user = User.objects.get()
    assert page.status_code == 200
    assert b"<script>" not in page.content
    assert user.picture in ("", "https://pictures.example/alice.png")
    assert len(user.name) <= 200
    assert user.name.isprintable()


@responses.activate
def test_an_unverified_address_signs_in_and_proves_nothing(
    client: Client, github: Provider
) -> None:
    unverified = [{"email": "alice@example.com", "primary": True, "verified": "true"}]
    FakeGitHub(responses.mock, emails=unverified).vouch()
    come_back(client, "github", code="c", state=begin(client, "github")["state"])
    claims = client.get("/api/session").json()
    assert (claims["email"], claims["email_verified"]) == ("alice@example.com", False)
    assert not EmailAddress.objects.exists()


@responses.activate
@pytest.mark.parametrize("status", [403, 404])
def test_without_the_scope_for_addresses_the_public_one_proves_nothing(
    client: Client, github: Provider, status: int
) -> None:
    shown = {"email": "alice@example.com"}
    FakeGitHub(responses.mock, user=shown, emails={}, emails_status=status).vouch()
    come_back(client, "github", code="c", state=begin(client, "github")["state"])
    claims = client.get("/api/session").json()
    assert (claims["email"], claims["email_verified"]) == ("alice@example.com", False)


@responses.activate
def test_somebody_without_any_address_signs_in(client: Client, github: Provider) -> None:
    FakeGitHub(responses.mock, emails=[]).vouch()
    come_back(client, "github", code="c", state=begin(client, "github")["state"])
    assert "email" not in client.get("/api/session").json()


@responses.activate
def test_a_verified_address_of_another_account_names_the_provider_used_before(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    FakeGitHub(responses.mock).vouch()
    come_back(client, "github", code="c", state=begin(client, "github")["state"])
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    add_provider("demo", name="Demo OP")
    browser = Client(headers=HOST)
    authorization = begin(browser, next="/account/?kept")
    issuer.vouch(authorization["nonce"])
    answer = come_back(browser, code="c", state=authorization["state"])

    page = browser.get(answer["Location"]).content.decode()
    assert failure_code(caplog.text) == "email_in_use"
    assert "alice@example.com" in page
    assert "Sign in with <bdi>Github</bdi>" in page
    assert "Demo OP" not in page
    assert User.objects.count() == 1
    assert "alice@example.com" not in caplog.text


@responses.activate
def test_a_suspended_account_gets_no_session(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    FakeGitHub(responses.mock).vouch()
    come_back(client, "github", code="c", state=begin(client, "github")["state"])
    User.objects.update(is_active=False)
    browser = Client(headers=HOST)
    come_back(browser, "github", code="c", state=begin(browser, "github")["state"])
    assert failure_code(caplog.text) == "account_suspended"
    assert browser.get("/api/session").status_code == 401


@responses.activate
def test_no_secret_of_a_sign_in_is_ever_logged(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    FakeGitHub(responses.mock).vouch()
    state = begin(client, "github")["state"]
    sealed = client.cookies[f"signin-{state[:8]}"].value
    come_back(client, "github", code="the-code", state=state)
    come_back(client, "github", code="the-code", state=state)
    token = client.cookies["session"].value
    hidden = (state, sealed, "the-code", token, "an-access-token", "the client secret")
    assert not [secret for secret in hidden if secret in caplog.text]


@responses.activate
@pytest.mark.parametrize(("answer", "step"), [("token", 5), ("userinfo", 7), ("jwks", 6)])
def test_a_request_that_fails_is_logged_with_the_step_that_sent_it(
    client: Client, caplog: pytest.LogCaptureFixture, answer: str, step: int
) -> None:
    issuer = FakeIssuer(responses.mock, claims={"email": None}, userinfo={})
    issuer.publish()
    add_provider("demo")
    authorization = begin(client)
    issuer.vouch(authorization["nonce"])
    method = "POST" if answer == "token" else "GET"
    responses.replace(method, f"{ISSUER}/{answer}", body=requests.ConnectionError())
    come_back(client, code="c", state=authorization["state"])
    assert f"step={step} code=connection_failed" in caplog.text


# What happens while the provider takes its time


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("meanwhile", ["suspended", "disconnected"])
def test_a_sign_in_under_way_ends_with_the_right_to_it(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    stage.sign_in(Client(headers=HOST), "demo", "alice")
    Session.objects.all().delete()

    def slowly(*given: Any) -> Any:
        arrival = arrive(*given)
        if meanwhile == "suspended":
            User.objects.update(is_active=False)
        else:
            SocialAccount.objects.all().delete()
        return arrival

    monkeypatch.setattr(views, "arrive", slowly)
    assert stage.sign_in(client, "demo", "alice").startswith("/sign-in/failed/")
    assert not Session.objects.exists()
    assert client.get("/api/session").status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("gone", [User, SocialAccount], ids=["person", "account"])
@pytest.mark.parametrize("known", ["Alice Before", ""], ids=["renamed", "the same"])
def test_who_is_deleted_while_signing_in_is_told_so(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, gone: Any, known: str
) -> None:
    """Also when the provider tells a new name, which is written to the rows that are gone."""
    stage.sign_in(Client(headers=HOST), "demo", "alice")
    if known:
        User.objects.update(name=known)
        SocialAccount.objects.update(extra_data={"name": known})

    def slowly(*given: Any) -> Any:
        arrival = arrive(*given)
        for row in gone.objects.all():
            row.delete()
        return arrival

    monkeypatch.setattr(views, "arrive", slowly)
    assert stage.sign_in(client, "demo", "alice").startswith("/sign-in/failed/")
    assert client.get("/api/session").status_code == 401
