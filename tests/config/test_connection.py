"""A connection on its event loop: what one visitor does, or breaks, harms no other."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from config import worker as workers
from config.connection import Connection
from config.exchange import Pieces
from config.request_reader import MAX_HEAD, READ
from config.threads import Computed
from config.worker import WARN_TIME, Worker

GET = b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
PATIENCE = 5  # seconds
Do = Callable[["Visit"], Awaitable[None]]


@dataclass
class Site:
    """A WSGI application that answers when the test lets it."""

    may_answer: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        self.may_answer.wait(PATIENCE)
        start_response("200 OK", [])
        return [b"late"]


@dataclass
class Visit:
    """A visitor, who is connected to a worker."""

    worker: Worker
    site: Site
    client: socket.socket
    connection: Connection

    async def send(self, data: bytes) -> None:
        await self.worker.loop.sock_sendall(self.client, data)

    async def receive(self) -> bytes:
        return await asyncio.wait_for(self.worker.loop.sock_recv(self.client, 2**16), PATIENCE)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(0, 0, [], None, 30, Config(), None)
    yield worker
    worker.tmp.close()


@pytest.fixture
def visit(worker: Worker) -> Callable[[Do], None]:
    """Run what a visitor does, on the worker's loop."""

    async def run(do: Do) -> None:
        worker.loop, worker.asgi = asyncio.get_running_loop(), Site()
        theirs, ours = socket.socketpair()
        theirs.setblocking(False)
        new = partial(Connection, worker)
        transport, connection = await worker.loop.connect_accepted_socket(new, ours)
        try:
            await do(Visit(worker, worker.asgi, theirs, connection))
        finally:
            worker.asgi.may_answer.set()
            await until(lambda: not worker.computing)
            transport.abort()
            theirs.close()
            await until(lambda: not worker.connections)

    return lambda do: asyncio.run(run(do))


def _nothing() -> Pieces:
    yield b"", False


def fail(*_: object) -> None:
    raise RuntimeError("broken")


def test_a_reader_who_goes_on_does_not_have_a_response_computed_twice(
    visit: Callable[[Do], None],
) -> None:
    async def do(visit: Visit) -> None:
        await visit.send(GET)
        await until(lambda: visit.site.asked)
        visit.connection.pause_writing()
        visit.connection.resume_writing()
        assert visit.worker.computing == 1
        assert visit.connection._deadline == float("inf")
        visit.site.may_answer.set()
        assert (await visit.receive()).endswith(b"late")

    visit(do)


