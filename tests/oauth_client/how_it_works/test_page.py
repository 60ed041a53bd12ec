"""The page for somebody who has never seen a sign-in, and the visitor's own messages on it."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.core.cache import caches
from django.test import Client
from requests.adapters import HTTPAdapter

from attempts import recording
from attempts.drawing import IN_GENERAL, STEPS, diagram
from attempts.models import SignInAttempt, from_json
from oauth_client import how_it_works
from outgoing.trace import Hop
from sessions.models import Session, User
from tests.fakes import hold, session_token
from tests.pages import README, table
from tests.rehearsal import Stage

SLUGS = ("github", "google", "demo")


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def exchanged(monkeypatch: pytest.MonkeyPatch) -> list[requests.Response]:
    """Return the list into which every answer to a request of ours goes, with its request."""
    answers: list[requests.Response] = []
    send = HTTPAdapter.send

    def noting(self: HTTPAdapter, *args: Any, **options: Any) -> requests.Response:
        answers.append(send(self, *args, **options))
        return answers[-1]

    monkeypatch.setattr(HTTPAdapter, "send", noting)
    return answers


def hops_of(client: Client) -> tuple[Hop, ...]:
    found = how_it_works.find(client.get("/api/session").json()["sid"])
    assert found
    return found.hops


def last_kept() -> tuple[Hop, ...]:
    """Return the messages of the last sign-in, as its row has them."""
    recording.write()
    return from_json(SignInAttempt.objects.latest("created_at").hops)


def page(client: Client) -> str:
    answer = client.get("/how-it-works/")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


# For everybody


@pytest.mark.django_db
def test_a_stranger_reads_of_the_eight_steps_in_order(client: Client) -> None:
    shown = page(client)
    titles = re.findall(r'<span class="number">(\d)</span> (.*?)\s*</h2>', shown)
    assert titles == [(str(step.number), step.title) for step in STEPS]
    assert "<h1>How sign-in works</h1>" in shown
    assert '<span class="way">Browser to Signet</span>' in shown


def test_the_steps_are_those_of_the_flows_table() -> None:
    rows = [(row[0], row[1]) for row in table(README, "#")]
    for step, (number, words) in zip(STEPS, rows, strict=True):
        assert str(step.number) == number
        assert words.startswith(step.title.lower().replace("api", "API").replace("jwt", "JWT"))


@pytest.mark.django_db
def test_the_picture_is_told_as_a_list_too(client: Client) -> None:
    (spoken,) = re.findall(r'<ol class="unseen">(.*?)</ol>', page(client), re.DOTALL)
    assert spoken.count("<li>") == len(IN_GENERAL)
    assert "Browser to Signet: authorization code (code, state)" in " ".join(spoken.split())


@pytest.mark.django_db
def test_nothing_on_the_page_is_inline_or_from_elsewhere(client: Client) -> None:
    shown = page(client)
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|https?://(?!www\.w3\.org/)", shown)


@pytest.mark.django_db
def test_the_page_is_linked_where_somebody_may_wonder(client: Client, alice: User) -> None:
    link = '<a href="/how-it-works/">How sign-in works</a>'
    assert link in client.get("/sign-in/").content.decode()
    hold(client, session_token(alice))
    assert link in client.get("/account/developer/").content.decode()


# In the demo


@pytest.mark.parametrize("slug", SLUGS)
def test_a_visitor_of_the_demo_sees_the_eight_steps_of_their_own_sign_in(
    client: Client, stage: Stage, demo: None, slug: str
) -> None:
    stage.sign_in(client, slug, "alice")
    shown = page(client)
    assert "How you signed in</h1>" in shown
    assert {hop.step for hop in hops_of(client)} >= {1, 2, 3, 4, 5, 6, 8}
    steps = [hop.step for hop in hops_of(client) if hop.step != 6]
    assert steps == sorted(steps)
    address = stage.simulator.providers()[slug]["base_url"]
    assert re.search(rf"POST {re.escape(address)}/[a-z/_]*token", shown)
    assert "See how you signed in" in client.get("/account/").content.decode()


@pytest.mark.parametrize("slug", SLUGS)
def test_no_secret_of_a_sign_in_is_on_the_page_or_kept(
    client: Client, stage: Stage, demo: None, exchanged: list[requests.Response], slug: str
) -> None:
    csrf = client.get("/sign-in/").cookies["csrf"].value
    url = client.post(f"/sign-in/{slug}/")["Location"]
    in_progress = [cookie.value for cookie in client.cookies.values()]
    back = stage.simulator.choose(url, "alice")
    assert back
    client.get(urlsplit(back).path, dict(parse_qsl(urlsplit(back).query)))
    secrets = {csrf, *in_progress, *client.cookies["session"].value.split(".")}
    secrets |= secrets_in_addresses(url, back) | secrets_at_the_token_endpoint(exchanged)
    assert len(secrets - {""}) >= 10
    sid = client.get("/api/session").json()["sid"]
    kept, shown = repr(caches["traces"].get(f"trace:{sid}")), page(client)
    assert "not shown" in kept
    assert not [secret for secret in secrets - {""} if secret in kept or secret in shown]


def secrets_in_addresses(*addresses: str) -> set[str]:
    parameters = dict(pair for each in addresses for pair in parse_qsl(urlsplit(each).query))
    hidden = ("state", "code", "code_challenge", "nonce")
    return {parameters[name] for name in hidden if name in parameters}


def secrets_at_the_token_endpoint(exchanged: list[requests.Response]) -> set[str]:
    found: set[str] = set()
    for answer in exchanged:
        sent = dict(parse_qsl(str(answer.request.body or "")))
        found |= {sent[name] for name in ("code_verifier", "client_secret") if name in sent}
        if "code_verifier" in sent:
            given = answer.json()
            found |= {given["access_token"], *given.get("id_token", "").split(".")}
    return found


def test_the_names_in_general_are_those_that_are_really_sent(
    client: Client, stage: Stage, demo: None
) -> None:
    stage.sign_in(client, "demo", "alice")
    really = [hop for hop in hops_of(client) if "keys" not in hop.names and hop.step != 8]
    for general in IN_GENERAL[:-1]:
        same = [
            hop
            for hop in really
            if (hop.step, hop.source, hop.target) == (general.step, general.source, general.target)
        ]
        assert set(general.names) <= set(same[0].names)
        assert general.step in (6, 7) or set(general.names) == set(same[0].names)


def test_the_header_of_the_own_session_jwt_is_shown(
    client: Client, stage: Stage, demo: None
) -> None:
    stage.sign_in(client, "demo", "alice")
    shown = page(client)
    assert "<code>at+jwt</code>" in shown
    assert "<code>auth_time</code>" in shown


def test_names_without_a_word_are_only_listed(client: Client, stage: Stage, demo: None) -> None:
    stage.sign_in(client, "github", "alice")
    shown = page(client)
    assert "Also sent:" in shown
    assert "<code>login</code>" in shown
    assert "alice-archer" not in shown


def test_a_sign_in_is_shown_to_its_own_session_alone(
    client: Client, stage: Stage, demo: None, bob: User
) -> None:
    stage.sign_in(client, "demo", "alice")
    other = Client(headers={"host": "localhost:8000"})
    assert "How sign-in works</h1>" in page(other)
    hold(other, session_token(bob))
    assert "How sign-in works</h1>" in page(other)


def test_a_session_that_has_ended_sees_nothing_of_its_sign_in(
    client: Client, stage: Stage, demo: None
) -> None:
    stage.sign_in(client, "demo", "alice")
    token = client.cookies["session"].value
    client.post("/sign-out/")
    client.cookies["session"] = token
    assert "How sign-in works</h1>" in page(client)


def test_after_ten_minutes_there_is_the_general_explanation(
    client: Client, stage: Stage, demo: None
) -> None:
    stage.sign_in(client, "demo", "alice")
    caches["traces"].clear()
    assert "How sign-in works</h1>" in page(client)


def test_outside_of_the_demo_nothing_is_kept_for_the_visitor(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "demo", "alice")
    assert how_it_works.find(str(Session.objects.get().pk)) is None
    assert "How sign-in works</h1>" in page(client)


def test_what_was_recorded_is_not_shown_once_the_demo_is_over(
    client: Client, stage: Stage, settings: Any
) -> None:
    settings.DEMO = True
    stage.sign_in(client, "demo", "alice")
    settings.DEMO = False
    assert "How sign-in works</h1>" in page(client)


# Where a sign-in fails


@pytest.mark.parametrize(
    ("fault", "decision", "step", "error", "provider_error"),
    [
        ("", "deny", 4, "access_denied", "access_denied"),
        ("wrong_secret", "allow", 6, "invalid_client", "invalid_client"),
        ("expired_code", "allow", 6, "invalid_grant", "invalid_grant"),
        ("server_error", "allow", 6, "provider_unavailable", ""),
    ],
)
def test_a_failing_sign_in_is_kept_up_to_its_failing_step(
    client: Client,
    stage: Stage,
    fault: str,
    decision: str,
    step: int,
    error: str,
    provider_error: str,
) -> None:
    if fault:
        stage.simulator.arm(fault, "demo")
    stage.sign_in(client, "demo", "alice", decision)
    *before, last = hops = last_kept()
    assert (last.step, last.error, last.provider_error) == (step, error, provider_error)
    assert not any(hop.error for hop in before)
    drawn = diagram(hops)["messages"][-1]
    assert drawn["failed"]
    assert drawn["below"].startswith(f"failed · {error}")


def test_an_account_that_is_not_to_be_had_fails_at_the_last_step(
    client: Client, stage: Stage
) -> None:
    stage.sign_in(client, "google", "bob")
    stage.sign_in(Client(headers={"host": "localhost:8000"}), "demo", "bob")
    assert (last_kept()[-1].step, last_kept()[-1].error) == (8, "email_in_use")
    assert caches["traces"].get(f"trace:{Session.objects.get().pk}") is None
