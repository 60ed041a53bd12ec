"""Misconfigurations and failures, each made for real, and what the admin reads about them.

A case is what goes wrong (at the simulator, at a server of this test's own, in the browser, in the
settings), the diagnosis, and words that its cause or fix must have.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import Settings

from access_rules.models import AccessRule
from attempts import counting
from attempts.models import SignInAttempt, SignInCount
from diagnosis.advice import advice_on
from providers import discovery
from providers.models import Provider
from sessions.models import User
from tests.conftest import BASE_URL, HOST
from tests.fakes import add_provider, hold, session_token
from tests.providers.clients.answers.entry import APPLE_EXTRA
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
Case = tuple[Callable[["World"], None], str, str]


class World:
    """A site with the simulator's providers, a visitor, and a token endpoint of the test's own."""

    def __init__(
        self,
        client: Client,
        stage: Stage,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        server: "TokenServer",
    ) -> None:
        self.client, self.stage, self.settings = client, stage, settings
        self.monkeypatch, self.server = monkeypatch, server

    def change(self, slug: str, **fields: Any) -> None:
        provider = Provider.objects.get(slug=slug)
        for name, value in fields.items():
            setattr(provider, name, value)
        provider.save()
        discovery.forget()

    def come_back_with(self, slug: str, **parameters: str) -> None:
        """Begin, and come back as the provider would send the visitor back."""
        authorization = parse_qs(urlsplit(self.client.post(f"/sign-in/{slug}/")["Location"]).query)
        query = urlencode({"state": authorization["state"][0]} | parameters)
        self.client.get(f"/sign-in/{slug}/callback/?{query}")


class TokenServer:
    """A GitHub Enterprise Server whose token endpoint answers as a test wants."""

    def __init__(self) -> None:
        self.status, self.body = 200, {"error": "incorrect_client_credentials"}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps(outer.body).encode()
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def token_server() -> Iterator[TokenServer]:
    server = TokenServer()
    yield server
    server.close()


# What goes wrong


def fault(name: str, slug: str = "demo", seconds: float | None = None) -> Callable[[World], None]:
    """Let the simulator do it."""

    def do(world: World) -> None:
        discovery.forget()
        parameters = {} if seconds is None else {"seconds": seconds}
        world.stage.simulator.arm(name, slug, 1, **parameters)
        world.stage.sign_in(world.client, slug, "alice")

    return do


def refused(
    status: int, error: str, description: str = "", **fields: Any
) -> Callable[[World], None]:
    """Let the token endpoint of the test's own server refuse the code."""

    def do(world: World) -> None:
        world.server.status = status
        world.server.body = {"error": error, "error_description": description}
        given = {"base_url": world.server.url, "client_secret": "a-secret"} | fields
        add_provider("own", "github", **given)
        world.come_back_with("own", code="a-code")

    return do


def sent_back(slug: str = "demo", **parameters: str) -> Callable[[World], None]:
    """Let the provider refuse to ask the visitor."""

    def do(world: World) -> None:
        provider = Provider.objects.get(slug=slug)
        issuer = provider.base_url or provider.catalogued.base_url
        iss = {"iss": issuer} if slug == "demo" else {}
        world.come_back_with(slug, **iss, **parameters)

    return do


def settings_of(slug: str = "demo", **fields: Any) -> Callable[[World], None]:
    """Let the admin have entered something else."""

    def do(world: World) -> None:
        world.change(slug, **fields)
        world.stage.sign_in(world.client, slug, "alice")

    return do


def rule(kind: str, value: str, slug: str = "demo", person: str = "bob") -> Callable[[World], None]:
    """Let the rules be about other people."""

    def do(world: World) -> None:
        provider = Provider.objects.get(slug=slug)
        AccessRule.objects.create(provider=provider, kind=kind, value=value)
        world.change(slug, who_may_sign_in="matching")
        world.stage.sign_in(world.client, slug, person)

    return do


def asked_again(name: str) -> Callable[[World], None]:
    """Let the provider do it to somebody who is signed in here and has to sign in again."""

    def do(world: World) -> None:
        hold(world.client, session_token(User.objects.create(name="Alice")))
        fault(name)(world)

    return do


