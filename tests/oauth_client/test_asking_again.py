"""What needs a recent sign-in needs a provider that asks again, where it can."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from django.test import Client, RequestFactory

from providers.models import Provider
from sessions.lifetime import revoke_all
from sessions.models import Session, User
from sessions.recent_sign_in import last_asked
from tests.conftest import HOST
from tests.fakes import FakeIssuer, add_provider, begin, come_back, hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
ASKING = {"prompt", "max_age"}


@pytest.fixture
def alices(client: Client, stage: Stage) -> Client:
    """Alice's browser, in which she signed in long ago."""
    stage.sign_in(client, "demo", "alice")
    hold(client, session_token(User.objects.get(), age=3600, provider="demo"))
    return client


def asked(browser: Client, slug: str = "demo", query: str = "", **form: str) -> dict[str, str]:
    """Return those parameters of the authorization request that make the provider ask."""
    answer = browser.post(f"/sign-in/{slug}/{query}", form)
    parameters = parse_qs(urlsplit(answer["Location"]).query)
    return {name: parameters[name][0] for name in ASKING & set(parameters)}


def may_connect(browser: Client, slug: str) -> bool:
    """Tell whether the sign-in is recent enough for this, or a new one is asked for first."""
    answer = browser.post("/account/connections/", {"connect": slug})
    assert answer.status_code in (303, 403)
    return answer.status_code == 303 and not answer["Location"].startswith("/sign-in/?again=1")


@pytest.mark.parametrize(
    ("slug", "parameters"),
    [
        ("demo", {"prompt": "login", "max_age": "300"}),
        ("google", {"prompt": "select_account"}),
        ("github", {"prompt": "select_account"}),
    ],
)
def test_somebody_signed_in_is_asked_again_at_the_provider(
    alices: Client, slug: str, parameters: dict[str, str]
) -> None:
    assert asked(alices, slug) == parameters


def test_a_stranger_is_asked_as_the_provider_likes(client: Client, stage: Stage) -> None:
    assert [asked(client, slug) for slug in ("demo", "google", "github")] == [{}, {}, {}]


@pytest.mark.parametrize(
    "forged",
    [{"again": "1"}, {"prompt": "none"}, {"max_age": "9"}, {"demand": "login"}],
    ids=lambda forged: next(iter(forged)),
)
def test_nothing_that_the_browser_sends_decides_it(
    alices: Client, stage: Stage, forged: dict[str, str]
) -> None:
    """Neither query string nor form can add, change or take away such a parameter."""
    query = "?" + "&".join(f"{name}={value}" for name, value in forged.items())
    assert asked(Client(headers={"host": HOST}), "demo", query, **forged) == {}
    assert asked(alices, "demo", query, **forged) == {"prompt": "login", "max_age": "300"}


def test_a_provider_that_asks_again_makes_the_sign_in_recent(alices: Client, stage: Stage) -> None:
    assert not may_connect(alices, "google")
    assert stage.sign_in(alices, "demo", "alice") == "/account/"
    assert may_connect(alices, "google")


@pytest.mark.parametrize("fault", ["not_asked_again", "no_auth_time"])
def test_a_provider_that_lets_a_browser_pass_that_was_left_open_is_refused(
    alices: Client, stage: Stage, fault: str
) -> None:
    stage.simulator.arm(fault, "demo")
    page = alices.get(stage.sign_in(alices, "demo", "alice")).content.decode()
    assert "Please confirm that it&#x27;s you" in page
    assert not may_connect(alices, "google")
    assert alices.get("/api/session").status_code == 200


def test_taking_the_question_out_of_the_address_does_not_help(alices: Client, stage: Stage) -> None:
    """The provider is told nothing then; what it answers is held to what was asked for."""
    url = alices.post("/sign-in/demo/")["Location"]
    stage.simulator.arm("no_auth_time", "demo")
    stripped = url.replace("&max_age=300", "").replace("prompt=login&", "")
    back = stage.simulator.choose(stripped, "alice", "allow") or ""
    assert stage.come_back(alices, back).startswith("/sign-in/failed/")


def test_where_a_provider_cannot_ask_again_the_way_there_and_back_counts(
    alices: Client, stage: Stage
) -> None:
    provider = Provider.objects.get(slug="demo")
    Provider.objects.filter(pk=provider.pk).update(kind="gitea")
    assert asked(alices) == {}
    assert stage.sign_in(alices, "demo", "alice") == "/account/"
    assert may_connect(alices, "google")


@pytest.mark.parametrize(
    ("slug", "parameters"), [("demo", {}), ("google", {"prompt": "select_account"})]
)
def test_who_connects_an_account_chooses_it_at_the_provider(
    client: Client, stage: Stage, slug: str, parameters: Any
) -> None:
    hold(client, session_token(User.objects.create(name="Alice")))
    url = client.post("/account/connections/", {"connect": slug})["Location"]
    sent = parse_qs(urlsplit(url).query)
    assert {name: sent[name][0] for name in ASKING & set(sent)} == parameters


@pytest.mark.parametrize("slug", ["demo", "google"], ids=["known", "new"])
def test_connecting_an_account_makes_no_sign_in_more_recent(
    alices: Client, stage: Stage, slug: str
) -> None:
    """Nobody is asked on that way: one recent sign-in would be recent for ever."""
    hold(alices, session_token(User.objects.get(), age=200, provider="demo"))
    url = alices.post("/account/connections/", {"connect": slug})["Location"]
    stage.come_back(alices, stage.simulator.choose(url, "alice", "allow") or "")
    session = alices.get("/api/session").json()
    assert session["idp"] == slug
    assert 195 < time.time() - session["auth_time"] < 260


# What the provider tells unasked


