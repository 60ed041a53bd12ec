from concurrent.futures import ThreadPoolExecutor

import pytest
from requests import Response

from simulator.process import SimulatorProcess
from tests.simulator.client import Client, query

# How a provider's own words translate into the outcome that is published.
SIGNET_CODES = {
    "bad_verification_code": "invalid_grant",
    "incorrect_client_credentials": "invalid_client",
}


@pytest.mark.parametrize(
    "fault",
    [
        "deny",
        "wrong_secret",
        "unregistered_redirect_uri",
        "expired_code",
        "reused_code",
        "server_error",
        "detour",
    ],
)
def test_a_sign_in_ends_as_published(
    simulator: SimulatorProcess, provider: Client, fault: str
) -> None:
    armed = simulator.arm(fault, provider.slug)

    assert _outcome(provider) == armed["outcome"][provider.slug]
    assert _outcome(provider) == "signed_in"  # the next one is well again


def test_counts_down_the_sign_ins(simulator: SimulatorProcess, provider: Client) -> None:
    simulator.arm("reused_code", times=2)

    outcomes = [_outcome(provider) for _ in range(3)]

    assert outcomes == ["invalid_grant", "invalid_grant", "signed_in"]


def test_stays_until_cleared(simulator: SimulatorProcess, demo: Client) -> None:
    simulator.arm("deny", times=None)

    assert [_outcome(demo) for _ in range(3)] == ["access_denied"] * 3
    simulator.clear_faults()
    assert _outcome(demo) == "signed_in"


def test_a_counted_fault_comes_before_a_standing_one(
    simulator: SimulatorProcess, demo: Client
) -> None:
    simulator.arm("deny", times=None)
    simulator.arm("wrong_secret")

    assert [_outcome(demo) for _ in range(2)] == ["invalid_client", "access_denied"]


def test_leaves_other_providers_alone(
    simulator: SimulatorProcess, github: Client, demo: Client
) -> None:
    simulator.arm("wrong_secret", "github", times=None)

    assert _outcome(demo) == "signed_in"
    assert _outcome(github) == "invalid_client"


def test_is_not_used_up_where_it_cannot_happen(
    simulator: SimulatorProcess, github: Client, demo: Client
) -> None:
    simulator.arm("alg_none", "*")

    assert _outcome(github) == "signed_in"
    [armed] = simulator.overview()["armed"]
    assert "Armed" not in github.ask().text
    assert armed["outcome"] == dict.fromkeys(("google", "demo"), "signature_invalid")
    assert demo.tokens()["id_token"].endswith(".")


def test_travels_with_its_code(simulator: SimulatorProcess, demo: Client) -> None:
    simulator.arm("expired_code")
    marked, spared = demo.code("alice"), demo.code("bob")

    assert demo.redeem(spared).status_code == 200
    assert demo.redeem(marked).json()["error"] == "invalid_grant"


def test_hits_as_many_parallel_sign_ins_as_told(simulator: SimulatorProcess, demo: Client) -> None:
    simulator.arm("wrong_secret", times=5)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: _outcome(demo), range(20)))

    assert sorted(outcomes) == ["invalid_client"] * 5 + ["signed_in"] * 15


def test_a_refused_form_uses_nothing_up(simulator: SimulatorProcess, demo: Client) -> None:
    simulator.arm("wrong_secret")

    demo.decide("eve")

    assert _outcome(demo) == "invalid_client"


def test_the_page_says_what_is_armed(simulator: SimulatorProcess, provider: Client) -> None:
    simulator.arm("server_error")

    assert "Armed: <strong>Server error</strong>" in provider.ask().text


def _outcome(client: Client) -> str:
    """Walk through a sign-in as a browser would and say how it ends."""
    url = client.authorization_url()
    page = client.get(url, allow_redirects=False)
    if page.is_redirect and "error=" in page.headers["Location"]:
        return query(page)["error"]
    if page.status_code == 400:
        return "stays_at_provider"
    url = page.headers.get("Location", url)
    form = {"person": "alice", "decision": "allow"}
    back = client.post(url, form, allow_redirects=False)
    answer = query(back)
    return answer.get("error") or _token_outcome(client.redeem(answer["code"]))


def _token_outcome(response: Response) -> str:
    if response.status_code >= 500:
        return "provider_unavailable"
    error: str = response.json().get("error", "signed_in")
    return SIGNET_CODES.get(error, error)
