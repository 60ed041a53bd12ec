"""Nobody waits for somebody else, although more connections stall than there are threads."""

import resource
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from config.connection import READ_TIME
from config.worker import MOST_WAITING
from providers.models import Provider
from sessions.models import User
from tests.processes import crowd, site
from tests.processes.conftest import SITES, new_refresh_token
from tests.processes.crowd import IN, LoadProvider
from tests.processes.site import PATIENCE, Site
from tests.processes.wire import Wire, wires

STALLED = 200
IDLE = 5000
DELAY = 0.2  # seconds
TRIES = 5
LARGE = "GET /static/admin/js/vendor/xregexp/xregexp.js HTTP/1.1"  # 325 KB
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module", autouse=True)
def _many_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def provider() -> Iterator[LoadProvider]:
    with crowd.load_provider() as provider:
        yield provider


@pytest.fixture
def open_site(sites: list[Site], person: User, provider: LoadProvider) -> Site:
    """A site where everybody at the provider can sign in."""
    provider.take(0)
    if not Provider.objects.using(SITES).filter(slug="stalls").exists():
        crowd.add_provider("stalls", f"{provider.origin}/op")
    return sites[0]


def goes_on(running: Site, person: User) -> bool:
    """Tell whether the site answers programs, people and monitoring."""
    token = running.access_token(new_refresh_token(person))
    healthy = running.http.get(f"{running.url}/healthz", timeout=PATIENCE).status_code == 200
    accepted = running.accepts(token) and running.accepts(token) and running.accepts(token)
    return healthy and accepted and crowd.sign_in(running, "stalls", person.name) == IN


def stall_a_head(wire: Wire) -> None:
    wire.write(b"GET /healthz HTTP/1.1\r\nHost: loc")


def stall_a_body(wire: Wire) -> None:
    wire.send("POST /sign-in/stalls/ HTTP/1.1", FORM, "Content-Length: 100", body=b"a=")


def stall_chunks(wire: Wire) -> None:
    wire.send("POST /sign-in/stalls/ HTTP/1.1", FORM, "Transfer-Encoding: chunked", body=b"5\r\na=")


def never_read(wire: Wire) -> None:
    for _ in range(20):  # more than the kernel keeps
        wire.send(LARGE)
    wire.socket.recv(1, socket.MSG_PEEK)  # the site has begun


@pytest.mark.parametrize(
    "stalls",
    [[stall_a_head, stall_a_body], [stall_chunks], [never_read]],
    ids=["heads and bodies", "chunks", "readers"],
)
def test_who_stalls_holds_up_nobody(
    open_site: Site, person: User, stalls: list[Callable[[Wire], None]]
) -> None:
    usual = times(open_site)
    with ExitStack() as opened:
        for stall in stalls:
            for wire in opened.enter_context(wires(open_site, STALLED, small=True)):
                stall(wire)
        assert goes_on(open_site, person)
        assert delay(open_site, usual) <= DELAY


def test_who_is_idle_holds_up_nobody(open_site: Site, person: User) -> None:
    usual = times(open_site)
    with wires(open_site, IDLE):
        assert goes_on(open_site, person)
        assert delay(open_site, usual) <= DELAY


def times(running: Site) -> tuple[float, float]:
    """Return how many seconds `/healthz` and a whole sign-in take, at the best of some tries."""
    alive, signed_in = [], []
    for _ in range(TRIES):
        begun = time.monotonic()
        assert running.http.get(f"{running.url}/healthz", timeout=PATIENCE).status_code == 200
        alive.append(time.monotonic() - begun)
        assert crowd.sign_in(running, "stalls", "bob") == IN
        signed_in.append(time.monotonic() - begun)
    return min(alive), min(signed_in)


def delay(running: Site, usual: tuple[float, float]) -> float:
    """Return by how many seconds one of the two is slower than usual."""
    return max(now - before for now, before in zip(times(running), usual, strict=True))


@pytest.mark.usefixtures("open_site")
@pytest.mark.parametrize("stall", [stall_a_head, stall_a_body, never_read])
def test_more_connections_than_a_process_may_open_hold_up_nobody(
    database_url: str, person: User, tmp_path: Path, stall: Callable[[Wire], None]
) -> None:
    """The oldest that wait for their visitors are closed. In this process 150 have room."""
    log = tmp_path / "log"
    with ExitStack() as opened:
        running = opened.enter_context(site.start("few-files", database_url, log, files=400))
        for _ in range(STALLED):
            wire = opened.enter_context(Wire(running, small=True))
            with suppress(ConnectionError):
                stall(wire)
        assert goes_on(running, person)
    assert "Too many open files" not in log.read_text()


