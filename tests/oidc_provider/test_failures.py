"""A refused request of an app becomes a row, without a query of its own and without a secret."""

import base64
import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.removal import remove_person
from attempts.references import BY_DIGEST
from audit.models import UNKNOWN
from oidc_provider import failures
from oidc_provider.failure_facts import shown
from oidc_provider.failure_rows import AppFailure, AppFailureCount
from oidc_provider.failures_kept import CODES
from oidc_provider.models import App, Audience
from sessions.models import User
from tests.conftest import HOST
from tests.oidc_provider.failures import add_failure, counted, kept
from tests.oidc_provider.party import CHALLENGE, SECRET, VERIFIER, RelyingParty
from web import late_rows

FORM = "application/x-www-form-urlencoded"
pytestmark = pytest.mark.django_db


def exchange(party: RelyingParty, /, **changes: Any) -> Any:
    return party.exchange(party.code(), **changes)


def used_twice(party: RelyingParty) -> Any:
    code = party.code()
    party.exchange(code)
    return party.exchange(code)


def expired(party: RelyingParty) -> Any:
    code = party.code()
    party.app.grants.update(created_at=timezone.now() - timedelta(minutes=2))
    return party.exchange(code)


def not_allowed(party: RelyingParty) -> Any:
    App.objects.update(audience=Audience.CHOSEN, groups=["ops"])
    return party.authorize()


@pytest.mark.parametrize(
    ("refused", "refusal", "facts"),
    [
        (
            lambda party: party.authorize(redirect_uri="https://mallory.example/"),
            "redirect_uri_unknown",
            {"redirect_uri": "https://mallory.example/", "response_type": "code"},
        ),
        (lambda party: party.authorize(client_id="unknown"), "client_unknown", {}),
        (
            lambda party: exchange(party, client_secret="wrong"),
            "secret_wrong",
            {"authentication": "client_secret_post", "endpoint": "/oauth/token"},
        ),
        (
            lambda party: exchange(party, client_secret=None),
            "secret_missing",
            {"authentication": "none"},
        ),
        (
            lambda party: party.authorize(code_challenge=None),
            "pkce_missing",
            {"code_challenge_method": "S256"},
        ),
        (used_twice, "code_used", {"grant_type": "authorization_code"}),
        (expired, "code_expired", {}),
        (lambda party: exchange(party, code_verifier="x" * 43), "verifier_wrong", {}),
        (
            lambda party: exchange(party, grant_type="password"),
            "grant_type",
            {"grant_type": "password"},
        ),
        (not_allowed, "person_not_allowed", {}),
        (
            lambda party: party.authorize(prompt=["none", "login"]),
            "parameter_repeated",
            {"parameter": "prompt", "prompt": "none login"},
        ),
        (
            lambda party: party.authorize(resource="https://api.example"),
            "target",
            {"resource": "https://api.example"},
        ),
        (lambda party: party.server.get("/oauth/token"), "body", {"endpoint": "/oauth/token"}),
        (lambda party: party.userinfo("x"), "token_invalid", {"endpoint": "/oauth/userinfo"}),
    ],
)
def test_becomes_a_row_with_what_says_why(
    party: RelyingParty, refused: Any, refusal: str, facts: dict[str, str]
) -> None:
    refused(party)
    failure = kept()
    assert failure.refusal == refusal
    assert facts.items() <= failure.facts.items()
    assert failure.error
    assert failure.address == "127.0.0.1"
    assert not failure.is_handled
    assert REGISTRY.get_sample_value("signet_app_refusals_total", {"code": refusal})


def test_names_the_app_and_the_person_in_whose_browser_it_was(
    party: RelyingParty, alice: User
) -> None:
    party.authorize(redirect_uri="https://mallory.example/")
    assert (kept().app, kept().client_id, kept().user) == (party.app, "grafana", alice)


def test_names_nobody_for_a_call_of_the_app_itself(party: RelyingParty) -> None:
    party.exchange("x")
    assert (kept().app, kept().user) == (party.app, None)


def of_another(party: RelyingParty) -> Any:
    App.objects.create(slug="other", name="Other", secret_digest=party.app.secret_digest)
    return party.exchange(party.code(), client_id="other")


def revoked_by_another(party: RelyingParty) -> Any:
    App.objects.create(slug="other", name="Other", secret_digest=party.app.secret_digest)
    token = party.tokens()["refresh_token"]
    return party.post("/oauth/revoke", client_id="other", token=token)


