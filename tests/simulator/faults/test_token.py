import json

import pytest
from requests import Response

from simulator.process import SimulatorProcess
from tests.simulator.client import Client


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        ("no_access_token", "access_token", None),
        ("odd_token_type", "token_type", "mac"),
        ("odd_expires_in", "expires_in", "soon"),
    ],
)
def test_a_member_of_the_answer_is_wrong(
    simulator: SimulatorProcess, provider: Client, fault: str, name: str, value: str | None
) -> None:
    response = _answer(simulator, provider, fault)
    assert response.status_code == 200
    assert response.json().get(name) == value
    assert "scope" in response.json()


@pytest.mark.parametrize(
    ("fault", "content_type"),
    [
        ("json_as_html", "text/html; charset=utf-8"),
        ("json_as_form", "application/x-www-form-urlencoded"),
    ],
)
def test_a_good_answer_has_another_content_type(
    simulator: SimulatorProcess, provider: Client, fault: str, content_type: str
) -> None:
    response = _answer(simulator, provider, fault)
    assert response.headers["Content-Type"] == content_type
    assert response.json()["access_token"]


def test_a_member_is_there_twice(simulator: SimulatorProcess, provider: Client) -> None:
    response = _answer(simulator, provider, "duplicate_member")
    names = [name for name, _ in json.loads(response.content, object_pairs_hook=list)]
    assert names.count("access_token") == 2


def test_a_member_is_there_twice_in_githubs_form_too(
    simulator: SimulatorProcess, github: Client
) -> None:
    simulator.arm("duplicate_member")
    github.http.headers["Accept"] = "*/*"
    form = {"code": github.code(), "client_id": github.client_id, "code_verifier": ""}
    text = github.post(github.token_endpoint, form).text
    assert text.count("access_token=") == 1
    assert text.startswith("access_token=another&error=")


def test_deep_json_fits_into_the_limit_and_into_no_parser(
    simulator: SimulatorProcess, provider: Client
) -> None:
    response = _answer(simulator, provider, "deep_json")
    assert b"[" * 10_000 + b"]" * 10_000 in response.content
    assert len(response.content) < 65_536


def test_garbage_is_no_json(simulator: SimulatorProcess, provider: Client) -> None:
    response = _answer(simulator, provider, "garbage")
    assert response.headers["Content-Type"] == "application/json"
    with pytest.raises(ValueError, match="Expecting value"):
        response.json()


def _answer(simulator: SimulatorProcess, provider: Client, fault: str) -> Response:
    simulator.arm(fault, provider.slug)
    return provider.redeem(provider.code())
