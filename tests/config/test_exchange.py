"""What the site is told of a request, and the bytes that a visitor gets of its response."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from config import exchange
from config.exchange import PIECE, Pieces, environ_at, environ_of, leave, next_of, pieces_of, whole

Environ = dict[str, Any]
PLAIN = [("Content-Type", "text/plain")]


class Site:
    """A WSGI application that sends what the test says."""

    def __init__(self, *parts: bytes, status: str = "200 OK", length: int | None = None) -> None:
        self.parts, self.status, self.closed = parts, status, False
        self.headers = PLAIN + ([("Content-Length", str(length))] if length is not None else [])
        self.made = 0

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(self.status, self.headers)
        return self

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.made += 1
            yield part

    def close(self) -> None:
        self.closed = True


def computed(pieces: Pieces) -> tuple[bytes, bool]:
    """Compute a piece in a thread, as the server does: it leaves this one's connection alone."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(next_of, pieces).result()


def sent(site: Any, method: str = "GET", version: str = "HTTP/1.1", **also: Any) -> list[bytes]:
    """Return the pieces that are sent."""
    environ = {"REQUEST_METHOD": method, "SERVER_PROTOCOL": version}
    pieces = pieces_of(site, environ, is_last=also.get("is_last", False))
    sent, more = list[bytes](), True
    while more:
        piece, more = computed(pieces)
        sent.append(piece)
    return sent


def test_what_nobody_reads_is_closed_and_leaves_no_old_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site, looked = Site(b"x" * PIECE, b"y"), list[bool]()
    pieces = pieces_of(site, {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}, is_last=True)
    computed(pieces)
    monkeypatch.setattr(exchange, "close_old_connections", lambda: looked.append(site.closed))
    leave(pieces)
    assert looked == [True]


class Came(BytesIO):
    def makefile(self, *_: Any) -> BytesIO:
        return self