def shut_out(party: RelyingParty) -> Any:
    code = party.code()
    App.objects.update(audience=Audience.CHOSEN)
    return party.exchange(code)


def refreshed_too_late(party: RelyingParty) -> Any:
    tokens = party.tokens()
    App.objects.update(audience=Audience.CHOSEN)
    return party.refresh(tokens["refresh_token"])


def refreshed_again(party: RelyingParty) -> Any:
    tokens = party.tokens()
    party.refresh(party.refresh(tokens["refresh_token"]).json()["refresh_token"])
    party.app.grants.update(refreshed_at=timezone.now() - timedelta(days=1))
    return party.refresh(tokens["refresh_token"])


def used_after_the_end(party: RelyingParty) -> Any:
    tokens = party.tokens()
    party.app.grants.update(ended_at=timezone.now())
    return party.userinfo(tokens["access_token"])


@pytest.mark.parametrize(
    ("refused", "refusal"),
    [
        (used_twice, "code_used"),
        (expired, "code_expired"),
        (of_another, "code_of_another"),
        (lambda party: exchange(party, code_verifier="x" * 43), "verifier_wrong"),
        (lambda party: exchange(party, code_verifier=None), "verifier_missing"),
        (lambda party: exchange(party, redirect_uri="https://x.example/"), "code_redirect_uri"),
        (lambda party: exchange(party, resource="https://api.example"), "target"),
        (shut_out, "grant_ended"),
        (refreshed_too_late, "grant_ended"),
        (refreshed_again, "refresh_token_used"),
        (
            lambda party: party.refresh(party.tokens()["refresh_token"], scope="openid x"),
            "scope_wider",
        ),
        (revoked_by_another, "refresh_token_unknown"),
        (used_after_the_end, "token_invalid"),
    ],
)
def test_names_the_person_whose_sign_in_the_app_goes_on_with(
    party: RelyingParty, alice: User, refused: Any, refusal: str
) -> None:
    """No cookie says who it is: the code or token does, and only a genuine one."""
    refused(party)
    assert (kept().refusal, kept().user) == (refusal, alice)
    assert "sub" not in kept().facts


def test_an_expired_access_token_names_app_and_person(
    party: RelyingParty, alice: User, settings: Settings
) -> None:
    settings.SESSION_TOKEN_LIFETIME = -1
    assert party.userinfo(party.tokens()["access_token"]).status_code == 401
    assert (kept().app, kept().user) == (party.app, alice)


def test_a_code_that_was_made_up_names_nobody(party: RelyingParty) -> None:
    key, generation, mac = party.code().split(".")
    party.exchange(f"{key}.{generation}.{mac[::-1]}")
    assert (kept().refusal, kept().user) == ("code_unknown", None)


def test_keeps_what_was_sent_for_an_app_that_nobody_knows(party: RelyingParty) -> None:
    party.authorize(client_id="graf\u202eana" + "x" * 500)
    assert kept().app is None
    assert kept().client_id == ("graf\\u202eana" + "x" * 500)[:100]


def test_survives_the_app_and_the_person(party: RelyingParty) -> None:
    party.authorize(redirect_uri="https://mallory.example/")
    App.objects.all().delete()
    User.objects.all().delete()
    assert (kept().app, kept().user, kept().client_id) == (None, None, "grafana")


def test_outlives_the_app(party: RelyingParty) -> None:
    party.authorize(redirect_uri="https://mallory.example/")
    assert kept().app == party.app
    party.app.delete()
    assert (kept().app, kept().client_id) == (None, "grafana")


@pytest.mark.parametrize(
    "changes",
    [{"prompt": "none", "max_age": "0"}, {"prompt": "none consent_needed"}],
    ids=["login_needed", "prompt"],
)
def test_an_answer_of_the_protocol_is_no_failure(
    party: RelyingParty, changes: dict[str, str]
) -> None:
    response = party.answer(party.authorize(**changes))
    failures.ROWS.write()
    assert AppFailure.objects.exists() == (response["error"] == "invalid_request")