def a_secret_that_cannot_be_opened(world: World) -> None:
    Provider.objects.filter(slug="demo").update(sealed_client_secret="broken")
    world.stage.sign_in(world.client, "demo", "alice")


def apple_without_its_team(world: World) -> None:
    add_provider("apple", "apple", base_url="", client_secret="", extra=APPLE_EXTRA)
    Provider.objects.filter(slug="apple").update(sealed_extra="")
    world.client.post("/sign-in/apple/")


def another_browser(world: World) -> None:
    back = world.stage.go(world.client, "demo", "alice")
    world.stage.come_back(Client(headers={"host": HOST}), back)


def a_browser_that_has_other_cookies(world: World) -> None:
    back = world.stage.go(world.client, "demo", "alice")
    other = Client(headers={"host": HOST})
    other.cookies["csrftoken"] = "x"
    world.stage.come_back(other, back)


def another_host(world: World) -> None:
    world.settings.ALLOWED_HOSTS = ["*"]
    back = urlsplit(world.stage.go(world.client, "demo", "alice"))
    there = Client(headers={"host": "127.0.0.1:8000"})
    sent_on = there.get(f"{back.path}?{back.query}")["Location"].removeprefix(BASE_URL)
    Client(headers={"host": HOST}).get(sent_on)


def plain_http(world: World) -> None:
    back = urlsplit(world.stage.go(world.client, "demo", "alice"))
    world.settings.IS_HTTPS = True
    headers = {"host": HOST, "x-forwarded-proto": "http"}
    Client(headers=headers).get(f"{back.path}?{back.query}")


def eleven_minutes(world: World) -> None:
    back = world.stage.go(world.client, "demo", "alice")
    later = time.time() + 660
    world.monkeypatch.setattr("oauth_client.views.time.time", lambda: later)
    world.stage.come_back(world.client, back)


def twice(world: World) -> None:
    back = world.stage.go(world.client, "demo", "alice")
    cookies = world.client.cookies.copy()
    world.stage.come_back(world.client, back)
    SignInAttempt.objects.all().delete()
    world.client.cookies.update(cookies)
    world.stage.come_back(world.client, back)


def suspended(world: World) -> None:
    world.stage.sign_in(world.client, "demo", "alice")
    User.objects.update(is_active=False)
    SignInAttempt.objects.all().delete()
    world.stage.sign_in(Client(headers={"host": HOST}), "demo", "alice")


def address_in_use(world: World) -> None:
    world.stage.sign_in(world.client, "google", "alice")
    SignInAttempt.objects.all().delete()
    world.stage.sign_in(Client(headers={"host": HOST}), "demo", "alice")


def somebody_elses_account(world: World) -> None:
    world.stage.sign_in(Client(headers={"host": HOST}), "demo", "bob")
    world.stage.sign_in(world.client, "google", "alice")
    SignInAttempt.objects.all().delete()
    began = world.client.post("/account/connections/", {"connect": "demo"})
    back = world.stage.simulator.choose(began["Location"], "bob", "allow") or ""
    world.stage.come_back(world.client, back)


def slow(world: World) -> None:
    world.monkeypatch.setattr("oauth_client.views.SIGN_IN_SECONDS", 1)
    fault("slow", seconds=5)(world)


def no_scope_for_the_address(world: World) -> None:
    world.change("github", scope="read:user")
    fault("api_forbidden", "github")(world)


def no_verified_address(world: World) -> None:
    world.stage.simulator.arm("unverified_email", "demo")
    rule("email_domain", "example.com")(world)


def may_not_vouch(world: World) -> None:
    world.change("demo", vouches_for="acme.example")
    rule("email_domain", "example.com")(world)


YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
BAD = "incorrect_client_credentials"
CASES: dict[str, Case] = {
    # The settings
    "wrong secret": (fault("wrong_secret"), "wrong_client_secret", "but not the client secret"),
    "wrong secret, at GitHub": (refused(200, BAD), "wrong_client_secret", "or create a new one"),
    "secret with a space": (
        refused(200, BAD, client_secret="two words"),
        "client_secret_with_space",
        "without spaces",
    ),
    "expired secret": (
        refused(200, BAD, secret_expires_on=YESTERDAY),
        "client_secret_expired",
        "Create a new secret",
    ),
    "expired secret, by number": (
        refused(401, "invalid_client", "AADSTS7000222: expired"),
        "client_secret_expired",
        "Create a new secret",
    ),
    "wrong client ID, by number": (
        refused(400, "unauthorized_client", "AADSTS700016: not found"),
        "wrong_client_id",
        "doesn't know the client ID client-1",
    ),
    "wrong client ID, at GitHub": (
        refused(404, "Not Found"),
        "wrong_client_id",
        "doesn't know the client ID client-1",
    ),
    "wrong secret, at Keycloak": (
        refused(401, "unauthorized_client"),
        "wrong_client_secret",
        "but not the client secret",
    ),
    "redirect URI, before asking": (
        fault("unregistered_redirect_uri", "github"),
        "redirect_uri_not_registered",
        f"{BASE_URL}/sign-in/github/callback/",
    ),
    "redirect URI, at the token endpoint": (
        refused(200, "redirect_uri_mismatch"),
        "redirect_uri_mismatch",
        f"{BASE_URL}/sign-in/own/callback/",
    ),
    "code used": (fault("reused_code"), "invalid_grant", "has expired or was already used"),
    "code expired": (fault("expired_code"), "invalid_grant", "has expired or was already used"),
    "PKCE, at the token endpoint": (
        refused(400, "invalid_grant", "code_verifier failed"),
        "pkce_refused",
        "S256",
    ),
    "PKCE, before asking": (
        sent_back(error="invalid_request", error_description="code challenge required"),
        "pkce_refused",
        "S256",
    ),
    "scope": (sent_back(error="invalid_scope"), "scope_refused", "clear the Scope field"),
    "application suspended": (
        sent_back("github", error="application_suspended"),
        "application_suspended",
        "Restore it",
    ),
    "app not verified": (
        sent_back(
            "google",
            error="access_denied",
            error_description="The app has not completed the verification process",
        ),
        "app_not_verified",
        "test user",
    ),
    "organisation's own people only": (
        sent_back("google", error="org_internal"),
        "app_not_verified",
        "test user",
    ),
    "administrator's consent": (
        sent_back(error="access_denied", error_description="AADSTS90094: admin"),
        "admin_consent_missing",
        "consent to this application",
    ),
    "another tenant": (
        sent_back(error="access_denied", error_description="AADSTS50020: user"),
        "tenant_mismatch",
        "tenant",
    ),
    "client not allowed": (
        sent_back(error="unauthorized_client"),
        "client_not_allowed",
        "web application",
    ),
    "scope for the address missing": (
        no_scope_for_the_address,
        "email_scope_missing",
        "Clear the Scope field",
    ),
    "organisation's approval": (
        fault("api_forbidden", "github"),
        "organisation_approval_missing",
        "Third-party access",
    ),
    "secret unreadable": (a_secret_that_cannot_be_opened, "secret_unreadable", "ENCRYPTION_KEYS"),
    "Apple without its team": (apple_without_its_team, "setting_missing", "fill in"),
    "no discovery document": (
        lambda world: settings_of(base_url=f"{world.stage.simulator.url}/nobody")(world),
        "discovery_unreachable",
        "/nobody/.well-known/openid-configuration",
    ),
    "another issuer's document": (
        fault("other_issuer_in_metadata"),
        "discovery_of_another_issuer",
        "exactly as written there",
    ),
    "another issuer's answer": (
        fault("other_issuer_in_response"),
        "issuer_mismatch",
        "enter its new issuer",
    ),
    "no token endpoint": (fault("no_token_endpoint"), "discovery_invalid", "lacks an endpoint"),
    "name not known": (
        settings_of(base_url="http://nobody.invalid"),
        "dns_failure",
        "Check this server's DNS",
    ),
    "nobody listens": (settings_of(base_url="http://127.0.0.1:1"), "connection_failed", "firewall"),
    "private address": (
        settings_of(base_url="https://10.0.0.1"),
        "address_refused",
        "Allow private network",
    ),
    "certificate": (fault("untrusted_certificate"), "tls_failure", "certificate"),
    # What the provider does
    "too slow": (slow, "timeout", "status page"),
    "reset": (fault("reset"), "connection_failed", "firewall"),
    "server error": (fault("server_error"), "provider_unavailable", "status page"),
    "bad gateway": (fault("bad_gateway"), "provider_unavailable", "status page"),
    "rate limit": (fault("too_many_requests"), "rate_limited", "Wait 60 seconds"),
    "no JSON": (fault("api_html"), "response_not_json", "A proxy or a sign-in page"),
    "oversized": (fault("api_huge"), "response_too_large", "far too large"),
    "redirect": (fault("redirect"), "unexpected_redirect", "never sends a secret"),
    "no ID token": (fault("no_id_token"), "id_token_missing", "openid"),
    "nonce": (fault("other_nonce"), "nonce_mismatch", "different sign-in"),
    "clock ahead": (fault("future_iat"), "clock_skew", "with NTP"),
    "clock behind": (fault("expired_id_token"), "id_token_expired", "with NTP"),
    "key unknown": (fault("unpublished_key"), "signing_key_unknown", "ten seconds"),
    "signature": (fault("bad_signature"), "signature_invalid", "RS256"),
    "audience": (fault("other_audience"), "audience_mismatch", "Copy the client ID"),
    "two people": (fault("other_sub_in_userinfo"), "subject_mismatch", "two different people"),
    "no subject": (fault("null_id"), "subject_invalid", "user ID"),
    "not asked again": (asked_again("not_asked_again"), "not_asked_again", "support max_age"),
    "not told when": (asked_again("no_auth_time"), "not_asked_again", "auth_time is missing"),
    "API refuses": (fault("api_unauthorized"), "profile_refused", "permissions"),
    # The visitor
    "visitor says no": (fault("deny"), "access_denied", "cancelled"),
    "no cookies": (another_browser, "cookies_blocked", "allow cookies"),
    "another browser": (a_browser_that_has_other_cookies, "state_unknown", "start again"),
    "another host": (another_host, "other_host", f"{BASE_URL}/sign-in/demo/callback/"),
    "plain http": (plain_http, "plain_http", "redirect http to https"),
    "too late": (eleven_minutes, "state_expired", "ten minutes"),
    "twice": (twice, "state_used", "opened twice"),
    "suspended": (suspended, "account_suspended", "reinstate the person"),
    "address in use": (address_in_use, "email_in_use", "sign in as before"),
    "account of another": (somebody_elses_account, "account_of_another", "disconnect it"),
    # Who may sign in
    "no rule": (rule("email", "carol@example.com"), "not_allowed", "add a rule"),
    "domain": (rule("email_domain", "acme.example"), "email_domain_not_allowed", "domain"),
    "no verified address": (
        no_verified_address,
        "no_verified_email",
        "verify the address",
    ),
    "domain that it may not vouch for": (
        may_not_vouch,
        "domain_not_vouched_for",
        "Trusted email domains",
    ),
    "hosted domain": (
        rule("hosted_domain", "acme.example", "google"),
        "not_a_member",
        "make them a member",
    ),
}


def test_there_are_more_than_forty() -> None:
    assert len(CASES) >= 40
    assert len({diagnosis for _, diagnosis, _ in CASES.values()}) >= 40


@pytest.mark.parametrize("case", CASES)
def test_ends_in_the_right_diagnosis_with_the_right_fix(
    client: Client,
    stage: Stage,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    token_server: TokenServer,
    case: str,
) -> None:
    happens, diagnosis, words = CASES[case]
    happens(World(client, stage, settings, monkeypatch, token_server))
    counting.write()
    attempt = SignInAttempt.objects.first() or _counted()
    assert attempt.diagnosis == diagnosis
    provider = Provider.objects.get(slug=attempt.provider)
    advice = advice_on(attempt.diagnosis, provider, attempt.retry_after)
    page = f"{advice.cause} {advice.fix} {advice.value}"
    assert words in unescape(strip_tags(page))


def _counted() -> SignInAttempt:
    """Return what the numbers of the day say where there is no row."""
    (counted,) = SignInCount.objects.exclude(what__in=("begun", "returned"))
    return SignInAttempt(provider=counted.provider, diagnosis=counted.what)
