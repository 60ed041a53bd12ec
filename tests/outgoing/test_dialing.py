import logging
import socket
from pathlib import Path

import pytest
import requests

from outgoing import AddressPolicy, ProviderSession, deadline
from outgoing.addresses import Address
from outgoing.dialing import Dialer
from outgoing.pooling import Adapter, HTTPConnection, HTTPPool
from outgoing.watchdog import calling
from protocol.errors import ErrorCode, OutgoingError
from tests.outgoing.conftest import Serve
from tests.outgoing.servers import OK, Server, always, certificate, once, pointing_to, silence

LOOPBACK = AddressPolicy(allow_private=False, allow_loopback=True)
STRICT = AddressPolicy(allow_private=False, allow_loopback=False)


def failure(session: ProviderSession, url: str) -> OutgoingError:
    with pytest.raises(OutgoingError) as failed, deadline(1):
        session.get(url)
    return failed.value


def secured(server: Server, bundle: str, *addresses: str) -> ProviderSession:
    session = ProviderSession(LOOPBACK, resolve=pointing_to(*addresses or ("127.0.0.1",)))
    session.verify = bundle
    return session


def test_keeps_name_and_certificate_while_the_address_is_pinned(
    serve: Serve, tmp_path: Path
) -> None:
    context, bundle = certificate(tmp_path, "login.example")
    names: list[str] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = serve(always(OK), context)
    with secured(server, bundle) as session:
        response = session.get(f"https://login.example:{server.port}/")
    assert response.json() == {}
    assert names == ["login.example"]
    assert f"Host: login.example:{server.port}".encode() in server.requests[0]
    session.close()


def test_refuses_a_certificate_for_another_name(serve: Serve, tmp_path: Path) -> None:
    context, bundle = certificate(tmp_path, "login.example")
    server = serve(always(OK), context)
    failed = failure(secured(server, bundle), f"https://other.example:{server.port}/?code=s3cret")
    assert failed.code == ErrorCode.TLS_FAILURE
    assert "Hostname mismatch" in failed.detail
    assert "s3cret" not in str(failed)


def test_refuses_a_certificate_of_a_stranger(serve: Serve, tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, "127.0.0.1")
    server = serve(always(OK), context)
    failed = failure(ProviderSession(LOOPBACK), f"https://127.0.0.1:{server.port}/")
    assert failed.code == ErrorCode.TLS_FAILURE


def test_refuses_a_server_that_speaks_no_tls(serve: Serve) -> None:
    server = serve(once(b"HTTP/1.0 400 Bad Request\r\n\r\n"))
    session = ProviderSession(LOOPBACK)
    server.answer = lambda _, connection: connection.sendall(b"220 ready\r\n")
    assert failure(session, f"https://127.0.0.1:{server.port}/").code == ErrorCode.TLS_FAILURE


def test_checks_certificates_even_if_told_not_to(serve: Serve, tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, "127.0.0.1")
    server = serve(always(OK), context)
    session = ProviderSession(LOOPBACK)
    session.verify = False
    failed = failure(session, f"https://127.0.0.1:{server.port}/")
    assert failed.code == ErrorCode.TLS_FAILURE


def test_cuts_a_tls_handshake_that_hangs(serve: Serve, quick: None) -> None:
    server = serve(silence)
    with pytest.raises(OutgoingError) as failed, deadline(0.3):
        ProviderSession(LOOPBACK).get(f"https://127.0.0.1:{server.port}/")
    assert failed.value.code == ErrorCode.TIMEOUT