def test_a_person_who_says_no_is_no_failure(party: RelyingParty) -> None:
    App.objects.update(is_of_team=False)
    page = party.authorize().content.decode()
    sent = re.search(r'name="sent"\s+value="([^"]*)"', page)
    assert sent
    form = {"decision": "deny", "sent": sent[1].replace("&amp;", "&")}
    answer = party.answer(party.browser.post("/oauth/authorize/decision", form))
    assert answer["error"] == "access_denied"
    failures.ROWS.write()
    assert not AppFailure.objects.exists()


# Nobody waits for it


def test_needs_no_query(
    party: RelyingParty, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):  # finds the app
        party.authorize(redirect_uri="https://mallory.example/")
    with django_assert_num_queries(1):
        exchanged = party.post("/oauth/token", grant_type="password")
    assert exchanged.status_code == 400
    with django_assert_num_queries(4):  # apps; savepoint, rows, release
        failures.ROWS.write()
        failures.ROWS.write()
    assert AppFailure.objects.count() == 2


def test_a_flood_from_one_address_fills_no_table(party: RelyingParty) -> None:
    for _ in range(33):
        party.authorize(redirect_uri="https://mallory.example/")
    for _ in range(2):
        party.authorize(client_id="unknown")
    failures.ROWS.write()
    assert AppFailure.objects.count() == 30
    assert counted() == {("grafana", "redirect_uri_unknown"): 3, ("", "client_unknown"): 2}
    caches["attempts"].clear()


def test_names_of_no_app_make_one_number(party: RelyingParty) -> None:
    for _ in range(31):
        party.authorize(client_id="unknown")
    for number in range(5):
        party.authorize(client_id=f"unknown-{number}")
    assert counted() == {("", "client_unknown"): 6}


def test_another_address_still_makes_rows(party: RelyingParty) -> None:
    for _ in range(33):
        party.authorize(redirect_uri="https://mallory.example/")
    elsewhere = Client(headers={"host": HOST}, REMOTE_ADDR="203.0.113.9")
    elsewhere.get("/oauth/authorize?client_id=unknown")
    failures.ROWS.write()
    assert AppFailure.objects.count() == 31
    assert AppFailure.objects.filter(address="203.0.113.9").exists()


def test_too_many_that_wait_are_counted(
    party: RelyingParty, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(failures.ROWS, "most", 1)
    for _ in range(2):
        party.authorize(redirect_uri="https://mallory.example/")
    assert "a refused request was not recorded: too many wait" in caplog.text
    assert kept()
    assert counted() == {("grafana", "redirect_uri_unknown"): 1}


def test_what_cannot_be_written_fails_nobody_and_waits(
    party: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as gone:
        places = failures.PLACES | {"user_id": "(SELECT %s FROM a_table_not_there)"}
        gone.setattr(failures.ROWS, "places", places)
        assert party.authorize(client_id="unknown").status_code == 400
        with pytest.raises(DatabaseError):
            failures.ROWS.write()
    assert kept().refusal == "client_unknown"


# No secret


def test_no_code_secret_verifier_state_or_token_is_kept(
    party: RelyingParty, caplog: pytest.LogCaptureFixture
) -> None:
    tokens, code = party.tokens(), party.code()
    secrets = [SECRET, VERIFIER, CHALLENGE, code, "the state", "the nonce"]
    secrets += [tokens["access_token"], tokens["refresh_token"], tokens["id_token"]]
    back = f"https://grafana.example/cb?code={code}&state=the+state&x=1#access_token={code}"
    party.authorize(redirect_uri=back)
    party.authorize(client_id=SECRET, login_hint=SECRET, scope=f"openid {SECRET}")
    party.authorize(response_type=tokens["id_token"], id_token_hint="x")
    party.authorize(redirect_uri=f"https://alice:{SECRET}@grafana.example/{SECRET}")
    party.exchange(code, code_verifier=VERIFIER + "x")
    party.exchange(code, client_id=SECRET)
    party.exchange(code, client_secret=SECRET + "x")
    party.exchange(code, grant_type=code)
    basic = base64.b64encode(f"{SECRET}:{SECRET}".encode()).decode()
    party.server.post("/oauth/token", "", FORM, headers={"Authorization": f"Basic {basic}"})
    party.post("/oauth/revoke", token=[code, code])
    party.post(
        "/oauth/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"] + "x"
    )
    failures.ROWS.write()
    assert AppFailure.objects.count() == 11
    rows = json.dumps(
        [{k: str(v) for k, v in vars(row).items()} for row in AppFailure.objects.all()]
    )
    parts = [
        part for secret in secrets for part in secret.split(".") if len(part) > 36 or " " in part
    ]
    assert not [part for part in (*parts, basic) if part in rows]
    assert not [part for part in (*parts, basic) if part in caplog.text]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        (
            "redirect_uri",
            "https://a.example/cb?next=/x&page=2",
            "https://a.example/cb?next=/x&page=2",
        ),
        (
            "redirect_uri",
            "https://a.example/cb?code=1&next=2",
            "https://a.example/cb?code=***&next=2",
        ),
        ("redirect_uri", "https://a.example/#id_token=1", "https://a.example/#id_token=***"),
        (
            "redirect_uri",
            "https://a.example/?session_state=1",
            "https://a.example/?session_state=***",
        ),
        ("redirect_uri", "https://alice:1@a.example/", "https://***@a.example/"),
        ("redirect_uri", "https://a.example/" + "w" * 40, "https://a.example/" + "w" * 40),
        ("redirect_uri", "https://a.example/" + "0a" * 20, "https://a.example/***"),
        ("scope", "openid\u202e\0", "openid\\u202e\\x00"),
        ("scope", "\ud800", "\\ud800"),
        ("grant_type", "x" * 999, "x" * 200),
    ],
)
def test_what_is_shown_of_a_value(name: str, value: str, kept: str) -> None:
    assert shown(name, value) == kept


