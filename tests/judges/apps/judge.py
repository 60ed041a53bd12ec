"""An app of somebody else's making that signs people in through us."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from requests import Response

from tests.browser.conftest import free_port
from tests.judges.apps.adding import add
from tests.judges.apps.signet import Registration, Signet
from tests.judges.processes import wait_for
from tests.processes.site import until

ROOT = Path(__file__).parents[3]
# What each of them is told
ALICE = {
    "name": "Alice Archer",
    "preferred_username": "alice",
    "email": "alice@example.com",
    "email_verified": True,
    "groups": ["staff"],
}
ALL = (*ALICE,)
STANDARD = ("name", "preferred_username", "email", "email_verified")


def reports_of(page: Response) -> list[dict[str, Any]]:
    """Return what an app reports that answers in JSON: a set of claims, or several."""
    found = page.json()
    return found if isinstance(found, list) else [found]


@dataclass(frozen=True)
class Program:
    """How an app is run, in a folder of its own."""

    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """An app: how it is run, at which of its addresses it does what, and what it reports."""

    id: str
    program: Callable[[Registration, Path], Program]
    kind: str = "openid_connect"  # of the catalogue
    has_key: bool = False  # in the place of a secret
    redirect_uri: str = "/callback"  # as far as the kind leaves it to the app, like `bye`
    sign_in: str = "/sign-in"
    me: str = "/me"
    refresh: str = "/refresh"  # "" if it does none
    revoke: str = ""  # the same
    sign_out: str = "/sign-out"
    bye: str = "/bye"  # where people arrive after the sign-out
    claims: tuple[str, ...] = ALL  # that it reports
    reports: Callable[[Response], list[dict[str, Any]]] = reports_of
    refusal: str = "access_denied"  # what it says to somebody who may not use it
    ended: str = "invalid_grant"  # what it says, if it can refresh no more
    ready: str = ""  # what it answers at once, if it is not there as soon as its port is

    @contextmanager
    def running(self, signet: Signet, folder: Path) -> Iterator[Registration]:
        """Add the app to our site and run it. Raises `NotInstalledError`."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"  # another site than ours, so cookies are apart
        given = signet.at_site(lambda: self.added(port, address))
        program = self.program(given, folder)
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": str(port)}
        log = folder / "log"
        with (
            log.open("w") as output,
            subprocess.Popen(
                program.command,
                cwd=folder,
                env=own | {"APP": address} | program.environment,
                stdout=output,
                stderr=output,
            ) as process,
        ):
            try:
                wait_for(port, process, log)
                until(lambda: not self.ready or requests.get(address + self.ready, timeout=9).ok)
                yield given
            finally:
                process.terminate()

    def added(self, port: int, address: str) -> Registration:
        return add(
            f"{self.id}-{port}",
            self.kind,
            address,
            (self.redirect_uri, self.bye),
            has_key=self.has_key,
        )
