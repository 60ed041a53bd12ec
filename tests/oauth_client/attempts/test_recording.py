"""A sign-in that comes back makes one row, whatever becomes of it; a stranger makes none."""

import json
import re

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from oauth_client.attempts import counting, recording
from oauth_client.attempts.hops import from_json
from oauth_client.attempts.models import SignInAttempt, SignInCount
from oauth_client.models import Provider
from tests.conftest import HOST
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db


def attempt() -> SignInAttempt:
    return SignInAttempt.objects.get()


def counted() -> dict[str, int]:
    counting.write()
    return dict(SignInCount.objects.values_list("what", "number"))


def test_a_sign_in_is_kept_with_its_messages_and_times(client: Client, stage: Stage) -> None:
    client.defaults["HTTP_USER_AGENT"] = "Firefox"
    stage.sign_in(client, "demo", "alice")
    kept = attempt()
    assert kept.succeeded
    assert (kept.provider, kept.process, kept.step) == ("demo", "sign_in", 8)
    assert (kept.user, kept.address) == (User.objects.get(), "127.0.0.1")
    assert (kept.user_agent, kept.diagnosis) == ("Firefox", "")
    assert 0 < kept.milliseconds < 10_000
    hops = from_json(kept.hops)
    assert [hop.step for hop in hops][:2] == [4, 4]
    assert hops[-1].step == 8
    answer = next(hop for hop in hops if hop.step == 6)
    assert answer.status == 200
    assert "access_token" in answer.names
    assert counted() == {"begun": 1, "returned": 1}


@pytest.mark.parametrize(
    ("fault", "decision", "diagnosis", "step", "status"),
    [
        ("", "deny", "access_denied", 4, 0),
        ("wrong_secret", "allow", "wrong_client_secret", 6, 401),
        ("expired_code", "allow", "invalid_grant", 6, 400),
        ("server_error", "allow", "provider_unavailable", 6, 500),
    ],
)
def test_a_failure_is_kept_with_what_is_wrong(
    client: Client,
    stage: Stage,
    fault: str,
    decision: str,
    diagnosis: str,
    step: int,
    status: int,
) -> None:
    if fault:
        stage.simulator.arm(fault)
    where = stage.sign_in(client, "demo", "alice", decision)
    kept = attempt()
    assert (kept.diagnosis, kept.step, kept.status) == (diagnosis, step, status)
    assert where == f"/sign-in/failed/{kept.reference}/"
    assert str(kept) == kept.reference
    assert kept.user is None
    assert from_json(kept.hops)[-1].error


def test_a_failure_names_the_person_where_that_came_out(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "demo", "alice")
    User.objects.update(is_active=False)
    SignInAttempt.objects.all().delete()
    stage.sign_in(Client(headers={"host": HOST}), "demo", "alice")
    assert (attempt().diagnosis, attempt().user) == ("account_suspended", User.objects.get())


def test_a_provider_that_cannot_be_asked_leaves_a_row(client: Client, stage: Stage) -> None:
    Provider.objects.filter(slug="demo").update(base_url="http://127.0.0.1:1/demo")
    answer = client.post("/sign-in/demo/")
    assert attempt().diagnosis == "connection_failed"
    assert attempt().reference in answer["Location"]
    assert counted() == {}


@pytest.mark.parametrize("query", ["code=c&state=unknown", "code=c", "code=c&code=c&state=x"])
def test_what_this_browser_has_not_begun_is_only_counted(
    client: Client, stage: Stage, query: str
) -> None:
    client.get(f"/sign-in/demo/callback/?{query}")
    assert not SignInAttempt.objects.exists()
    assert sum(counted().values()) == 1


def test_a_flood_from_one_address_fills_no_table(client: Client, stage: Stage) -> None:
    Provider.objects.filter(slug="demo").update(base_url="http://127.0.0.1:1/demo")
    for _ in range(33):
        client.post("/sign-in/demo/")
    assert SignInAttempt.objects.count() == 30
    assert counted() == {"connection_failed": 3}
    caches["attempts"].clear()


@pytest.mark.django_db(transaction=True)
def test_a_table_that_cannot_be_written_fails_no_sign_in(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recording, "TABLE", "a_table_that_is_not_there")
    assert stage.sign_in(client, "demo", "alice") == "/account/"
    assert client.get("/api/session").status_code == 200
    assert "a sign-in was not recorded" in caplog.text


def test_no_code_token_secret_or_state_is_kept(client: Client, stage: Stage) -> None:
    for slug in ("github", "google", "demo"):
        back = stage.go(client, slug, "alice")
        stage.come_back(client, back)
        secrets = re.findall(r"(?:code|state)=([^&]+)", back)
        secrets += [client.cookies["session"].value, client.cookies["refresh"].value]
        secrets.append(Provider.objects.get(slug=slug).client_secret)
        kept = SignInAttempt.objects.latest("created_at")
        row = json.dumps({name: str(value) for name, value in vars(kept).items()})
        assert len(secrets) == 5
        assert not [secret for secret in secrets if secret in row]


def test_a_visitor_at_another_host_or_by_http_is_told_apart(
    client: Client, stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    elsewhere = client.get("/sign-in/demo/callback/?code=c&state=s", headers={"host": "127.0.0.1"})
    assert elsewhere["Location"].endswith("?code=c&state=s&came-by=1")
    client.get(elsewhere["Location"])
    assert counted() == {"other_host": 1}
    settings.IS_HTTPS = True
    client.get("/sign-in/demo/callback/?code=c&state=s", headers={"x-forwarded-proto": "http"})
    assert counted()["plain_http"] == 1
