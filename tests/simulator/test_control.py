import json
from typing import Any

import pytest
import requests

from simulator.process import SimulatorProcess
from tests.simulator.client import Client


def test_lists_the_cast(simulator: SimulatorProcess) -> None:
    people = simulator.people()

    assert list(people) == ["alice", "bob", "mallory", "nora", "una", "ada"]
    assert people["alice"]["github"] == {"id": 70100101, "login": "alice-archer"}
    assert people["nora"]["email"] is None
    assert people["una"]["email_verified"] is False
    subs = {person["google"]["sub"] for person in people.values()}
    assert {len(sub) for sub in subs} == {21}
    assert len(subs) == len(people)


def test_lists_the_providers(simulator: SimulatorProcess) -> None:
    providers = simulator.providers()

    assert {slug: each["kind"] for slug, each in providers.items()} == {
        "github": "github",
        "google": "google",
        "demo": "openid_connect",
    }
    assert providers["demo"]["name"] == "Demo OpenID Provider"
    assert providers["github"]["base_url"] == f"{simulator.url}/github"
    assert providers["google"]["client_id"] == "signet-google"
    assert providers["google"]["client_secret"] == "simulated-google-secret"


def test_lists_the_faults_with_their_outcomes(simulator: SimulatorProcess) -> None:
    faults = simulator.faults()

    assert faults["unregistered_redirect_uri"]["outcome"] == {
        "github": "redirect_uri_mismatch",
        "google": "stays_at_provider",
        "demo": "stays_at_provider",
    }
    [seconds] = faults["slow"]["parameters"]
    assert (seconds["name"], seconds["minimum"], seconds["maximum"]) == ("seconds", 0, 60)
    assert seconds["default"] == 3
    assert all(fault["title"] and fault["explanation"] for fault in faults.values())


def test_answers_with_the_fault_as_armed(simulator: SimulatorProcess) -> None:
    armed = simulator.arm("slow", "google", times=2, seconds=20)

    assert armed == {
        "fault": "slow",
        "provider": "google",
        "times": 2,
        "parameters": {"seconds": 20},
        "needs_fresh_metadata": False,
        "outcome": {"google": "timeout"},
    }
    assert simulator.overview()["armed"] == [armed]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"fault": "earthquake"},
        {"fault": ["deny"]},
        {"fault": "deny", "provider": "gitlab"},
        {"fault": "deny", "provider": ["github"]},
        {"fault": "deny", "times": 0},
        {"fault": "deny", "times": True},
        {"fault": "deny", "times": 1.5},
        {"fault": "deny", "seconds": 3},
        {"fault": "slow", "seconds": 61},
        {"fault": "slow", "seconds": -1},
        {"fault": "slow", "seconds": "3"},
        {"fault": "slow", "seconds": True},
        {"fault": "slow", "seconds": float("nan")},
        {"fault": "slow", "minutes": 1},
    ],
    ids=str,
)
def test_says_what_is_allowed_instead(simulator: SimulatorProcess, body: object) -> None:
    response = _post(simulator, "faults", body)

    assert response.status_code == 400
    assert response.json()["error"]
    assert "allowed" in response.json()
    assert simulator.overview()["armed"] == []


def test_registers_a_redirect_uri(simulator: SimulatorProcess, google: Client) -> None:
    google.redirect_uri = "http://127.0.0.1:8123/sign-in/google/callback/"
    assert google.ask().status_code == 400

    simulator.register("google", google.redirect_uri)

    assert google.ask().status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"provider": "gitlab", "redirect_uri": "https://a.example/"},
        {"provider": ["google"], "redirect_uri": "https://a.example/"},
        {"provider": "google", "redirect_uri": "javascript:alert(1)"},
        {"provider": "google", "redirect_uri": "https://a.example/#here"},
        {"provider": "google", "redirect_uri": "https://[a.example/"},
        {"provider": "google", "redirect_uri": "https://a.example/\n"},
        {"provider": "google", "redirect_uri": None},
        {},
    ],
    ids=str,
)
def test_registers_no_nonsense(simulator: SimulatorProcess, body: object) -> None:
    assert _post(simulator, "clients", body).status_code == 400


@pytest.mark.parametrize("offset", ["60", None, True, float("inf"), float("nan"), 1e12])
def test_refuses_an_impossible_clock(simulator: SimulatorProcess, offset: object) -> None:
    assert _post(simulator, "clock", {"offset": offset}).status_code == 400


def test_remembers_requests_but_never_what_was_in_them(
    simulator: SimulatorProcess, demo: Client
) -> None:
    demo.tokens()

    first, second = simulator.requests()

    assert (first["provider"], first["method"], first["path"]) == (
        "demo",
        "POST",
        "/demo/authorize",
    )
    assert second["path"] == "/demo/token"
    assert set(first) == {"provider", "method", "path", "connection"}
    simulator.forget_requests()
    assert simulator.requests() == []


def test_tells_connections_apart(simulator: SimulatorProcess, demo: Client) -> None:
    for _ in range(2):
        demo.metadata()
    requests.get(f"{demo.base_url}/jwks", timeout=5)

    first, second, other = (request["connection"] for request in simulator.requests())

    assert first == second != other


def test_reset_puts_everything_back(simulator: SimulatorProcess, demo: Client) -> None:
    token = demo.tokens()["access_token"]
    simulator.arm("deny", times=None)
    simulator.register("demo", "https://a.example/")
    simulator.set_clock(1000)

    simulator.reset()

    assert simulator.requests() == []
    assert simulator.overview()["armed"] == []
    assert "https://a.example/" not in simulator.providers()["demo"]["redirect_uris"]
    assert demo.api("/userinfo", token).status_code == 401
    assert "access_token" in demo.tokens()


@pytest.mark.parametrize(
    ("method", "name"),
    [
        *(("POST", ""), ("GET", "faults"), ("GET", "clients")),
        *(("GET", "clock"), ("POST", "requests"), ("GET", "reset")),
    ],
)
def test_refuses_other_methods(simulator: SimulatorProcess, method: str, name: str) -> None:
    response = requests.request(method, f"{simulator.url}/control/{name}", timeout=5)

    assert response.status_code == 405


def _post(simulator: SimulatorProcess, name: str, body: Any) -> requests.Response:
    return requests.post(f"{simulator.url}/control/{name}", data=json.dumps(body), timeout=5)
