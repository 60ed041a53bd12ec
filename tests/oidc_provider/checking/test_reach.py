"""The check of the app's own address, and of the clocks."""

from typing import Any

import pytest
import requests
import responses
from django.utils.http import http_date

from oidc_provider.checking.published import discovery
from oidc_provider.checking.reach import clock, launch_url
from oidc_provider.models import App
from tests.oauth_client.doctor.cases import NOW
from tests.oidc_provider.checking.cases import (
    DISCOVERY,
    OK,
    PROBLEM,
    UNKNOWN,
    WARNING,
    checked,
    outcomes,
)

pytestmark = pytest.mark.django_db
HERE = "https://grafana.example/"


@responses.activate
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 200}, OK),
        ({"status": 302, "headers": {"Location": "/login"}}, OK),
        ({"status": 401}, OK),
        ({"status": 502}, WARNING),
        ({"body": "x" * 2_000_000}, OK),
        ({"body": requests.ConnectionError()}, UNKNOWN),
        ({"body": requests.Timeout()}, UNKNOWN),
        ({"body": requests.exceptions.SSLError()}, UNKNOWN),
    ],
    ids=["page", "redirect", "login", "error", "large", "no-connection", "slow", "certificate"],
)
def test_what_only_a_browser_can_reach_is_no_problem(
    grafana: App, answer: dict[str, Any], outcome: str
) -> None:
    responses.get(HERE, **answer)
    assert outcomes(launch_url(checked(grafana))) == [outcome]


@pytest.mark.parametrize(
    "address",
    ["http://10.1.2.3/", "http://grafana.lan/", "http://169.254.169.254/", ""],
    ids=["private", "plain-http", "metadata", "none"],
)
def test_an_address_that_signet_may_not_ask_is_unknown(grafana: App, address: str) -> None:
    """No request is sent: `responses` is off, and the network is not there."""
    assert outcomes(launch_url(checked(grafana, launch_url=address))) == [UNKNOWN]


@responses.activate
@pytest.mark.parametrize(
    ("ahead", "outcome"), [(0, OK), (-7, WARNING), (62, PROBLEM), (-3600, PROBLEM)]
)
@pytest.mark.parametrize("address", [HERE, DISCOVERY], ids=["app", "own"])
def test_judges_how_far_the_clocks_are_apart(
    grafana: App, address: str, ahead: int, outcome: str
) -> None:
    responses.get(address, status=404, headers={"Date": http_date(NOW + ahead)})
    app = checked(grafana)
    list(launch_url(app) if address == HERE else discovery(app))
    assert outcomes(clock(app)) == [outcome]


def test_without_an_answer_the_time_is_unknown(grafana: App) -> None:
    assert outcomes(clock(checked(grafana))) == [UNKNOWN]


@responses.activate
def test_the_clock_of_the_app_counts_more_than_our_own(grafana: App) -> None:
    responses.get(DISCOVERY, status=404, headers={"Date": http_date(NOW)})
    responses.get(HERE, headers={"Date": http_date(NOW - 3600)})
    app = checked(grafana)
    list(discovery(app))
    list(launch_url(app))
    (found,) = clock(app)
    assert (found.outcome, "ahead of the app's" in found.cause) == (PROBLEM, True)
