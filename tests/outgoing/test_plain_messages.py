import http.client
import io
import socket
from typing import Any, cast

import pytest

from outgoing.plain_messages import Answer, plain_request

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


WITHOUT_BODY = ("no content", "not modified")
ALIKE = {name: head for name, head in (PLAIN | OTHER).items() if name not in WITHOUT_BODY}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("received", ALIKE.values(), ids=ALIKE.keys())
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


@pytest.mark.parametrize("name", WITHOUT_BODY)
def test_a_connection_is_not_used_again_after_a_head_without_a_body(name: str) -> None:
    """What follows would be read as the answer to the next request."""
    answer = Answer(cast("socket.socket", Bytes(OTHER[name])), method="GET")
    answer.begin()
    assert answer.will_close


@pytest.mark.parametrize("interim", [b"102 Processing", b"103 Early Hints", b"199 Wait"])
def test_an_interim_answer_is_not_the_answer(interim: bytes) -> None:
    received = b"HTTP/1.1 %b\r\nLink: </x>\r\n\r\n" % interim + PLAIN["sized"]
    answer = Answer(cast("socket.socket", Bytes(received)), method="POST")
    answer.begin()
    assert (answer.status, answer.read()) == (200, b"{}")


def test_nobody_asked_for_another_protocol() -> None:
    received = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + PLAIN["sized"]
    assert read(Answer, received, "GET") == [http.client.BadStatusLine, "101"]


OURS = {"User-Agent": "Signet", "Accept-Encoding": "identity"}
NOT_PLAIN: dict[str, tuple[str, str, str, dict[str, Any], object]] = {
    "method": ("HEAD", "/", "a", OURS, None),
    "address of a proxy": ("GET", "http://a/", "a", OURS, None),
    "line in the target": ("GET", "/ HTTP/1.1\r\nX: y", "a", OURS, None),
    "sign in the target": ("GET", "/%41", "a", OURS, None),
    "IPv6": ("GET", "/", "::1", OURS, None),
    "capital": ("GET", "/", "A", OURS, None),
    "no length": ("POST", "/", "a", OURS, None),
    "body without a length": ("GET", "/", "a", OURS, "b"),
    "body in pieces": ("POST", "/", "a", OURS | {"Content-Length": "1"}, iter([b"a"])),
    "coding": ("POST", "/", "a", OURS | {"Transfer-Encoding": "chunked"}, None),
    "no agent": ("GET", "/", "a", {"Accept-Encoding": "identity"}, None),
    "line in a field": ("GET", "/", "a", OURS | {"X": "y\r\nZ: z"}, None),
    "line at the end": ("GET", "/", "a", OURS | {"X": "y\n"}, None),
    "name of a field": ("GET", "/", "a", OURS | {"X: Y": "z"}, None),
    "field without a name": ("GET", "/", "a", OURS | {"": "y"}, None),
    "bytes": ("GET", "/", "a", OURS | {"X": b"y"}, None),
}


@pytest.mark.parametrize("request_", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_leaves_a_request_that_is_not_plain_to_http_client(
    request_: tuple[str, str, str, dict[str, Any], object],
) -> None:
    assert plain_request(*request_) is None


def test_writes_head_and_body() -> None:
    headers = OURS | {"Content-Length": "2"}
    head = "POST /token?a=b HTTP/1.1\r\nHost: a.example:8443\r\nUser-Agent: Signet\r\n"
    rest = "Accept-Encoding: identity\r\nContent-Length: 2\r\n\r\n"
    request = plain_request("POST", "/token?a=b", "a.example:8443", headers, "\xe9")
    assert request == f"{head}{rest}\xe9".encode()
