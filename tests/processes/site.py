"""One site process as `make serve` runs it, and the requests that its visitors make."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from resource import RLIMIT_NOFILE, setrlimit
from urllib.parse import urlsplit

from requests import Response, Session

from tests.browser.conftest import free_port
from tests.conftest import HOST

ROOT = Path(__file__).parents[2]
PATIENCE = 20  # seconds


@dataclass(frozen=True)
class Site:
    """A running process. All of them believe to be at BASE_URL, as behind one proxy."""

    name: str  # of its connections to the database
    url: str
    pid: int
    http: Session = field(repr=False)

    def session(self, token: str) -> Response:
        return self.http.get(f"{self.url}/api/session", headers=bearer(token), timeout=PATIENCE)

    def accepts(self, token: str) -> bool:
        return self.session(token).status_code == 200

    def sign_out(self, token: str) -> Response:
        return self.http.delete(f"{self.url}/api/session", headers=bearer(token), timeout=PATIENCE)

    def refresh(self, refresh_token: str) -> Response:
        body = {"refresh_token": refresh_token}
        return self.http.post(f"{self.url}/api/session/refresh", json=body, timeout=PATIENCE)

    def access_token(self, refresh_token: str) -> str:
        token: str = self.refresh(refresh_token).json()["access_token"]
        return token

    def worker(self) -> int:
        """Return the id of the process that answers; the other one only sees to it that it lives.

        Linux says so. 0 while there is none.
        """
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return int(children[0]) if children else 0

    def kill(self) -> None:
        """Kill the process that answers, and wait for the next."""
        killed = self.worker()
        os.kill(killed, signal.SIGKILL)
        until(lambda: self.worker() not in (0, killed))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def new_browser() -> Session:
    """Return something that keeps cookies, and knows the site by its one address."""
    browser = Session()
    browser.trust_env = False
    browser.headers["Host"] = HOST
    return browser


@contextmanager
def start(
    name: str,
    database_url: str,
    log: Path,
    *,
    bind: str = "",
    base_url: str = "",
    files: int = 0,
    threads: int = 128,
) -> Iterator[Site]:
    """Run a site until the block ends: on a free port, or where `bind` says.

    With `base_url` it is the only site there. `files` is how many it may open.
    """
    port = urlsplit(base_url).port or free_port()
    own = {"PORT": str(port), "DATABASE_URL": database_url, "WEB_CONCURRENCY": "1"}
    own |= {"WEB_THREADS": str(threads)} | ({"BASE_URL": base_url} if base_url else {})
    url = bind.removeprefix("unix:") or f"http://127.0.0.1:{port}"
    limit = partial(setrlimit, RLIMIT_NOFILE, (files, files)) if files else None
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "config.serve"],
            cwd=ROOT,
            env=os.environ | own | ({"BIND": bind} if bind else {}),
            preexec_fn=limit,  # noqa: PLW1509 - it calls nothing of a thread
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("ready "), log.read_text()
            with new_browser() as http:
                yield Site(name, url, process.pid, http)
        finally:
            process.terminate()
