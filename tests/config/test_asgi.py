"""The bridge from an event loop to the site, with visitors who send and read as a test says."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from config import asgi
from config.asgi import PIECE, ThreadedSite, environ_of

Environ = dict[str, Any]
Message = dict[str, Any]
GONE = {"type": "http.disconnect"}
FORM = [(b"content-length", b"5")]
CHUNKED = [(b"transfer-encoding", b"chunked")]


def scope(method: str = "POST", path: bytes = b"/", **other: Any) -> Message:
    """Describe a request as the server does."""
    return {
        "method": method,
        "raw_path": path,
        "query_string": b"",
        "http_version": "1.1",
        "headers": [],
        "client": ("192.0.2.7", 4711),
        "server": ("127.0.0.1", 8000),
    } | other


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class Site:
    """A WSGI application that notes what it gets, and sends what the test says."""

    def __init__(self, *pieces: bytes, status: str = "200 OK") -> None:
        self.pieces, self.status, self.headers = pieces, status, [("Content-Type", "text/plain")]
        self.got: list[tuple[str, bytes]] = []  # length and body
        self.threads: list[str] = []
        self.closed = threading.Event()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.got.append((environ.get("CONTENT_LENGTH", ""), environ["wsgi.input"].read()))
        start_response(self.status, self.headers)
        return self

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.threads.append(threading.current_thread().name)
            yield piece

    def close(self) -> None:
        self.closed.set()


def sent(site: Any, asked: Message, *parts: Message, memory: Any = None) -> list[Message]:
    """Let the visitor send these parts and then stop. Return what is sent to the visitor."""

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        await asyncio.sleep(60)
        raise AssertionError("nobody waits for so long")

    async def send(message: Message) -> None:
        messages.append(message)

    waiting, messages = list(parts), list[Message]()
    bridge = ThreadedSite(site, 2, *([memory] if memory else []))
    asyncio.run(bridge(asked, receive, send))
    return messages


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "BODY_TIME", 0.05)


# The body


@pytest.mark.parametrize("headers", [FORM, CHUNKED], ids=["length", "chunks"])
def test_the_site_gets_a_whole_body(headers: list[tuple[bytes, bytes]]) -> None:
    site = Site(b"ok")
    sent(site, scope(headers=headers), part(b"ab", more=True), part(b"cde"))
    assert site.got == [("5", b"abcde")]


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("headers", "length"), [(FORM, "5"), (CHUNKED, "3")], ids=["length", "chunks"]
)
def test_a_body_that_stops_is_shorter_than_it_says(
    headers: list[tuple[bytes, bytes]], length: str
) -> None:
    site = Site(b"ok")
    sent(site, scope(headers=headers), part(b"ab", more=True))
    assert site.got == [(length, b"ab")]


def test_a_body_that_says_it_is_too_large_is_not_waited_for() -> None:
    site = Site(b"ok")
    sent(site, scope(headers=[(b"content-length", b"65537")]))
    assert site.got == [("65537", b"")]


def test_of_too_many_chunks_no_more_is_read_than_shows_it() -> None:
    site = Site(b"ok")
    sent(site, scope(headers=CHUNKED), *[part(b"a" * 40_000, more=True)] * 2)
    assert int(site.got[0][0]) > 65_536


def test_nobody_is_answered_who_has_gone() -> None:
    site = Site(b"ok")
    assert sent(site, scope(headers=FORM), part(b"ab", more=True), GONE) == []
    assert not site.got


# The response


def test_a_small_response_says_its_length() -> None:
    start, body = sent(Site(b"a", b"b"), scope("GET"))
    assert start["status"] == 200
    assert start["headers"] == [(b"Content-Type", b"text/plain"), (b"Content-Length", b"2")]
    assert body == {"type": "http.response.body", "body": b"ab", "more_body": False}


def test_a_length_is_not_said_twice() -> None:
    site = Site(b"ab")
    site.headers = [("Content-Length", "2")]
    start, _ = sent(site, scope("GET"))
    assert start["headers"] == [(b"Content-Length", b"2")]


def test_a_large_response_is_sent_in_pieces_that_are_computed_in_threads() -> None:
    site = Site(*[b"a" * 1000] * 200)
    start, *pieces = sent(site, scope("GET"))
    assert start["headers"] == [(b"Content-Type", b"text/plain")]
    assert [len(piece["body"]) for piece in pieces] == [66_000, 66_000, 66_000, 2000]
    assert [piece["more_body"] for piece in pieces] == [True, True, True, False]
    assert {name.partition("_")[0] for name in site.threads} == {"request"}
    assert site.closed.is_set()


def test_head_gets_no_body_and_none_is_made() -> None:
    site = Site(b"a" * PIECE, b"b")
    start, body = sent(site, scope("HEAD"))
    assert (start["headers"], body["body"]) == ([(b"Content-Type", b"text/plain")], b"")
    assert not site.threads
    assert site.closed.is_set()


def test_a_list_of_pieces_needs_no_end() -> None:
    def site(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    start, body = sent(site, scope("GET"))
    assert (start["status"], start["headers"], body["body"]) == (204, [], b"")


def test_a_thread_that_fails_says_so() -> None:
    def site(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        sent(site, scope("GET"))


def test_what_is_remembered_needs_no_thread() -> None:
    def memory(environ: Environ) -> Any:
        known = ("200 OK", [("Content-Type", "text/plain")], b"known")
        return known if environ["PATH_INFO"] == "/known" else None

    site = Site(b"asked")
    bodies = [
        sent(site, scope("GET", path), memory=memory)[1]["body"] for path in (b"/known", b"/")
    ]
    assert bodies == [b"known", b"asked"]
    assert len(site.got) == 1


def leave(site: Any, send: Callable[[Message], Awaitable[None]], begun: threading.Event) -> None:
    """Ask, and go as soon as something has begun."""

    async def receive() -> Message:
        raise AssertionError("there is no body")

    async def visit() -> None:
        asking = asyncio.create_task(ThreadedSite(site, 2)(scope("GET"), receive, send))
        await asyncio.to_thread(begun.wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(visit())


def test_who_goes_while_nothing_is_read_leaves_nothing_open() -> None:
    begun = threading.Event()

    async def send(message: Message) -> None:
        begun.set()
        await asyncio.sleep(60)

    site = Site(*[b"a" * PIECE] * 9)
    leave(site, send, begun)
    assert site.closed.wait(20)
    assert len(site.threads) == 1


def test_who_goes_while_a_thread_computes_leaves_nothing_open() -> None:
    begun, released = threading.Event(), threading.Event()

    class Slow(Site):
        def __iter__(self) -> Iterator[bytes]:
            begun.set()
            released.wait(20)
            yield b"a" * PIECE

    async def send(message: Message) -> None:
        raise AssertionError("there is nobody")

    site = Slow()
    threading.Timer(0.2, released.set).start()
    leave(site, send, begun)
    assert site.closed.wait(20)


# The environ


def test_an_environ_says_what_was_asked_and_by_whom() -> None:
    query = {"query_string": b"q=%C3%A4", "headers": [(b"host", b"localhost:8000")]}
    environ = environ_of(scope("GET", b"/a%2Fb/%C3%A4", **query))
    assert {name: value for name, value in environ.items() if name.isupper()} == {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a/b/Ã¤",
        "QUERY_STRING": "q=%C3%A4",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "192.0.2.7",
        "REMOTE_PORT": "4711",
        "HTTP_HOST": "localhost:8000",
    }


def test_an_environ_has_nothing_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPT_NAME", "/elsewhere")
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    assert "hunter2" not in str(environ_of(scope()))
    assert environ_of(scope())["SCRIPT_NAME"] == ""


def test_headers_of_one_name_are_joined() -> None:
    headers = [(b"cookie", b"a=b"), (b"x-forwarded-for", b"\xe9"), (b"cookie", b"c=d")]
    environ = environ_of(scope(headers=[*headers, (b"content-type", b"text/plain")]))
    assert environ["HTTP_COOKIE"] == "a=b,c=d"
    assert environ["HTTP_X_FORWARDED_FOR"] == "é"
    assert environ["CONTENT_TYPE"] == "text/plain"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://mallory.example/a?b", "/a?b"),
        (b"http://mallory.example", "/"),
        (b"/a://b/c", "/a://b/c"),
        (b"//a/b", "//a/b"),
        (b"*", "*"),
    ],
    ids=repr,
)
def test_the_path_of_a_whole_url_is_read(target: bytes, path: str) -> None:
    assert environ_of(scope(path=target))["PATH_INFO"] == path


def test_who_comes_through_a_unix_socket_is_on_this_machine() -> None:
    environ = environ_of(scope(client=None, server=("/", "r")))
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"]) == ("127.0.0.1", "127.0.0.1")


@pytest.mark.parametrize("processes", [1, 3])
def test_an_environ_tells_of_several_processes(settings: Settings, processes: int) -> None:
    settings.WEB_CONCURRENCY = processes
    assert environ_of(scope())["wsgi.multiprocess"] is (processes > 1)