def test_a_body_in_more_chunks_than_words_is_refused(open_site: Site) -> None:
    with wires(open_site, 2) as (many, more):
        stall_chunks(many)
        many.write(b"abc\r\n" + b"1\r\na\r\n" * 1000 + b"0\r\n\r\n")
        assert many.answer().status == 403  # the site has read it, and misses its CSRF token
        stall_chunks(more)
        more.write(b"abc\r\n" + b"1\r\na\r\n" * 2000)
        assert more.answer().status == 400


def test_a_connection_keeps_little(open_site: Site) -> None:
    """A body, or what waits for its reader, and a part of what comes after it."""
    kept = []
    with ExitStack() as opened:
        for stall in (fill_a_body, never_read_but_send):
            before = memory(open_site)
            for wire in opened.enter_context(wires(open_site, STALLED, small=True)):
                stall(wire)
            time.sleep(1)  # the site may still compute
            kept.append((memory(open_site) - before) // STALLED)
    assert max(kept) <= 300, kept


def fill_a_body(wire: Wire) -> None:
    wire.send("POST /sign-in/stalls/ HTTP/1.1", FORM, "Content-Length: 65536", body=b"a" * 65_000)


def never_read_but_send(wire: Wire) -> None:
    never_read(wire)
    wire.socket.settimeout(0.1)
    with suppress(TimeoutError):
        wire.write(b"GET /" + b"a" * 2**20)


def memory(running: Site) -> int:
    """Return the kilobytes that the process keeps in memory."""
    status = Path(f"/proc/{running.worker()}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_a_head_that_does_not_come_is_not_waited_for(open_site: Site) -> None:
    with wires(open_site, 3) as (silent, stalled, again):
        stall_a_head(stalled)
        assert again.send("GET /healthz HTTP/1.1").answer().status == 200
        stall_a_head(again)
        assert [silent.rest(), stalled.rest(), again.rest()] == [b"", b"", b""]


def test_who_sends_half_a_body_or_reads_nothing_is_sent_away(open_site: Site) -> None:
    before = open_files(open_site)
    with (
        wires(open_site, 10, small=True) as readers,
        wires(open_site, 2) as (length, chunks),
        ThreadPoolExecutor(1) as threads,
    ):
        for reader in readers:
            never_read(reader)
        length.socket.settimeout(3 * PATIENCE)
        stall_a_body(length)
        stall_chunks(chunks)
        slow = threads.submit(read_slowly, open_site)
        assert length.answer().status == 408
        assert chunks.answer().status == 408
        assert (length.rest(), chunks.rest()) == (b"", b"")
        assert slow.result().endswith(b"});\n")
        site.until(lambda: open_files(open_site) <= before + 2)  # to the database, maybe


def read_slowly(running: Site) -> bytes:
    """Take so little for a while that the site could lose its patience."""
    with Wire(running, small=True) as wire:
        wire.send(LARGE, "Connection: close")
        came = b""
        for _ in range(READ_TIME + 5):
            came += wire.socket.recv(1500)
            time.sleep(1)
        return came + wire.rest()


def open_files(running: Site) -> int:
    return len(list(Path(f"/proc/{running.worker()}/fd").iterdir()))


def test_a_head_that_never_ends_is_refused(open_site: Site) -> None:
    with Wire(open_site) as wire:
        wire.write(
            b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: %s\r\n" % (n, b"x" * 9000) for n in range(9))
        )
        assert wire.answer().status == 431


def test_who_comes_while_too_many_wait_is_told_so(
    open_site: Site, provider: LoadProvider, database_url: str, tmp_path: Path
) -> None:
    with (
        site.start("full", database_url, tmp_path / "log", threads=1) as running,
        wires(running, MOST_WAITING + 1) as waiting,
        wires(running, 4) as (person, program, sender, monitor),
        ThreadPoolExecutor(1) as threads,
    ):
        assert crowd.sign_in(running, "stalls", "bob") == IN
        provider.take(4)
        first = threads.submit(crowd.sign_in, running, "stalls", "alice")
        provider.number_of_requests()
        site.until(lambda: provider.number_of_requests() > 0)
        for wire in waiting:
            wire.send("GET /nothing HTTP/1.1")
        refusals = [
            person.send("GET /sign-in/?a HTTP/1.1").answer(),
            program.send("GET /api/session HTTP/1.1").answer(),
            sender.send("POST /sign-in/stalls/ HTTP/1.1", "Content-Length: 2", body=b"{}").answer(),
        ]
        assert monitor.send("GET /healthz HTTP/1.1").answer().body == b"alive\n"
        provider.take(0)
        assert first.result() == IN
        assert {wire.answer().status for wire in waiting[:MOST_WAITING]} == {404}
        assert person.send("GET /nothing HTTP/1.1").answer().status == 404
    assert [(each.status, each.headers["Retry-After"]) for each in refusals] == [(503, "60")] * 3
    assert b"Too many people are using this site" in refusals[0].body
    assert refusals[1].headers["Content-Type"] == "application/problem+json"
