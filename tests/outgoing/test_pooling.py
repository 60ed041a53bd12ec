import http.client
import io
import socket
from pathlib import Path
from typing import Any, cast

import pytest

from outgoing import AddressPolicy, ProviderSession
from outgoing.pooling import KNOWN_ORIGINS, Answer
from tests.outgoing.conftest import Serve
from tests.outgoing.servers import OK, always, certificate, pointing_to

LOOPBACK = AddressPolicy(allow_private=False, allow_loopback=True)
PLAIN = {
    "sized": b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\ncontent-length: 2\r\n\r\n{}",
    "chunked": b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "closing": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    "no reason": b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}",
    "as many fields as may be": b"HTTP/1.1 200 OK\r\n%bContent-Length: 0\r\n\r\n"
    % (b"X: y\r\n" * 98),
}
LENGTH = b"Content-Length: 2\r\n"
OTHER = {
    "nothing": b"",
    "other protocol": b"220 smtp ready\r\n\r\n",
    "version": b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "old version": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "no status": b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}",
    "status of two digits": b"HTTP/1.1 99 OK\r\nContent-Length: 2\r\n\r\n{}",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "no content": b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "length and chunked": b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    % LENGTH,
    "length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
    "length list": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}",
    "other coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "folded": b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 2\r\n\r\n{}",
    "space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
    "no colon": b"HTTP/1.1 200 OK\r\nbroken header\r\nContent-Length: 2\r\n\r\n{}",
    "line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "bare return": b"HTTP/1.1 200 OK\r\nX: y\rContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "other bytes": b"HTTP/1.1 200 OK\r\nX: \xe9\r\nContent-Length: 2\r\n\r\n{}",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
    "too many fields": b"HTTP/1.1 200 OK\r\n%bContent-Length: 0\r\n\r\n" % (b"X: y\r\n" * 99),
    "long line": b"HTTP/1.1 200 OK\r\nX: %b\r\n\r\n" % (b"y" * 66_000),
}


class Bytes:
    """Stands for a socket that these bytes have come from."""

    def __init__(self, received: bytes) -> None:
        self.received = received

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(cast("io.RawIOBase", io.BytesIO(self.received)))


def read(kind: type[http.client.HTTPResponse], received: bytes, method: str) -> list[Any]:
    """Return all that a head says and the bytes after it, or why it was refused."""
    response = kind(cast("socket.socket", Bytes(received)), method=method)
    try:
        response.begin()
    except (http.client.HTTPException, OSError) as error:
        return [type(error), str(error)]
    names = ("version", "status", "code", "reason", "chunked", "length", "will_close")
    fields = response.headers.items()
    return [*(getattr(response, name) for name in names), fields, response.fp.read()]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("received", (PLAIN | OTHER).values(), ids=(PLAIN | OTHER).keys())
def test_reads_and_refuses_a_head_as_http_client_does(received: bytes, method: str) -> None:
    assert read(Answer, received, method) == read(http.client.HTTPResponse, received, method)


@pytest.mark.parametrize(
    ("received", "is_plain"),
    [*((head, True) for head in PLAIN.values()), *((head, False) for head in OTHER.values())],
    ids=(PLAIN | OTHER).keys(),
)
def test_leaves_a_head_that_is_not_plain_to_http_client(
    received: bytes, is_plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Answer] = []

    def note(answer: Answer) -> None:
        asked.append(answer)

    monkeypatch.setattr(http.client.HTTPResponse, "begin", note)
    Answer(cast("socket.socket", Bytes(received)), method="GET").begin()
    assert (asked == []) is is_plain


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
