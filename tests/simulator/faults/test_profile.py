import pytest
import requests

from simulator.process import SimulatorProcess
from tests.simulator.client import Client
from tests.simulator.faults.received import MEGABYTE, received

API = {"github": "/api/v3/user", "google": "/v1/userinfo", "demo": "/userinfo"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("api_unauthorized", 401),
        ("api_forbidden", 403),
        ("api_too_many_requests", 429),
        ("api_server_error", 500),
        ("api_html", 200),
        ("api_list", 200),
        ("api_deep_json", 200),
    ],
)
def test_the_api_answers(
    simulator: SimulatorProcess, provider: Client, fault: str, status: int
) -> None:
    simulator.arm(fault, provider.slug)
    token = provider.tokens()["access_token"]
    response = provider.api(API[provider.slug], token)
    assert response.status_code == status
    if fault == "api_html":
        assert response.text.startswith("<!DOCTYPE html>")
    if fault == "api_list":
        assert isinstance(response.json(), list)
    if fault == "api_too_many_requests":
        assert response.headers["Retry-After"] == "60"


def test_userinfo_tells_of_somebody_else(simulator: SimulatorProcess, issuer: Client) -> None:
    simulator.arm("other_sub_in_userinfo", issuer.slug)
    tokens = issuer.tokens()
    assert issuer.userinfo(tokens["access_token"])["sub"] == "somebody-else"
    assert issuer.id_token(tokens["id_token"])["sub"] != "somebody-else"


def test_githubs_limit_looks_like_a_refusal(simulator: SimulatorProcess, github: Client) -> None:
    simulator.arm("api_limit")
    response = github.api("/api/v3/user", github.tokens()["access_token"])
    assert response.status_code == 403
    assert response.headers["X-RateLimit-Remaining"] == "0"


def test_github_has_no_page_of_addresses(simulator: SimulatorProcess, github: Client) -> None:
    simulator.arm("no_emails_page")
    token = github.tokens()["access_token"]
    assert github.api("/api/v3/user/emails", token).status_code == 404
    assert github.api("/api/v3/user", token).status_code == 200


def test_the_api_takes_as_long_as_told(simulator: SimulatorProcess, provider: Client) -> None:
    simulator.arm("api_slow", provider.slug, seconds=0.4)
    token = provider.tokens()["access_token"]
    assert provider.api(API[provider.slug], token).elapsed.total_seconds() >= 0.4


def test_the_api_resets_the_connection(simulator: SimulatorProcess, provider: Client) -> None:
    simulator.arm("api_reset", provider.slug)
    token = provider.tokens()["access_token"]
    with pytest.raises(requests.ConnectionError):
        provider.api(API[provider.slug], token)


def test_the_api_does_not_come_to_an_end(simulator: SimulatorProcess, provider: Client) -> None:
    simulator.arm("api_huge", provider.slug)
    token = provider.tokens()["access_token"]
    url = provider.base_url + API[provider.slug]
    headers = {"Authorization": f"Bearer {token}"}
    with provider.get(url, headers=headers, stream=True) as response:
        assert received(response) == 3 * MEGABYTE