def test_a_redirect_uri_with_anything_in_it_is_kept_in_visible_characters(
    party: RelyingParty,
) -> None:
    address = urlencode(party.query(redirect_uri="\ud800\0x"), errors="surrogatepass")
    party.browser.get(f"/oauth/authorize?{address}")
    assert kept().facts["redirect_uri"].isascii() or kept().facts["redirect_uri"].isprintable()
    assert "\0" not in kept().facts["redirect_uri"]


# References


def test_the_visitor_reads_the_reference_of_the_row(party: RelyingParty) -> None:
    page = party.authorize(client_id="unknown").content.decode()
    assert kept().reference in page
    assert "This app isn&#x27;t known here" in page


def test_a_reference_of_an_app_is_never_taken_for_that_of_a_sign_in() -> None:
    assert not CODES.keys() & BY_DIGEST.keys()
    assert len(CODES) == len(set(CODES.values()))


# For how long


def test_what_is_older_than_the_setting_is_removed(settings: Settings) -> None:
    settings.SIGN_IN_ATTEMPT_RETENTION = 86_400
    now, output = timezone.now(), StringIO()
    add_failure()
    add_failure(reference="AAAA-BBBB", created_at=now - timedelta(days=1, minutes=1))
    for days in (0, 3):
        day = (now - timedelta(days=days)).date()
        AppFailureCount.objects.create(day=day, client_id="", refusal="body", number=1)

    call_command("cleanup", stdout=output)

    assert [failure.reference for failure in AppFailure.objects.all()] == ["7F3K-Q2MD"]
    assert AppFailureCount.objects.count() == 1
    lines = {"Deleted failures of apps: 1", "Deleted counts of failures of apps: 1"}
    assert lines <= set(output.getvalue().splitlines())


def test_a_person_finds_it_among_their_data(party: RelyingParty) -> None:
    party.authorize(redirect_uri="https://mallory.example/")
    reference = kept().reference
    data = json.loads(party.browser.post("/account/data/").getvalue())
    assert [row["reference"] for row in data["app_failures"]] == [reference]


def test_a_person_finds_calls_of_the_app_among_their_data(party: RelyingParty, alice: User) -> None:
    expired(party)
    reference = kept().reference
    data = json.loads(party.browser.post("/account/data/").getvalue())
    assert [row["reference"] for row in data["app_failures"]] == [reference]


def test_a_call_of_an_app_outlives_the_person_without_naming_them(
    party: RelyingParty, alice: User
) -> None:
    """Also one that is written after their end."""
    expired(party)
    assert kept().user == alice
    expired(party)
    remove_person(alice, UNKNOWN)
    failures.ROWS.write()
    assert [*AppFailure.objects.values_list("user", flat=True)] == [None, None]


def test_what_waits_to_be_counted_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_rows, "MOST", 1)
    for name in ("grafana", "phone", "grafana"):
        failures.COUNTS.add(name, "code_used")
    assert [*failures.COUNTS.counted.values()] == [2]