def test_signing_out_and_in_again_is_not_recent_where_the_provider_did_not_ask(
    alices: Client, stage: Stage
) -> None:
    """Else whoever finds an open browser would sign out first, and never be asked."""
    alices.post("/sign-out/")
    stage.simulator.arm("not_asked_again", "demo")
    assert stage.sign_in(alices, "demo", "alice") == "/account/"
    auth_time = alices.get("/api/session").json()["auth_time"]
    assert 3500 < time.time() - auth_time < 3700
    assert not may_connect(alices, "google")
    assert stage.sign_in(alices, "demo", "alice") == "/account/"
    assert may_connect(alices, "google")


def test_a_provider_that_cannot_ask_again_is_not_asked_when_it_did(
    alices: Client, stage: Stage
) -> None:
    """Nobody could ever have a recent sign-in through it."""
    Provider.objects.filter(slug="demo").update(kind="gitea")
    alices.post("/sign-out/")
    stage.simulator.arm("not_asked_again", "demo")
    stage.sign_in(alices, "demo", "alice")
    assert time.time() - alices.get("/api/session").json()["auth_time"] < 60


def seconds_since_auth_time(client: Client, auth_time: Any) -> float:
    """Sign in at a provider that tells this `auth_time`; returns how old the session's is."""
    add_provider("demo")
    issuer = FakeIssuer(responses.mock, claims={"auth_time": auth_time})
    issuer.publish()
    parameters = begin(client)
    issuer.vouch(parameters["nonce"])
    assert come_back(client, code="c", state=parameters["state"])["Location"] == "/account/"
    return time.time() - float(client.get("/api/session").json()["auth_time"])


@responses.activate
@pytest.mark.parametrize(
    "auth_time",
    [None, "soon", True, [1], 4_000_000_000, 10**15, 0, 0.0, -1, -(10**15)],
    ids=("nothing", "words", "true", "list", "future", "far", "0", "0.0", "-1", "long ago"),
)
def test_what_is_no_time_that_has_been_does_not_count(client: Client, auth_time: Any) -> None:
    assert seconds_since_auth_time(client, auth_time) < 120


@responses.activate
@pytest.mark.parametrize("ago", [250, 250.5], ids=["seconds", "a fraction"])
def test_a_time_that_has_been_counts(client: Client, ago: float) -> None:
    assert ago - 1 <= seconds_since_auth_time(client, time.time() - ago) < ago + 120


@responses.activate
def test_a_time_long_ago_counts_as_such(client: Client) -> None:
    assert seconds_since_auth_time(client, 1) > 1_000_000_000


# What the browser remembers


def out_and_in(browser: Client, stage: Stage, slug: str, fault: str = "") -> float:
    """Sign out and in again; returns how long ago somebody was asked, in seconds."""
    browser.post("/sign-out/")
    if fault:
        stage.simulator.arm(fault, slug)
    assert stage.sign_in(browser, slug, "alice") == "/account/"
    return time.time() - float(browser.get("/api/session").json()["auth_time"])


@pytest.mark.parametrize(
    ("slug", "fault"), [("demo", "no_auth_time"), ("google", ""), ("github", "")]
)
def test_signing_out_and_in_again_makes_nothing_recent_of_which_nobody_tells(
    client: Client, stage: Stage, slug: str, fault: str
) -> None:
    stage.sign_in(client, slug, "alice")
    hold(client, session_token(User.objects.get(), age=3600, provider=slug))
    assert 3500 < out_and_in(client, stage, slug, fault) < 3700
    assert 3500 < out_and_in(client, stage, slug, fault) < 3700
    assert not may_connect(client, slug)
    assert stage.sign_in(client, slug, "alice") == "/account/"
    assert may_connect(client, slug)


def test_a_session_that_was_ended_elsewhere_leaves_the_time_too(
    client: Client, stage: Stage
) -> None:
    stage.sign_in(client, "github", "alice")
    client.cookies["last-asked"] = str(int(time.time()) - 3600)
    revoke_all(Session.objects.all(), Session.End.ENDED_ELSEWHERE)
    stage.sign_in(client, "github", "alice")
    assert 3500 < time.time() - client.get("/api/session").json()["auth_time"] < 3700


def test_a_sign_in_is_remembered_as_recent_while_it_is(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "github", "alice")
    assert out_and_in(client, stage, "github") < 120


def test_a_first_sign_in_in_a_browser_is_recent(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "github", "alice")
    assert may_connect(client, "demo")


def test_where_a_provider_cannot_ask_at_all_every_sign_in_is_recent(
    alices: Client, stage: Stage
) -> None:
    Provider.objects.filter(slug="demo").update(kind="gitea")
    assert out_and_in(alices, stage, "demo", "no_auth_time") < 120


@pytest.mark.parametrize("kept", ["", "soon", "-1", "0", "9" * 30, "1e9", "１"])
def test_what_a_browser_cannot_have_kept_counts_for_nothing(kept: str) -> None:
    header = f"last-asked={kept}".encode().decode("latin-1")
    request = RequestFactory().get("/", headers={"cookie": header})
    assert last_asked(request) is None


def test_of_several_times_the_earliest_counts() -> None:
    """A page of another host of the domain can add a cookie, and makes nothing recent by it."""
    header = "last-asked=1700000500; last-asked=1700000000"
    assert last_asked(RequestFactory().get("/", headers={"cookie": header})) == 1_700_000_000


def test_a_time_in_the_future_is_now(client: Client, stage: Stage) -> None:
    client.cookies["last-asked"] = "4000000000"
    stage.sign_in(client, "github", "alice")
    assert abs(time.time() - client.get("/api/session").json()["auth_time"]) < 120