def test_cuts_a_secured_answer_that_drips(serve: Serve, tmp_path: Path, quick: None) -> None:
    context, bundle = certificate(tmp_path, "login.example")

    def drip_after_the_first(server: Server, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(OK)
        server.read_request(connection)
        while not server.stopped.wait(0.02):
            connection.sendall(b"H")

    server = serve(drip_after_the_first, context)
    session = secured(server, bundle)
    session.get(f"https://login.example:{server.port}/")
    with pytest.raises(OutgoingError) as failed, deadline(0.3):
        session.get(f"https://login.example:{server.port}/")
    assert failed.value.code == ErrorCode.TIMEOUT
    assert server.accepted == 1


@pytest.mark.parametrize(
    ("policy", "scheme", "addresses"),
    [
        (STRICT, "https", ["127.0.0.1"]),
        (STRICT, "https", ["1.1.1.1", "127.0.0.1"]),
        (STRICT, "https", ["2606:4700::1111", "::ffff:10.0.0.1"]),
        (LOOPBACK, "http", ["127.0.0.1", "10.0.0.1"]),
        (LOOPBACK, "http", ["1.1.1.1"]),
        (LOOPBACK, "https", ["127.0.0.1", "169.254.169.254"]),
    ],
)
def test_refuses_a_name_with_one_forbidden_address(
    serve: Serve, policy: AddressPolicy, scheme: str, addresses: list[str]
) -> None:
    server = serve(always(OK))
    session = ProviderSession(policy, resolve=pointing_to(*addresses))
    failed = failure(session, f"{scheme}://rebinding.example:{server.port}/")
    assert failed.code == ErrorCode.ADDRESS_REFUSED
    assert server.accepted == 0


def test_goes_on_to_the_next_address(serve: Serve) -> None:
    server = serve(always(OK))
    session = ProviderSession(LOOPBACK, resolve=pointing_to("::1", "127.0.0.2", "127.0.0.1"))
    assert session.get(f"http://name.example:{server.port}/").status_code == 200
    session.close()


def test_takes_the_address_families_in_turn(serve: Serve) -> None:
    server = serve(always(OK))
    addresses = ["::1"] * 9 + ["127.0.0.1"]
    session = ProviderSession(LOOPBACK, resolve=pointing_to(*addresses))
    assert session.get(f"http://name.example:{server.port}/").status_code == 200
    session.close()


@pytest.mark.parametrize("addresses", [["127.0.0.1", "127.0.0.2"], []], ids=["refused", "none"])
def test_says_when_no_address_answers(serve: Serve, addresses: list[str]) -> None:
    server = serve(always(OK))
    server.close()
    session = ProviderSession(LOOPBACK, resolve=pointing_to(*addresses))
    url = f"http://name.example:{server.port}/"
    assert failure(session, url).code == ErrorCode.CONNECTION_FAILED


def test_does_not_wait_for_an_address_that_does_not_answer(quick: None) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as filler:
        filler.connect(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        with pytest.raises(OutgoingError) as failed, deadline(0.3):
            ProviderSession(LOOPBACK).get(url)
    assert failed.value.code == ErrorCode.TIMEOUT


def test_tells_an_address_that_does_not_answer_from_one_that_refuses() -> None:
    dialer = Dialer(LOOPBACK, pointing_to("127.0.0.1"))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as filler:
        filler.connect(full.getsockname())
        with pytest.raises(OutgoingError) as failed, calling():
            dialer.dial("name.example", full.getsockname()[1], "http", 0.1)
    assert failed.value.code == ErrorCode.TIMEOUT


@pytest.mark.parametrize("error", [socket.gaierror(-2), TimeoutError(), UnicodeError()], ids=repr)
def test_says_when_a_name_is_not_resolved(error: Exception) -> None:
    def fail(host: str, port: int, limit: float) -> list[Address]:
        assert 0 < limit <= 2
        raise error

    failed = failure(ProviderSession(LOOPBACK, resolve=fail), "https://name.example/")
    assert failed.code == ErrorCode.DNS_FAILURE
    assert failed.detail.startswith("name.example")


def test_sends_through_a_proxy_what_the_proxy_may_judge(serve: Serve) -> None:
    proxy = serve(always(OK))
    policy = AddressPolicy(allow_private=True, allow_loopback=False)
    session = ProviderSession(policy, proxy=proxy.url)
    assert session.get("http://unknown.invalid/path?a=1").status_code == 200
    assert proxy.requests[0].startswith(b"GET http://unknown.invalid/path?a=1 HTTP/1.1\r\n")
    session.close()


def test_checks_the_certificate_through_a_proxy_s_tunnel(serve: Serve, tmp_path: Path) -> None:
    context, bundle = certificate(tmp_path, "login.example")

    def tunnel(server: Server, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as end:
            always(OK)(server, end)

    proxy = serve(tunnel)
    session = ProviderSession(STRICT, proxy=proxy.url)
    session.verify = bundle
    assert session.get("https://login.example/").status_code == 200
    assert proxy.requests[0].startswith(b"CONNECT login.example:443 ")
    assert failure(session, "https://other.example/").code == ErrorCode.TLS_FAILURE
    session.close()


def test_says_when_a_proxy_refuses(serve: Serve) -> None:
    proxy = serve(once(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"))
    session = ProviderSession(STRICT, proxy=proxy.url)
    assert failure(session, "https://login.example/").code == ErrorCode.CONNECTION_FAILED


def test_keeps_targets_out_of_every_log(
    serve: Serve, session: ProviderSession, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(once(b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n{}"))
    with caplog.at_level(logging.DEBUG):
        session.get(server.url, params={"access_token": "s3cret"})
        requests.get(server.url, {"access_token": "another"}, timeout=2)
    assert "s3cret" not in caplog.text
    assert "another" in caplog.text


def idle_connection(server: Server) -> tuple[HTTPPool, HTTPConnection]:
    pool = HTTPPool("127.0.0.1", server.port, dialer=Dialer(LOOPBACK, pointing_to("127.0.0.1")))
    connection: HTTPConnection = pool._get_conn()
    connection.connect()
    return pool, connection


def test_takes_a_connection_from_the_watchdog_before_another_call_can_have_it(serve: Serve) -> None:
    server = serve(always(OK))
    with calling() as call:
        pool, connection = idle_connection(server)
        pool._put_conn(connection)
        call.cut()
    with calling():
        assert pool._get_conn() is connection
        assert not connection.is_closed
        connection.close()


def test_closes_a_connection_that_was_cut_before_another_call_can_have_it(serve: Serve) -> None:
    server = serve(always(OK))
    with calling() as call:
        pool, connection = idle_connection(server)
        call.cut()
        pool._put_conn(connection)
        assert connection.is_closed


def test_opens_a_fresh_connection_where_an_idle_one_has_failed(serve: Serve) -> None:
    server = serve(always(OK))
    with calling():
        pool, connection = idle_connection(server)
        pool._put_conn(connection)
    with calling() as call:
        call.fresh = True
        assert pool._get_conn().is_closed


def test_opens_no_connection_outside_a_session(serve: Serve) -> None:
    server = serve(always(OK))
    adapter = Adapter(Dialer(LOOPBACK, pointing_to("127.0.0.1")))
    with pytest.raises(LookupError):
        adapter.send(requests.Request("GET", server.url).prepare())
    assert server.accepted == 0
