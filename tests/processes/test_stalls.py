"""Nobody waits for somebody else, although more connections stall than there are threads."""

import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from providers.models import Provider
from sessions.models import User
from tests.processes import crowd, site
from tests.processes.conftest import SITES, new_refresh_token
from tests.processes.crowd import IN, LoadProvider
from tests.processes.site import PATIENCE, Site
from tests.processes.wire import Wire, wires

STALLED = 200
IDLE = 5000
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


@pytest.mark.parametrize(
    "stalls",
    [[stall_a_head, stall_a_body], [stall_chunks], [never_read]],
    ids=["heads and bodies", "chunks", "readers"],
)
def test_who_stalls_holds_up_nobody(
    open_site: Site, person: User, stalls: list[Callable[[Wire], None]]
) -> None:
    with ExitStack() as opened:
        for stall in stalls:
            for wire in opened.enter_context(wires(open_site, STALLED, small=True)):
                stall(wire)
        assert goes_on(open_site, person)


def test_who_is_idle_holds_up_nobody(open_site: Site, person: User) -> None:
    with wires(open_site, IDLE):
        assert goes_on(open_site, person)


@pytest.mark.usefixtures("open_site")
def test_more_connections_than_a_process_may_open_hold_up_nobody(
    database_url: str, person: User, tmp_path: Path
) -> None:
    with (
        site.start("few-files", database_url, tmp_path / "log", files=400) as running,
        wires(running, 1000),
    ):
        assert goes_on(running, person)


def test_a_head_that_does_not_come_is_not_waited_for(open_site: Site) -> None:
    with wires(open_site, 3) as (silent, stalled, again):
        stall_a_head(stalled)
        assert again.send("GET /healthz HTTP/1.1").answer().status == 200
        stall_a_head(again)
        assert [silent.rest(), stalled.rest(), again.rest()] == [b"", b"", b""]


def test_who_sends_half_a_body_or_reads_nothing_is_sent_away(open_site: Site) -> None:
    before = open_files(open_site)
    with wires(open_site, 10, small=True) as readers, wires(open_site, 2) as (length, chunks):
        for reader in readers:
            never_read(reader)
        length.socket.settimeout(3 * PATIENCE)
        stall_a_body(length)
        stall_chunks(chunks)
        assert length.answer().status == 408
        assert chunks.answer().status == 408
        assert (length.rest(), chunks.rest()) == (b"", b"")
        site.until(lambda: open_files(open_site) <= before + 2)  # to the database, maybe


def open_files(running: Site) -> int:
    return len(list(Path(f"/proc/{running.worker()}/fd").iterdir()))


def test_a_head_that_never_ends_is_refused(open_site: Site) -> None:
    with Wire(open_site) as wire:
        wire.write(
            b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: %s\r\n" % (n, b"x" * 9000) for n in range(9))
        )
        assert wire.answer().status == 431
