import ssl
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from oauth_client.doctor.network import dns, tls
from oauth_client.doctor.subject import Subject
from outgoing.dialing import Resolve
from protocol.flow import AuthorizationServer
from tests.fakes import ISSUER, add_provider
from tests.oauth_client.doctor.cases import OK, PROBLEM, UNKNOWN, WARNING, nowhere, outcomes
from tests.outgoing.conftest import Serve
from tests.outgoing.servers import always, certificate, pointing_to, silence

pytestmark = pytest.mark.django_db
DAY = 86400


def at(url: str, resolve: Resolve, ca_file: str = "", days: float = 0) -> Subject:
    """Return a provider that is asked at one address alone, on a day before or after today."""
    provider = add_provider(client_secret="s3cret")
    found = Subject(
        provider, resolve=resolve, now=lambda: time.time() + days * DAY, ca_file=ca_file
    )
    found.issuer = None
    found.server = AuthorizationServer(url, f"{url}/token")
    return found


@pytest.mark.parametrize(
    ("addresses", "outcome"),
    [
        (["8.8.8.8"], OK),
        (["8.8.8.8", "2606:4700:4700::1111"], OK),
        (["127.0.0.1"], OK),
        (["8.8.8.8", "10.0.0.1"], PROBLEM),
        (["169.254.169.254"], PROBLEM),
    ],
)
def test_every_address_of_a_name_is_judged(addresses: list[str], outcome: str) -> None:
    assert outcomes(dns(at(ISSUER, pointing_to(*addresses)))) == [outcome]


def test_a_name_that_is_not_known_is_a_problem() -> None:
    assert outcomes(dns(at(ISSUER, nowhere))) == [PROBLEM]


def test_the_hosts_are_those_of_all_endpoints_once_each() -> None:
    found = at(ISSUER, nowhere)
    found.server = AuthorizationServer(ISSUER, f"{ISSUER}:8443/token", jwks_uri=f"{ISSUER}/jwks")
    assert len(list(dns(found))) == 2


def test_without_endpoints_nothing_is_known() -> None:
    found = at(ISSUER, nowhere)
    found.server = None
    assert outcomes(dns(found)) == [UNKNOWN]


@pytest.mark.parametrize("check", [dns, tls])
def test_behind_a_proxy_nothing_is_known(settings: Settings, check: object) -> None:
    settings.OUTGOING_PROXY = "http://proxy.example:3128"
    found = at(ISSUER, nowhere)
    assert outcomes(dns(found) if check is dns else tls(found)) == [UNKNOWN]


@pytest.mark.parametrize(
    ("resolve", "outcome"),
    [(pointing_to("127.0.0.1"), OK), (pointing_to("10.0.0.1"), WARNING), (nowhere, WARNING)],
    ids=["this-machine", "our-network", "nowhere"],
)
def test_plain_http_is_enough_on_this_machine_alone(resolve: Resolve, outcome: str) -> None:
    assert outcomes(tls(at("http://op.example", resolve))) == [outcome]


@pytest.mark.parametrize(
    ("days", "outcome"), [(-30, OK), (-12, WARNING), (0, WARNING)], ids=["far", "soon", "tomorrow"]
)
def test_a_certificate_is_trusted_until_it_ends(
    serve: Serve, tmp_path: Path, days: int, outcome: str
) -> None:
    context, bundle = certificate(tmp_path, "op.example")
    url = f"https://op.example:{serve(silence, context).port}"
    found = at(url, pointing_to("127.0.0.1"), bundle, days)
    assert outcomes(tls(found)) == [outcome]


def test_a_certificate_for_another_name_is_a_problem(serve: Serve, tmp_path: Path) -> None:
    context, bundle = certificate(tmp_path, "other.example")
    url = f"https://op.example:{serve(silence, context).port}"
    (found,) = tls(at(url, pointing_to("127.0.0.1"), bundle))
    assert found.outcome is PROBLEM
    assert "Hostname mismatch" in found.cause


@pytest.mark.parametrize("speaks_tls", [True, False], ids=["unknown-authority", "no-tls"])
def test_what_nobody_vouches_for_is_a_problem(
    serve: Serve, tmp_path: Path, speaks_tls: bool
) -> None:
    context: ssl.SSLContext | None = certificate(tmp_path, "op.example")[0]
    server = serve(silence, context) if speaks_tls else serve(always(b"220 ready\r\n"))
    found = at(f"https://op.example:{server.port}", pointing_to("127.0.0.1"))
    assert outcomes(tls(found)) == [PROBLEM]
