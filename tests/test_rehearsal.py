"""Every person and every fault of the simulator, over real HTTP: each ends as it is published."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.test import Client

from outgoing import session_for
from providers import discovery
from providers.models import Provider
from sessions.models import Session, User
from simulator.faults.registry import FAULTS
from tests.fakes import failure_code
from tests.rehearsal import STAYS, Stage

SLUGS = ("github", "google", "demo")
HOST = {"host": "localhost:8000"}
PEOPLE = ("alice", "bob", "mallory", "nora", "una", "ada")
SOON: dict[str, Any] = {"slow": {"seconds": 0.2}, "api_slow": {"seconds": 0.2}}
LATE: dict[str, Any] = {"slow": {"seconds": 12}, "api_slow": {"seconds": 12}}
REHEARSED = [
    (name, slug)
    for name, fault in FAULTS.items()
    for slug, outcome in fault.outcome(fault.defaults).items()
    if outcome != "timeout"
]
TOO_LATE = [
    *(("slow", slug) for slug in SLUGS),
    *(("dripped_headers", slug) for slug in SLUGS),
    *(("dripped_body", slug) for slug in SLUGS),
    *(("api_slow", slug) for slug in ("github", "demo")),
]


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_signs_in(client: Client, stage: Stage, slug: str, person: str) -> None:
    assert stage.sign_in(client, slug, person) == "/account/"
    claims = client.get("/api/session").json()
    known = stage.simulator.people()[person]
    assert claims["name"] == known["name"]
    assert claims.get("email") == known["email"]
    assert claims.get("email_verified", False) == known["email_verified"]
    assert claims["idp"] == slug


@pytest.mark.parametrize(("fault", "slug"), REHEARSED)
def test_every_fault_ends_as_it_is_published(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture, slug: str, fault: str
) -> None:
    armed = stage.simulator.arm(fault, slug, **SOON.get(fault, {}))
    assert _ending(stage, client, slug, caplog) == armed["outcome"][slug]
    assert stage.simulator.overview()["armed"] == []
    _assert_all_is_well_again(stage, slug)


@pytest.mark.django_db(transaction=True)
def test_every_fault_that_takes_too_long_is_cut_off_at_the_deadline(
    parallel_database: None, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """They wait side by side: each sign-in has met its fault before the first is finished."""
    caplog.set_level(logging.INFO)
    browsers = [Client(headers=HOST) for _ in TOO_LATE]
    ways_back = []
    for browser, (fault, slug) in zip(browsers, TOO_LATE, strict=True):
        armed = stage.simulator.arm(fault, slug, **LATE.get(fault, {}))
        assert armed["outcome"] == {slug: "timeout"}
        ways_back.append(stage.go(browser, slug, "alice"))
    assert stage.simulator.overview()["armed"] == []
    ends = _side_by_side(stage, browsers, ways_back)
    assert all(end.startswith("/sign-in/failed/") for end in ends)
    assert re.findall(r" code=(\w+)", caplog.text) == ["timeout"] * len(TOO_LATE)
    assert (User.objects.count(), Session.objects.count()) == (0, 0)
    for slug, person in zip(SLUGS, PEOPLE, strict=False):
        _assert_all_is_well_again(stage, slug, person)


def test_no_fault_of_the_simulator_is_left_out(stage: Stage) -> None:
    published = {
        (name, slug)
        for name, fault in stage.simulator.faults().items()
        for slug in fault["outcome"]
    }
    assert {*REHEARSED, *TOO_LATE} == published


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("no_email", {}),
        ("unverified_email", {"email": "alice@example.com", "email_verified": False}),
    ],
)
def test_an_address_that_is_not_proven_does_not_count(
    client: Client, stage: Stage, slug: str, fault: str, told: dict[str, object]
) -> None:
    stage.simulator.arm(fault, slug)
    stage.sign_in(client, slug, "alice")
    claims = client.get("/api/session").json()
    assert {name: claims[name] for name in ("email", "email_verified") if name in claims} == told
    assert not EmailAddress.objects.exists()


@pytest.mark.parametrize(
    ("fault", "fetches"),
    [
        ("rotated_key", 1),
        ("unpublished_key", 1),
        ("alg_none", 0),
        ("client_secret_as_key", 0),
        ("published_secret_as_key", 0),
        ("bad_signature", 1),
    ],
)
def test_keys_are_fetched_again_only_where_a_new_one_may_help(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: str, fetches: int
) -> None:
    monkeypatch.setattr("providers.discovery.KEYS_COOLDOWN", 0)
    stage.sign_in(client, "demo", "alice")
    stage.simulator.forget_requests()
    stage.simulator.arm(fault, "demo")
    stage.sign_in(Client(headers=HOST), "demo", "alice")
    paths = [entry["path"] for entry in stage.simulator.requests()]
    assert paths.count("/demo/jwks") == fetches


@pytest.mark.parametrize("slug", SLUGS)
def test_two_people_without_an_id_do_not_become_one(
    stage: Stage, caplog: pytest.LogCaptureFixture, slug: str
) -> None:
    stage.simulator.arm("null_id", slug, times=2)
    for person in ("alice", "bob"):
        browser = Client(headers=HOST)
        assert _ending(stage, browser, slug, caplog, person) == "subject_invalid"


@pytest.mark.parametrize("slug", SLUGS)
def test_a_visitor_who_says_no_is_told_so(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture, slug: str
) -> None:
    caplog.set_level(logging.INFO)
    page = client.get(stage.sign_in(client, slug, "alice", "deny"))
    assert failure_code(caplog.text) == "access_denied"
    assert "Sign-in cancelled" in page.content.decode()


def test_connections_to_a_provider_are_reused(stage: Stage) -> None:
    for _ in range(3):
        stage.sign_in(Client(headers=HOST), "github", "bob")
    api = [entry for entry in stage.simulator.requests() if "/authorize" not in entry["path"]]
    assert len({entry["connection"] for entry in api}) == 1


@pytest.mark.parametrize(
    ("slug", "person", "paths"),
    [
        ("google", "alice", ["/google/token"]),
        ("demo", "alice", ["/demo/token", "/demo/userinfo"]),
        (
            "github",
            "bob",
            [
                "/github/login/oauth/access_token",
                "/github/api/v3/user",
                "/github/api/v3/user/emails",
            ],
        ),
        (
            "github",
            "alice",
            [
                "/github/login/oauth/access_token",
                "/github/api/v3/user",
                "/github/api/v3/user/emails",
            ],
        ),
    ],
)
def test_a_returning_sign_in_sends_exactly(
    client: Client, stage: Stage, slug: str, person: str, paths: list[str]
) -> None:
    stage.sign_in(client, slug, person)
    stage.simulator.forget_requests()
    stage.sign_in(Client(headers=HOST), slug, person)
    sent = [entry["path"] for entry in stage.simulator.requests()]
    assert [path for path in sent if not path.endswith(("/authorize", "/auth"))] == paths


def test_a_private_address_needs_the_admins_leave(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.IS_LOOPBACK = False
    caplog.set_level(logging.INFO)
    client.post("/sign-in/demo/")
    assert failure_code(caplog.text) == "address_refused"
    Provider.objects.update(allow_private_network=True)
    assert "/demo/authorize?" in client.post("/sign-in/demo/")["Location"]


def test_every_provider_has_connections_of_its_own(stage: Stage) -> None:
    github, google = (Provider.objects.get(slug=slug) for slug in ("github", "google"))
    one, other = (session_for(each.slug, each.address_policy) for each in (github, google))
    assert one is not other


def _ending(
    stage: Stage,
    client: Client,
    slug: str,
    caplog: pytest.LogCaptureFixture,
    person: str = "alice",
) -> str:
    """Return how a sign-in ended, in the simulator's words; a failure leaves no trace."""
    caplog.set_level(logging.INFO)
    location = stage.sign_in(client, slug, person)
    if location == "/account/":
        return "signed_in"
    assert (User.objects.count(), Session.objects.count()) == (0, 0)
    assert client.get("/api/session").status_code == 401
    if location == STAYS:
        return STAYS
    assert client.get(location).status_code == 200
    return failure_code(caplog.text)


def _side_by_side(stage: Stage, browsers: list[Client], ways_back: list[str]) -> list[str]:
    """Let all visitors come back at once; returns where each ends."""

    def come_back(browser: Client, way_back: str) -> str:
        try:
            return stage.come_back(browser, way_back)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as threads:
        return list(threads.map(come_back, browsers, ways_back))


def _assert_all_is_well_again(stage: Stage, slug: str, person: str = "alice") -> None:
    """Sign the same person in, after the document has been read anew that a fault has falsified."""
    discovery.forget()
    browser = Client(headers=HOST)
    assert stage.sign_in(browser, slug, person) == "/account/"
    assert browser.get("/api/session").json()["idp"] == slug
