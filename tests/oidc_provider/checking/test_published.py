"""The check of what an app finds at our own address."""

import time
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from pytest_django import Settings

from oidc_provider.checking import examine
from oidc_provider.checking.published import certificate, discovery, endpoints, keys
from oidc_provider.models import App
from protocol.errors import OutgoingError
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.conftest import BASE_URL
from tests.oauth_client.doctor.cases import nowhere
from tests.oidc_provider.checking.cases import (
    DISCOVERY,
    JWKS,
    OK,
    PROBLEM,
    UNKNOWN,
    USERINFO,
    WARNING,
    checked,
    outcomes,
    publish,
)
from tests.outgoing.conftest import Serve
from tests.outgoing.servers import certificate as made_certificate
from tests.outgoing.servers import pointing_to, silence

pytestmark = pytest.mark.django_db


@responses.activate
def test_what_this_site_publishes_is_right(grafana: App) -> None:
    publish()
    app = checked(grafana)
    assert outcomes([*discovery(app), *endpoints(app), *keys(app)]) == [OK] * 3


@responses.activate
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 404}, "doesn't answer as Signet does. (status 404)"),
        ({"status": 301, "headers": {"Location": "/x"}}, "don't follow redirects"),
        ({"body": "<html>"}, "Something other than Signet"),
        ({"json": {"issuer": "https://other.example"}}, "belongs to https://other.example"),
        ({"json": {"issuer": "x" * 501}}, "names no issuer"),
        ({"json": {"issuer": BASE_URL}}, "has other addresses than this site"),
    ],
    ids=["not-passed-on", "redirect", "no-json", "another-issuer", "long-issuer", "no-endpoints"],
)
def test_a_wrong_discovery_document_is_a_problem(
    grafana: App, answer: dict[str, Any], words: str
) -> None:
    responses.get(DISCOVERY, **answer)
    responses.get(JWKS, json={"keys": []})
    report = examine(grafana, resolve=nowhere)
    found = [each for each in report.findings if each.check == "Discovery"]
    assert found[-1].outcome is PROBLEM
    assert words in found[-1].cause


@responses.activate
@pytest.mark.parametrize(
    "failure",
    [requests.ConnectionError(), requests.Timeout()],
    ids=["no-connection", "no-answer-in-time"],
)
def test_an_own_address_that_cannot_be_reached_from_here_is_unknown(
    grafana: App, failure: Exception
) -> None:
    responses.get(DISCOVERY, body=failure)
    report = examine(grafana, resolve=nowhere)
    (found,) = (each for each in report.findings if each.check == "Discovery")
    assert (found.outcome, found.value) == (UNKNOWN, BASE_URL)


@responses.activate
@pytest.mark.parametrize(
    ("status", "headers"),
    [(200, {}), (404, {}), (401, {"WWW-Authenticate": "Basic"})],
    ids=["a-page", "unknown", "a-password-of-the-proxy"],
)
def test_a_proxy_that_keeps_the_endpoints_is_a_problem(
    grafana: App, status: int, headers: dict[str, str]
) -> None:
    responses.get(USERINFO, status=status, headers=headers)
    (found,) = endpoints(checked(grafana))
    assert (found.outcome, found.value) == (PROBLEM, USERINFO)


@responses.activate
def test_without_a_key_that_every_app_knows_nobody_can_sign_in(grafana: App) -> None:
    SigningKey.objects.filter(purpose=SigningKey.Purpose.ID_TOKEN).delete()
    keyring.forget()
    publish()
    app = checked(grafana)
    list(discovery(app))
    assert outcomes(keys(app)) == [PROBLEM]


def test_without_the_document_no_key_is_looked_for(grafana: App) -> None:
    assert outcomes(keys(checked(grafana))) == [UNKNOWN]


def test_this_computer_needs_no_certificate(grafana: App) -> None:
    assert outcomes(certificate(checked(grafana))) == [OK]


def test_behind_a_proxy_of_ours_no_certificate_is_seen(grafana: App, settings: Settings) -> None:
    settings.BASE_URL, settings.OUTGOING_PROXY = "https://signet.example", "http://p.example:1"
    assert outcomes(certificate(checked(grafana))) == [UNKNOWN]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("signet.example", WARNING), ("other.example", PROBLEM)],
    ids=["ends-soon", "another-name"],
)
def test_our_own_certificate_is_checked(
    grafana: App, settings: Settings, serve: Serve, tmp_path: Path, name: str, outcome: str
) -> None:
    context, bundle = made_certificate(tmp_path, name)
    port = serve(silence, context).port
    settings.BASE_URL = f"https://signet.example:{port}"
    app = checked(grafana)
    app.resolve, app.ca_file = pointing_to("127.0.0.1"), bundle
    settings.IS_LOOPBACK = True
    (found,) = _certified(app)
    assert found.outcome is outcome


def test_our_own_certificate_may_be_good(
    grafana: App, settings: Settings, serve: Serve, tmp_path: Path
) -> None:
    context, bundle = made_certificate(tmp_path, "signet.example")
    settings.BASE_URL = f"https://signet.example:{serve(silence, context).port}"
    app = checked(grafana)
    app.resolve, app.ca_file = pointing_to("127.0.0.1"), bundle
    app.now = lambda: time.time() - 365 * 86_400
    settings.IS_LOOPBACK = True
    (found,) = _certified(app)
    assert found.outcome is OK


@responses.activate
def test_keys_that_a_proxy_does_not_pass_on(grafana: App) -> None:
    publish()
    app = checked(grafana)
    list(discovery(app))
    responses.replace(responses.GET, JWKS, status=404)
    assert outcomes(keys(app)) == [PROBLEM]


def _certified(app: Any) -> list[Any]:
    try:
        return list(certificate(app))
    except OutgoingError as error:
        return [app.no_answer(error)]
