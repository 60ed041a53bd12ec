"""Every person and every fault of the simulator, over real HTTP: each ends as it is published."""

import logging
from typing import Any

import pytest
from django.test import Client

from accounts.models import Session, User
from oauth_client.models import Provider
from oauth_client.outgoing import session_for
from tests.fakes import failure_code
from tests.rehearsal import STAYS, Stage

SLUGS = ("github", "google", "demo")
PEOPLE = ("alice", "bob", "mallory", "nora", "una", "ada")
FAULTS = (
    "deny",
    "wrong_secret",
    "unregistered_redirect_uri",
    "expired_code",
    "reused_code",
    "server_error",
    "detour",
)


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


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_as_it_is_published(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture, slug: str, fault: str
) -> None:
    armed = stage.simulator.arm(fault, slug)
    assert _ending(stage, client, slug, caplog) == armed["outcome"][slug]


@pytest.mark.parametrize(
    ("slug", "seconds"), [("github", 1), ("google", 1), ("demo", 1), ("demo", 12)]
)
def test_a_slow_provider_signs_in_or_times_out(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture, slug: str, seconds: int
) -> None:
    armed = stage.simulator.arm("slow", slug, seconds=seconds)
    assert _ending(stage, client, slug, caplog) == armed["outcome"][slug]


def test_no_fault_of_the_simulator_is_left_out(stage: Stage) -> None:
    assert set(stage.simulator.faults()) == {*FAULTS, "slow"}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_visitor_who_says_no_is_told_so(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture, slug: str
) -> None:
    caplog.set_level(logging.INFO)
    page = client.get(stage.sign_in(client, slug, "alice", "deny"))
    assert failure_code(caplog.text) == "access_denied"
    assert "You said no" in page.content.decode()


def test_connections_to_a_provider_are_reused(stage: Stage) -> None:
    for _ in range(3):
        stage.sign_in(Client(headers={"host": "localhost:8000"}), "github", "bob")
    api = [entry for entry in stage.simulator.requests() if "/authorize" not in entry["path"]]
    assert len({entry["connection"] for entry in api}) == 1


@pytest.mark.parametrize(
    ("slug", "person", "paths"),
    [
        ("google", "alice", ["/google/token"]),
        ("demo", "alice", ["/demo/token", "/demo/userinfo"]),
        ("github", "bob", ["/github/login/oauth/access_token", "/github/api/v3/user"]),
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
    stage.sign_in(Client(headers={"host": "localhost:8000"}), slug, person)
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
    one, other = session_for("github", github.policy), session_for("google", google.policy)
    assert one is not other


def _ending(stage: Stage, client: Client, slug: str, caplog: pytest.LogCaptureFixture) -> str:
    """Return how a sign-in ended, in the simulator's words; a failure leaves no trace."""
    caplog.set_level(logging.INFO)
    location = stage.sign_in(client, slug, "alice")
    if location == "/account/":
        return "signed_in"
    assert (User.objects.count(), Session.objects.count()) == (0, 0)
    assert client.get("/api/session").status_code == 401
    if location == STAYS:
        return STAYS
    assert client.get(location).status_code == 200
    return failure_code(caplog.text)
