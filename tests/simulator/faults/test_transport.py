import socket
import time
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from simulator.process import SimulatorProcess
from tests.simulator.client import VERIFIER, Client
from tests.simulator.faults.received import MEGABYTE, received


@pytest.mark.parametrize(("fault", "status"), [("server_error", 500), ("bad_gateway", 502)])
def test_an_error_is_a_page(
    simulator: SimulatorProcess, provider: Client, fault: str, status: int
) -> None:
    simulator.arm(fault)

    response = provider.redeem(provider.code())

    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")


def test_too_many_requests_asks_for_a_pause(simulator: SimulatorProcess, provider: Client) -> None:
    simulator.arm("too_many_requests")

    response = provider.redeem(provider.code())

    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")


def test_a_redirect_keeps_the_method_and_leads_to_another_host(
    simulator: SimulatorProcess, demo: Client
) -> None:
    simulator.arm("redirect")

    response = _redeemed_unfollowed(demo)

    assert response.status_code == 307
    assert response.headers["Location"] == demo.token_endpoint.replace("127.0.0.1", "localhost")


def test_slow_takes_as_long_as_told(simulator: SimulatorProcess, provider: Client) -> None:
    armed = simulator.arm("slow", seconds=0.4)
    code = provider.code()

    start = time.monotonic()
    response = provider.redeem(code)

    assert 0.4 <= time.monotonic() - start < 3
    assert "access_token" in response.json()
    assert set(armed["outcome"].values()) == {"signed_in"}


@pytest.mark.parametrize(("seconds", "outcome"), [(9, "signed_in"), (9.1, "timeout")])
def test_slow_publishes_what_its_seconds_lead_to(
    simulator: SimulatorProcess, seconds: float, outcome: str
) -> None:
    armed = simulator.arm("slow", "demo", seconds=seconds)

    assert armed["outcome"] == {"demo": outcome}


def test_headers_drip_and_do_not_end(simulator: SimulatorProcess, provider: Client) -> None:
    begun = _bytes(simulator, provider, "dripped_headers", seconds=0.8)

    assert begun.startswith(b"HTTP/1.1 200 OK\r\nX-Drip: drop drop ")
    assert b"\r\n\r\n" not in begun


def test_the_body_drips_and_does_not_end(simulator: SimulatorProcess, provider: Client) -> None:
    begun = _bytes(simulator, provider, "dripped_body", seconds=0.8)

    head, _, body = begun.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 65536" in head
    assert body.startswith(b"{  ")
    assert len(body) < 10


def test_three_hundred_megabytes_come_without_a_length(
    simulator: SimulatorProcess, provider: Client
) -> None:
    simulator.arm("huge")
    code = provider.code()
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}

    with provider.post(provider.token_endpoint, form, stream=True) as response:
        assert "Content-Length" not in response.headers
        assert received(response) == 3 * MEGABYTE


def test_the_answer_is_of_another_protocol(simulator: SimulatorProcess, provider: Client) -> None:
    answer = _bytes(simulator, provider, "no_http", seconds=5)

    assert answer == b"220 mail.example ESMTP ready\r\n"


def test_the_connection_is_reset_instead_of_an_answer(
    simulator: SimulatorProcess, provider: Client
) -> None:
    with pytest.raises(ConnectionResetError):
        _bytes(simulator, provider, "reset", seconds=5)


@pytest.mark.parametrize("fault", ["dripped_headers", "dripped_body", "huge", "no_http", "reset"])
def test_the_simulator_lives_on(simulator: SimulatorProcess, demo: Client, fault: str) -> None:
    simulator.arm(fault)
    with _asked(demo, demo.code()):
        pass

    assert "access_token" in demo.tokens()


def _redeemed_unfollowed(client: Client) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": client.code()}
    return client.post(client.token_endpoint, form, allow_redirects=False)


def _bytes(simulator: SimulatorProcess, client: Client, fault: str, seconds: float) -> bytes:
    """Return what the wire carries within so many seconds, or until the provider hangs up."""
    simulator.arm(fault)
    end = time.monotonic() + seconds
    data = b""
    with _asked(client, client.code()) as connection:
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            try:
                piece = connection.recv(65_536)
            except TimeoutError:
                break
            if not piece:
                break
            data += piece
    return data


def _asked(client: Client, code: str) -> socket.socket:
    """Send the access token request in its bytes."""
    endpoint = urlsplit(client.token_endpoint)
    body = urlencode({"grant_type": "authorization_code", "code": code})
    head = (
        f"POST {endpoint.path} HTTP/1.1",
        f"Host: {endpoint.netloc}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "",
        body,
    )
    connection = socket.create_connection((str(endpoint.hostname), int(endpoint.port or 0)), 5)
    connection.sendall("\r\n".join(head).encode())
    return connection
