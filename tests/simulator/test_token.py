"""What all three token endpoints check, each in its own words."""

import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest

from simulator.process import SimulatorProcess
from tests.simulator.client import Client, query

BAD_CODE = {"github": (200, "bad_verification_code"), "google": (400, "invalid_grant")}
BAD_CODE["demo"] = (400, "invalid_grant")
BAD_CLIENT = {"github": (200, "incorrect_client_credentials"), "google": (401, "invalid_client")}
BAD_CLIENT["demo"] = (401, "invalid_client")
OTHER_URI = {"github": (200, "redirect_uri_mismatch"), "google": (400, "redirect_uri_mismatch")}
OTHER_URI["demo"] = (400, "invalid_grant")


def test_answers_a_good_code_with_a_token(provider: Client) -> None:
    response = provider.redeem(provider.code())

    assert response.status_code == 200
    assert response.json()["access_token"]
    assert response.json()["token_type"].lower() == "bearer"
    assert response.headers["Cache-Control"] == "no-store"


def test_takes_the_credentials_by_http_basic(provider: Client) -> None:
    code = provider.code()
    provider.http.auth = (provider.client_id, provider.client_secret)

    answer = provider.redeem(code, client_id=None, client_secret=None).json()

    assert answer["access_token"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_id": "signet-nobody"}, BAD_CLIENT),
        ({"client_secret": "a-guess"}, BAD_CLIENT),
        ({"client_secret": None}, BAD_CLIENT),
        ({"client_secret": "é"}, BAD_CLIENT),
        ({"code": "a-guess"}, BAD_CODE),
        ({"code": None}, BAD_CODE),
        ({"redirect_uri": "http://localhost:8000/"}, OTHER_URI),
        ({"code_verifier": "another-verifier-of-at-least-forty-three-chars"}, BAD_CODE),
        ({"code_verifier": None}, BAD_CODE),
        ({"code_verifier": "é"}, BAD_CODE),
    ],
    ids=lambda value: "-".join(value) if len(value) == 1 else "",
)
def test_refuses(
    provider: Client, changes: dict[str, str | None], expected: dict[str, tuple[int, str]]
) -> None:
    code = provider.code()

    response = provider.redeem(**{"code": code, **changes})

    assert (response.status_code, response.json()["error"]) == expected[provider.slug]
    assert response.json()["error_description"]


def test_refuses_a_verifier_that_no_challenge_asked_for(google: Client) -> None:
    code = google.code(code_challenge=None, code_challenge_method=None)

    assert google.redeem(code).json()["error"] == "invalid_grant"


def test_refuses_a_code_the_second_time_and_ends_its_token(demo: Client) -> None:
    code = demo.code()
    token = demo.redeem(code).json()["access_token"]

    assert demo.redeem(code).json()["error"] == "invalid_grant"
    assert demo.api("/userinfo", token).status_code == 401


def test_redeems_a_code_once_however_many_ask_at_once(provider: Client) -> None:
    code = provider.code()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: provider.redeem(code).json(), range(8)))

    assert sum("access_token" in answer for answer in answers) == 1


def test_a_code_lives_for_sixty_seconds(provider: Client, simulator: SimulatorProcess) -> None:
    early, late = provider.code(), provider.code()

    simulator.set_clock(55)
    assert "access_token" in provider.redeem(early).json()
    simulator.set_clock(61)
    response = provider.redeem(late)

    assert (response.status_code, response.json()["error"]) == BAD_CODE[provider.slug]


def test_refuses_a_code_of_another_provider(google: Client, demo: Client) -> None:
    assert google.redeem(demo.code()).json()["error"] == "invalid_grant"


def test_refuses_another_grant_type(provider: Client) -> None:
    answer = provider.redeem(provider.code(), grant_type="password").json()

    assert answer["error"] == "unsupported_grant_type"


def test_refuses_a_parameter_given_twice(demo: Client) -> None:
    form = [("code", "one"), ("code", "two"), ("client_id", demo.client_id)]

    assert demo.post(demo.token_endpoint, form).json()["error"] == "invalid_request"


def test_answers_post_alone(provider: Client) -> None:
    assert provider.get(provider.token_endpoint).status_code == 405


def test_keeps_connections_open(provider: Client, simulator: SimulatorProcess) -> None:
    code = query(provider.decide())["code"]
    simulator.forget_requests()

    provider.redeem(code)
    provider.redeem(code)

    connections = {request["connection"] for request in simulator.requests()}
    assert len(connections) == 1


def test_a_code_of_nobodys_meets_what_the_next_sign_in_would(
    simulator: SimulatorProcess, provider: Client
) -> None:
    simulator.arm("wrong_secret", provider.slug)
    answers = [provider.redeem("a-code-of-nobodys") for _ in range(2)]

    found = [(answer.status_code, answer.json()["error"]) for answer in answers]
    assert found == [BAD_CLIENT[provider.slug], BAD_CODE[provider.slug]]


def test_every_answer_has_the_time_of_the_simulators_clock(
    simulator: SimulatorProcess, provider: Client
) -> None:
    simulator.set_clock(3600)
    date = provider.redeem("a-code-of-nobodys").headers["Date"]
    assert 3590 < parsedate_to_datetime(date).timestamp() - time.time() < 3610
