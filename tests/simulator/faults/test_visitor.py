from typing import Any

import pytest

from simulator.process import SimulatorProcess
from tests.simulator.client import Client


@pytest.mark.parametrize(
    ("fault", "sub"),
    [
        ("null_id", None),
        ("empty_id", ""),
        ("list_id", ["6f1d8c0e-alice"]),
        ("number_sub", 70100101),
        ("long_sub", "6f1d8c0e-alice".ljust(300, "x")),
    ],
)
def test_the_sub_is_told_wrong_in_the_id_token_and_in_userinfo(
    simulator: SimulatorProcess, demo: Client, fault: str, sub: object
) -> None:
    simulator.arm(fault, "demo")
    tokens = demo.tokens()
    assert demo.unverified(tokens["id_token"])[1]["sub"] == sub
    assert demo.api("/userinfo", tokens["access_token"]).json()["sub"] == sub


@pytest.mark.parametrize(
    ("fault", "id_"),
    [
        ("null_id", None),
        ("empty_id", ""),
        ("list_id", [70100101]),
        ("text_id", "70100101"),
        ("zero_id", 0),
        ("negative_id", -1),
    ],
)
def test_the_id_is_told_wrong_by_githubs_api(
    simulator: SimulatorProcess, github: Client, fault: str, id_: object
) -> None:
    simulator.arm(fault, "github")
    assert _github(github, "/user")["id"] == id_


def test_two_people_have_the_same_id_that_is_none(
    simulator: SimulatorProcess, github: Client
) -> None:
    simulator.arm("null_id", "github", times=2)
    profiles = [_github(github, "/user", person) for person in ("alice", "bob")]
    assert [profile["id"] for profile in profiles] == [None, None]
    assert profiles[0]["login"] != profiles[1]["login"]


def test_nothing_is_said_of_an_address_that_there_is_not(
    simulator: SimulatorProcess, issuer: Client, github: Client
) -> None:
    simulator.arm("no_email", times=None)
    tokens = issuer.tokens("bob")
    told = issuer.unverified(tokens["id_token"])[1] | issuer.userinfo(tokens["access_token"])
    assert not {"email", "email_verified"} & told.keys()
    assert _github(github, "/user", "bob")["email"] is None
    assert _github(github, "/user/emails", "bob") == []


def test_an_address_is_told_as_not_verified(
    simulator: SimulatorProcess, issuer: Client, github: Client
) -> None:
    simulator.arm("unverified_email", times=None)
    claims = issuer.userinfo(issuer.tokens("bob")["access_token"])
    [listed] = _github(github, "/user/emails", "bob")
    assert (claims["email"], claims["email_verified"]) == ("bob@example.com", False)
    assert (listed["email"], listed["verified"]) == ("bob@example.com", False)


@pytest.mark.parametrize("fault", ["number_sub", "long_sub"])
def test_github_has_no_sub(simulator: SimulatorProcess, fault: str) -> None:
    assert "github" not in simulator.arm(fault)["outcome"]


def _github(github: Client, path: str, person: str = "alice") -> Any:
    return github.api("/api/v3" + path, github.tokens(person)["access_token"]).json()
