"""A sign-in that comes back makes one row, whatever becomes of it; a stranger makes none."""

import json
import re

import pytest
from django.core.cache import caches
from django.db import DatabaseError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from attempts import counting, recording
from attempts.models import SignInAttempt, SignInCount, from_json
from providers.models import Provider
from sessions.models import User
from tests.conftest import HOST
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db


def attempt() -> SignInAttempt:
    recording.write()
    return SignInAttempt.objects.get()


def counted() -> dict[str, int]:
    counting.write()
    return dict(SignInCount.objects.values_list("what", "number"))


def test_a_sign_in_is_kept_with_its_messages_and_times(client: Client, stage: Stage) -> None:
    client.defaults["HTTP_USER_AGENT"] = "Firefox"
    stage.sign_in(client, "demo", "alice")
    kept = attempt()
    assert kept.outcome == "Signed in"
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
    client: Client, stage: Stage, fault: str, decision: str, diagnosis: str, step: int, status: int
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
    recording._unread.clear()
    User.objects.update(is_active=False)
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


def test_who_is_signed_in_waits_for_the_background_thread_and_who_is_not_for_nothing(
    client: Client, stage: Stage
) -> None:
    stage.sign_in(client, "demo", "alice")
    assert not SignInAttempt.objects.exists()
    stage.sign_in(client, "demo", "alice", "deny")
    assert SignInAttempt.objects.get().diagnosis == "access_denied"
    recording.write()
    assert SignInAttempt.objects.count() == 2


def test_a_connection_is_kept_at_once(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "demo", "alice")
    where = client.post("/account/connections/", {"connect": "github"})["Location"]
    stage.come_back(client, stage.simulator.choose(where, "alice", "allow") or "")
    assert SignInAttempt.objects.get().process == "connect"


# Nothing here fails a sign-in


def _no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"user_id": "(SELECT %s FROM a_table_not_there)"}
    monkeypatch.setattr(recording.ROWS, "places", places)


def test_a_table_that_cannot_be_written_fails_no_visitor(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _no_table(monkeypatch)
    assert stage.sign_in(client, "demo", "alice", "deny").startswith("/sign-in/failed/")
    assert "a sign-in was not recorded: " in caplog.text
    assert stage.sign_in(client, "demo", "alice") == "/account/"
    assert client.get("/api/session").status_code == 200


def test_what_cannot_be_written_waits(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sign_in(client, "demo", "alice")
    with monkeypatch.context() as gone:
        _no_table(gone)
        with pytest.raises(DatabaseError):
            recording.write()
    assert not attempt().diagnosis


def test_writes_all_that_wait_at_once(
    client: Client, stage: Stage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        stage.sign_in(client, "demo", "alice")
    with django_assert_num_queries(3):  # savepoint, rows, release
        recording.write()
        recording.write()
    assert SignInAttempt.objects.count() == 3


def test_a_flood_of_rows_is_bounded_and_said(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recording.ROWS, "most", 1)
    for _ in range(2):
        assert stage.sign_in(client, "demo", "alice") == "/account/"
    recording.write()
    assert caplog.text.count("a sign-in was not recorded: too many wait") == 1
    assert not attempt().diagnosis


def test_the_messages_of_few_sign_ins_stay_in_memory(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_UNREAD", 1)
    stage.sign_in(client, "demo", "alice")
    assert (len(recording._unread), len(recording.ROWS.waiting)) == (1, 0)
    stage.sign_in(client, "demo", "alice")
    assert (len(recording._unread), len(recording.ROWS.waiting)) == (0, 2)


def test_a_row_that_the_database_refuses_takes_no_other_with_it(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        stage.sign_in(client, "demo", "alice")
    recording._unread[1][0]["milliseconds"] = None
    recording.write()
    assert SignInAttempt.objects.count() == 2
    assert "a sign-in was not recorded: IntegrityError" in caplog.text


def test_the_row_of_somebody_who_is_gone_by_then_is_kept(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "demo", "alice")
    User.objects.all().delete()
    assert attempt().user is None


def test_no_code_token_secret_or_state_is_kept(client: Client, stage: Stage) -> None:
    for slug in ("github", "google", "demo"):
        back = stage.go(client, slug, "alice")
        stage.come_back(client, back)
        recording.write()
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
