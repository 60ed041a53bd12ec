import gzip
import io
import socket
import struct
from pathlib import Path
from typing import Any

import pytest

from outgoing import AddressPolicy, ProviderSession
from outgoing.pooling import KNOWN_ORIGINS
from protocol.errors import ErrorCode, OutgoingError
from tests.outgoing.conftest import Serve
from tests.outgoing.servers import OK, Server, always, certificate, pointing_to

LOOPBACK = AddressPolicy(allow_private=False, allow_loopback=True)


def test_sends_head_and_body_in_one_piece(serve: Serve, session: ProviderSession) -> None:
    server = serve(always(OK))
    session.post(server.url, {"code": "1"})
    session.post(server.url, {"code": "\xe9"})
    assert [each.partition(b"\r\n\r\n")[2] for each in server.requests] == [
        b"code=1",
        b"code=%C3%A9",
    ]


def test_sends_a_body_of_unknown_length_piece_by_piece(
    serve: Serve, session: ProviderSession
) -> None:
    server = serve(always(OK))
    session.post(server.url, iter([b"a"]))
    assert b"Transfer-Encoding: chunked" in server.requests[0]


def test_keeps_the_connections_of_each_host_apart(serve: Serve) -> None:
    server = serve(always(OK))
    hosts = [f"host{number}.example:{server.port}" for number in range(KNOWN_ORIGINS + 2)]
    with ProviderSession(LOOPBACK, resolve=pointing_to("127.0.0.1")) as session:
        for host in hosts * 2:
            session.get(f"http://{host}/op")
            assert f"Host: {host}\r\n".encode() in server.requests[-1]
        assert len(session._adapter._found) == KNOWN_ORIGINS
    assert server.accepted == len(hosts)


def test_takes_no_answer_that_came_before_the_question(serve: Serve, tmp_path: Path) -> None:
    """Bytes after an answer, in one record of TLS, wait in OpenSSL: no socket tells of them."""
    context, bundle = certificate(tmp_path, "127.0.0.1")
    first = OK + b"\0" * (io.DEFAULT_BUFFER_SIZE - len(OK))
    server = serve(always(first + OK.replace(b"{}", b"[]")), context)
    with ProviderSession(LOOPBACK) as session:
        session.verify = bundle
        url = f"https://127.0.0.1:{server.port}/"
        assert [session.get(url).content for _ in range(2)] == [b"{}", b"{}"]
    assert server.accepted == 2


def test_opens_connections_again_that_were_all_closed(
    serve: Serve, session: ProviderSession
) -> None:
    server = serve(always(OK))
    session.get(server.url)
    session.close()
    assert session.get(server.url).status_code == 200
    assert server.accepted == 2


REQUESTS = {
    "GET": ("GET", {}),
    "POST of a form": ("POST", {"data": {"code": "1", "redirect_uri": "http://a/\xe9"}}),
    "POST of bytes": ("POST", {"data": b"\xff"}),
    "POST of nothing": ("POST", {}),
    "other fields": ("GET", {"headers": {"Authorization": "Bearer a.b-c_d", "Accept": "*/*"}}),
    "no plain method": ("PUT", {"data": "a"}),
    "no plain value": ("GET", {"headers": {"Authorization": "Bearer \xe9"}}),
    "Host of its own": ("GET", {"headers": {"Host": "other.example"}}),
}


@pytest.mark.parametrize(("method", "options"), REQUESTS.values(), ids=REQUESTS.keys())
@pytest.mark.parametrize("path", ["", "a/b-c.d?e=f&g=%20"])
def test_sends_the_same_over_a_kept_connection_as_over_a_new_one(
    serve: Serve, session: ProviderSession, path: str, method: str, options: dict[str, Any]
) -> None:
    server = serve(always(OK))
    for _ in range(2):
        session.request(method, server.url + path, **options)
    assert server.accepted == 1
    assert server.requests[0] == server.requests[1]


@pytest.mark.parametrize("closing", [b"", b"220 smtp ready\r\n\r\n"], ids=["nothing", "no HTTP"])
def test_fails_if_a_kept_connection_ends_before_the_head(
    serve: Serve, session: ProviderSession, closing: bytes
) -> None:
    def answer(server: Server, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(OK)
        server.read_request(connection)
        connection.sendall(closing)

    server = serve(answer)
    session.post(server.url)
    with pytest.raises(OutgoingError) as failure:
        session.post(server.url)
    assert failure.value.code == ErrorCode.CONNECTION_FAILED
    assert server.accepted == 1


def test_opens_a_connection_again_after_an_answer_that_closes_it(
    serve: Serve, session: ProviderSession
) -> None:
    answers = iter([OK, OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), OK])

    def answer(server: Server, connection: socket.socket) -> None:
        while server.read_request(connection):
            connection.sendall(next(answers))

    server = serve(answer)
    assert [session.get(server.url).content for _ in range(3)] == [b"{}"] * 3
    assert server.accepted == 2


GZIPPED = gzip.compress(b"{}", mtime=0)
HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "short": HEAD + b"Content-Type: a/b\r\nContent-Length: 2\r\n\r\n{}",
    "empty": HEAD + b"Content-Length: 0\r\n\r\n",
    "error": b"HTTP/1.1 500 Oh \r\nContent-Length: 2\r\n\r\n{}",
    "long": HEAD + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000,
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "encoded": HEAD
    + b"Content-Encoding: gzip\r\nContent-Length: 22\r\n\r\n"
    + gzip.compress(b"{}", mtime=0),
    "field twice": HEAD + b"A: b\r\na: c\r\nContent-Length: 2\r\n\r\n{}",
    "redirect that leads nowhere": b"HTTP/1.1 303 OK\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_reads_the_same_over_a_kept_connection_as_over_a_new_one(
    serve: Serve, session: ProviderSession, answer: bytes
) -> None:
    server = serve(always(answer))
    first, second = (session.get(server.url) for _ in range(2))
    assert server.accepted == 1
    for response in (first, second):
        response.connection.close()
    names = ("status_code", "reason", "headers", "content", "encoding", "url", "text")
    assert [getattr(first, name) for name in names] == [getattr(second, name) for name in names]
    assert not second.cookies


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("is_reset", [True, False], ids=["reset", "closed"])
def test_a_body_that_ends_early_is_a_failure_and_not_asked_for_again(
    *, serve: Serve, session: ProviderSession, method: str, is_reset: bool
) -> None:
    def answer(server: Server, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(OK)
        server.read_request(connection)
        connection.sendall(OK[:-1])
        server.stopped.wait(0.1)
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    server = serve(answer)
    session.request(method, server.url)
    with pytest.raises(OutgoingError) as failure:
        session.request(method, server.url)
    assert failure.value.code == ErrorCode.CONNECTION_FAILED
    assert server.accepted == 1


def test_a_body_that_comes_in_pieces_is_read_to_its_end(
    serve: Serve, session: ProviderSession
) -> None:
    def answer(server: Server, connection: socket.socket) -> None:
        while server.read_request(connection):
            for piece in (OK[:10], OK[10:-1], OK[-1:]):
                connection.sendall(piece)
                server.stopped.wait(0.02)

    server = serve(answer)
    assert [session.get(server.url).content for _ in range(3)] == [b"{}"] * 3
    assert server.accepted == 1


def test_a_short_body_can_be_too_large(serve: Serve, session: ProviderSession) -> None:
    server = serve(always(OK))
    session.get(server.url)
    with pytest.raises(OutgoingError) as failure:
        session.request("GET", server.url, max_bytes=1)
    assert failure.value.code == ErrorCode.RESPONSE_TOO_LARGE
