import re
from html import escape

import pytest
import requests

from simulator.process import SimulatorProcess


def test_the_front_page_shows_the_stage(simulator: SimulatorProcess) -> None:
    page = _get(simulator, "/").text

    assert f"{simulator.url}/google" in page
    assert "signet-demo" in page
    assert "Mallory Mason" in page
    assert "No fault is armed" in page
    assert "<script" not in page


def test_every_fault_is_offered_under_its_heading(simulator: SimulatorProcess) -> None:
    page = _get(simulator, "/").text

    for fault in simulator.faults().values():
        heading = page.index(escape(fault["group"]))
        assert heading < page.index(f'value="{fault["name"]}"')
    assert page.count("<details") == page.count("<summary") == 7


def test_says_where_a_fault_ends_and_where_it_cannot_happen(simulator: SimulatorProcess) -> None:
    page = _get(simulator, "/").text

    assert _ending(page, "deny") == "access_denied"
    assert _ending(page, "alg_none") == "Google and Demo OpenID Provider signature_invalid"
    assert _ending(page, "other_sub_in_userinfo") == (
        "Google signed in Demo OpenID Provider subject_mismatch"
    )


def test_says_which_faults_wait_for_a_restart(simulator: SimulatorProcess) -> None:
    simulator.arm("no_token_endpoint")

    page = _get(simulator, "/").text

    assert page.count("Restart the site first") == 3
    assert page.count("It waits until the discovery document is read again") == 1


def test_arms_a_fault_by_its_form(simulator: SimulatorProcess) -> None:
    form = {
        "action": "arm",
        "fault": "slow",
        "slow.seconds": "0.5",
        "provider": "demo",
        "times": "cleared",
    }

    response = requests.post(f"{simulator.url}/", form, timeout=5)

    [armed] = simulator.overview()["armed"]
    assert armed["parameters"] == {"seconds": 0.5}
    assert (armed["provider"], armed["times"]) == ("demo", None)
    assert "until cleared" in response.text


def test_clears_faults_by_its_form(simulator: SimulatorProcess) -> None:
    simulator.arm("deny")

    requests.post(f"{simulator.url}/", {"action": "clear"}, timeout=5)

    assert simulator.overview()["armed"] == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"fault": "earthquake", "provider": "*"},
        {"fault": "deny", "provider": "gitlab"},
        {"fault": "alg_none", "provider": "github"},
        {"fault": "slow", "provider": "*", "slow.seconds": "long"},
        {"fault": "slow", "provider": "*", "slow.seconds": "nan"},
    ],
    ids=str,
)
def test_says_what_is_wrong_with_a_form(simulator: SimulatorProcess, form: dict[str, str]) -> None:
    response = requests.post(f"{simulator.url}/", form, timeout=5)

    assert response.status_code == 400
    assert 'role="alert"' in response.text


def test_shows_the_last_requests_without_their_queries(simulator: SimulatorProcess) -> None:
    _get(simulator, "/demo/authorize?state=a-secret-state")

    page = _get(simulator, "/").text

    assert "GET /demo/authorize" in page
    assert "a-secret-state" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/people/eve.png",
        "/static/../pages.py",
        "/static/..%2fpages.py",
        "/github/api/v3/users",
        "/%00",
    ],
)
def test_has_a_page_for_what_is_not_there(simulator: SimulatorProcess, path: str) -> None:
    response = _get(simulator, path)

    assert response.status_code == 404
    assert "This page does not exist" in response.text


@pytest.mark.parametrize(
    "path", ["/", "/static/simulator.css", "/people/bob.png", "/control/", "/nowhere"]
)
def test_every_answer_says_how_long_it_is(simulator: SimulatorProcess, path: str) -> None:
    response = _get(simulator, path)

    assert int(response.headers["Content-Length"]) == len(response.content)
    assert response.headers.get("Connection") != "close"


def test_answers_no_other_host(simulator: SimulatorProcess) -> None:
    headers = {"Host": "rebound.example"}

    assert requests.get(f"{simulator.url}/", headers=headers, timeout=5).status_code == 400


def _ending(page: str, fault: str) -> str:
    """Return what stands under a fault, without its marks."""
    row = page.partition(f'value="{fault}"')[2].partition("</label>")[0]
    return " ".join(re.sub("<[^>]+>", " ", row.partition('class="outcomes">')[2]).split())


def _get(simulator: SimulatorProcess, path: str) -> requests.Response:
    return requests.get(simulator.url + path, timeout=5)