def test_head_gets_no_body_while_too_many_wait(
    visit: Callable[[Do], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "MOST_WAITING", -1000)

    async def do(visit: Visit) -> None:
        await visit.send(GET.replace(b"GET", b"HEAD"))
        refusal = await visit.receive()
        assert refusal.startswith(b"HTTP/1.1 503")
        assert refusal.endswith(b"\r\n\r\n")
        await visit.send(ALIVE)
        assert (await visit.receive()).endswith(b"alive\n")

    visit(do)


@pytest.mark.parametrize("line", [b"A b: c", b"A: %b" % (b"x" * MAX_HEAD)], ids=["400", "431"])
def test_head_gets_no_body_when_it_is_refused(visit: Callable[[Do], None], line: bytes) -> None:
    async def do(visit: Visit) -> None:
        await visit.send(b"HEAD / HTTP/1.1\r\n%b\r\n\r\n" % line)
        refusal = await visit.receive()
        assert refusal.startswith(b"HTTP/1.1 4")
        assert refusal.endswith(b"\r\n\r\n")
        assert await visit.receive() == b""

    visit(do)


# What breaks ends one connection


@pytest.mark.parametrize("name", ["_when_late", "_read_next", "_take", "resume_writing"])
def test_an_error_ends_the_connection_that_it_is_of(
    visit: Callable[[Do], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    async def do(visit: Visit) -> None:
        visit.site.may_answer.set()
        if name == "_when_late":
            visit.connection._expect(-1, fail)
            visit.worker._check()
        elif name == "_read_next":
            monkeypatch.setattr(visit.connection, "_read", fail)
            visit.connection._next += GET
            visit.connection._go_on()
        elif name == "resume_writing":
            monkeypatch.setattr(visit.connection, "_compute", fail)
            visit.connection.is_in_work, visit.connection._pieces = True, _nothing()
            visit.worker.loop.call_soon(visit.connection.resume_writing)
        else:
            monkeypatch.setattr(visit.connection, "_send", fail)
            await visit.send(GET)
        assert await visit.receive() == b""
        await until(lambda: not visit.worker.connections)
        assert visit.worker.computing == 0

    visit(do)
    assert "RuntimeError: broken" in caplog.text


def test_an_error_of_one_connection_does_not_keep_the_others_from_their_deadlines(
    visit: Callable[[Do], None],
) -> None:
    async def do(visit: Visit) -> None:
        late: list[Connection] = []
        visit.connection._expect(-1, fail)
        later = Connection(visit.worker)
        later.transport = visit.connection.transport
        later._expect(-1, lambda: late.append(later))
        visit.worker.connections[later] = None
        visit.worker._check()
        await until(lambda: late)
        del visit.worker.connections[later]

    visit(do)


def test_a_request_that_comes_at_its_deadline_is_answered(visit: Callable[[Do], None]) -> None:
    async def do(visit: Visit) -> None:
        visit.site.may_answer.set()
        visit.connection._expect(-1, visit.connection.end)
        visit.worker._check()
        visit.connection.data_received(GET)
        assert (await visit.receive()).endswith(b"late")

    visit(do)


def test_a_request_that_gets_no_thread_is_not_counted(
    visit: Callable[[Do], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def do(visit: Visit) -> None:
        monkeypatch.setattr(threading.Thread, "start", fail)
        await visit.send(GET)
        assert await visit.receive() == b""
        assert visit.worker.computing == 0
        await until(lambda: not visit.worker.connections)

    visit(do)


def test_what_comes_after_the_end_is_dropped(visit: Callable[[Do], None]) -> None:
    async def do(visit: Visit) -> None:
        await visit.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await until(lambda: visit.site.asked)
        await visit.send(b"x" * (READ + 1))
        await until(lambda: not visit.connection.transport.is_reading())
        visit.site.may_answer.set()
        assert (await visit.receive()).endswith(b"late")
        assert await visit.receive() == b""
        assert visit.connection.transport.is_reading()
        assert not visit.connection._next

    visit(do)


def test_a_response_that_nobody_reads_is_closed_once(
    visit: Callable[[Do], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads that close it at the same time would each find the other at it."""
    left: list[object] = []
    computed = Computed()
    computed.value = b"a piece", True

    async def do(visit: Visit) -> None:
        monkeypatch.setattr(visit.worker.threads, "do", lambda _, pieces, __: left.append(pieces))
        visit.connection._compute(pieces := _nothing())
        visit.connection._pieces = pieces
        visit.connection.transport.abort()
        visit.connection._take(computed)
        await until(lambda: not visit.worker.connections)
        assert left == [pieces, pieces], "once to compute it, and once to close it"

    visit(do)


# The log


def test_headers_that_are_too_large_are_in_the_log_once_a_minute(
    visit: Callable[[Do], None], caplog: pytest.LogCaptureFixture
) -> None:
    async def do(visit: Visit) -> None:
        await visit.send(GET[:-2] + b"A: %b\r\n\r\n" % (b"x" * MAX_HEAD))
        assert (await visit.receive()).startswith(b"HTTP/1.1 431")

    visit(do)
    visit(do)
    assert caplog.text.count("headers too large: address=127.0.0.1") == 1


def test_few_addresses_are_warned_of_and_each_again_after_a_minute(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "MOST_WARNED", 2)
    now = 1000.0
    worker.loop = SimpleNamespace(time=lambda: now)
    assert [worker.may_warn_of(address) for address in "aabca"] == [True, False, True, False, False]
    now += WARN_TIME
    assert worker.may_warn_of("a")