def read(raw: bytes, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Read a response as a client does: status, headers without the date, and body."""
    response = HTTPResponse(Came(raw), method=method)  # type: ignore[arg-type]
    response.begin()
    headers = dict(response.getheaders())
    assert headers.pop("Date").endswith("GMT")
    return response.status, headers, response.read()


# The response


def test_a_small_response_says_its_length() -> None:
    site = Site(b"a", b"b")
    (raw,) = sent(site)
    assert read(raw) == (200, dict(PLAIN) | {"Content-Length": "2"}, b"ab")
    assert site.closed


def test_an_empty_response_says_so() -> None:
    (raw,) = sent(Site())
    assert read(raw) == (200, dict(PLAIN) | {"Content-Length": "0"}, b"")


def test_a_length_is_not_said_twice() -> None:
    (raw,) = sent(Site(b"ab", length=2))
    assert raw.count(b"Content-Length: 2\r\n") == 1


def test_a_response_without_a_body_has_no_length() -> None:
    (raw,) = sent(Site(status="204 No Content", length=0))
    assert read(raw) == (204, dict(PLAIN), b"")
    assert b"Content-Length" not in sent(Site(status="304 Not Modified"))[0]


@pytest.mark.parametrize("length", [None, 9])
def test_head_gets_no_body_and_none_is_made(length: int | None) -> None:
    site = Site(b"a" * PIECE, b"b", length=length)
    (raw,) = sent(site, "HEAD")
    assert read(raw, "HEAD") == (200, dict(site.headers), b"")
    assert (site.made, site.closed) == (0, True)


def test_the_last_response_of_a_connection_says_so() -> None:
    assert b"\r\nConnection: close\r\n" in sent(Site(b"a"), is_last=True)[0]
    assert b"\r\nConnection: close\r\n" in sent(Site(*[b"a" * PIECE] * 2), is_last=True)[0]
    assert b"Connection" not in sent(Site(b"a"))[0]


def test_a_large_response_is_sent_in_chunks_as_it_is_made() -> None:
    site = Site(*[b"a" * 1000] * 200)
    pieces = pieces_of(
        site, {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}, is_last=False
    )
    first, more = computed(pieces)
    assert (site.made, more, site.closed) == (33, True, False)
    rest = [computed(pieces) for _ in range(6)]
    assert [more for _, more in rest] == [True] * 5 + [False]
    _, headers, body = read(first + b"".join(piece for piece, _ in rest))
    assert (headers["Transfer-Encoding"], body) == ("chunked", b"a" * 200_000)
    assert site.closed


def test_a_large_response_that_fills_its_pieces_ends() -> None:
    assert read(b"".join(sent(Site(*[b"a" * PIECE] * 2))))[2] == b"a" * PIECE * 2


def test_a_large_response_of_known_length_is_sent_as_it_is() -> None:
    parts = [b"a" * PIECE] * 3
    _, headers, body = read(b"".join(sent(Site(*parts, length=PIECE * 3))))
    assert (headers["Content-Length"], body) == (str(PIECE * 3), b"".join(parts))
    assert "Transfer-Encoding" not in headers


def test_an_old_client_gets_no_chunks() -> None:
    raw = b"".join(sent(Site(*[b"a" * PIECE] * 2), version="HTTP/1.0", is_last=True))
    _, headers, body = read(raw)
    assert ("Transfer-Encoding" in headers, body) == (False, b"a" * PIECE * 2)


def test_a_list_of_parts_needs_no_end() -> None:
    def site(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [b"a"]

    assert read(b"".join(sent(site)))[2] == b"a"


@pytest.mark.parametrize(
    "site",
    [
        Site(b"abc", length=2),
        Site(b"abc", length=4),
        Site(*[b"a" * PIECE] * 2, length=PIECE),
        Site(*[b"a" * PIECE] * 2, length=PIECE * 3),
    ],
    ids=["longer", "shorter", "longer, in pieces", "shorter, in pieces"],
)
def test_a_body_of_another_length_than_it_says_is_an_error(site: Site) -> None:
    with pytest.raises(ValueError, match="the site sends"):
        sent(site)
    assert site.closed


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b=c", "a\nb", "a\0"])
def test_a_header_that_would_end_its_line_is_an_error(value: str) -> None:
    site = Site(b"a")
    site.headers = [("X-A", value)]
    with pytest.raises(ValueError, match="control character"):
        sent(site)


def test_a_site_that_fails_says_so() -> None:
    def site(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        sent(site)


def test_who_goes_leaves_nothing_open() -> None:
    site = Site(*[b"a" * PIECE] * 9)
    pieces = pieces_of(
        site, {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}, is_last=False
    )
    computed(pieces)
    other = threading.Thread(target=pieces.close)
    other.start()
    other.join()
    assert (site.made, site.closed) == (1, True)


def test_what_is_remembered_is_sent_whole() -> None:
    raw = whole(("200 OK", PLAIN, b"known"), is_last=False, is_head=False)
    assert read(raw) == (200, dict(PLAIN) | {"Content-Length": "5"}, b"known")


def test_head_gets_no_body_of_a_response_that_has_one() -> None:
    raw = whole(("503 Busy", PLAIN, b"busy"), is_last=False, is_head=True)
    assert raw.endswith(b"\r\n\r\n")
    assert read(raw, "HEAD") == (503, dict(PLAIN), b"")


# The request


def head(target: bytes = b"/", *headers: tuple[bytes, bytes], **other: Any) -> Any:
    """A head as gunicorn has parsed it."""
    parsed = {"method": b"GET", "path": target, "http_version": (1, 1), "headers": headers}
    return SimpleNamespace(**(parsed | other))


def environ(parsed: Any) -> Environ:
    return environ_of(parsed, environ_at(("192.0.2.7", 4711), ("127.0.0.1", 8000)))


def test_an_environ_says_what_was_asked_and_by_whom() -> None:
    asked = environ(head(b"/a%2Fb/%C3%A4?q=%C3%A4?", (b"host", b"localhost:8000")))
    assert {name: value for name, value in asked.items() if name.isupper()} == {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a/b/Ã¤",
        "QUERY_STRING": "q=%C3%A4?",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "192.0.2.7",
        "REMOTE_PORT": "4711",
        "HTTP_HOST": "localhost:8000",
    }
    assert environ(head(http_version=(1, 0)))["SERVER_PROTOCOL"] == "HTTP/1.0"


def test_an_environ_has_nothing_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPT_NAME", "/elsewhere")
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    assert "hunter2" not in str(environ(head()))
    assert environ(head())["SCRIPT_NAME"] == ""


def test_headers_of_one_name_are_joined() -> None:
    headers = [(b"cookie", b"a=b"), (b"x-forwarded-for", b"\xe9"), (b"cookie", b"c=d")]
    headers.append((b"x-forwarded-for", b"10.0.0.1"))
    asked = environ(head(b"/", *headers, (b"content-type", b"text/plain")))
    assert asked["HTTP_COOKIE"] == "a=b; c=d"
    assert asked["HTTP_X_FORWARDED_FOR"] == "é,10.0.0.1"
    assert asked["CONTENT_TYPE"] == "text/plain"


def test_a_header_that_could_be_mistaken_for_another_is_dropped() -> None:
    asked = environ(head(b"/", (b"x_forwarded_for", b"192.0.2.1"), (b"content_length", b"1")))
    assert not {"HTTP_X_FORWARDED_FOR", "CONTENT_LENGTH"} & set(asked)


def test_requests_of_a_connection_share_nothing() -> None:
    here = environ_at(("192.0.2.7", 4711), ("127.0.0.1", 8000))
    first, second = environ_of(head(b"/", (b"a", b"b")), here), environ_of(head(), here)
    assert "HTTP_A" not in second
    assert first["wsgi.input"] is not second["wsgi.input"]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://mallory.example/a?b", "/a"),
        (b"http://mallory.example", "/"),
        (b"/a://b/c", "/a://b/c"),
        (b"//a/b", "//a/b"),
        (b"*", "*"),
    ],
    ids=repr,
)
def test_the_path_of_a_whole_url_is_read(target: bytes, path: str) -> None:
    assert environ(head(target))["PATH_INFO"] == path


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/a%FFb", "/a\ufffdb"),
        (b"/a\xffb", "/a\ufffdb"),
        (b"/%ED%A0%80", "/\ufffd\ufffd\ufffd"),
        (b"/%C3%A4%C3", "/\xe4\ufffd"),
    ],
    ids=repr,
)
def test_a_path_of_broken_text_is_mended(target: bytes, path: str) -> None:
    """Django takes up to 48 ms for what is broken; each such path is 404."""
    mended = environ(head(target))["PATH_INFO"].encode("latin-1")
    assert mended.decode() == path


@pytest.mark.parametrize("client", ["", "/run/nginx.sock", b"\0nginx"], ids=repr)
def test_who_comes_through_a_unix_socket_is_on_this_machine(client: object) -> None:
    here = environ_at(client, "/run/signet.sock")
    assert (here["REMOTE_ADDR"], here["SERVER_NAME"]) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize("processes", [1, 3])
def test_an_environ_tells_of_several_processes(settings: Settings, processes: int) -> None:
    settings.WEB_CONCURRENCY = processes
    assert environ(head())["wsgi.multiprocess"] is (processes > 1)


def test_after_the_last_piece_comes_nothing() -> None:
    site = Site(b"a" * PIECE, b"b")
    environ = {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}
    assert [more for _, more in pieces_of(site, environ, is_last=False)] == [True, False]
    assert site.closed
