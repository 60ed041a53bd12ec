"""The simulated providers in a process of their own, for any test that signs somebody in."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from requests import Response, Session

ROOT = Path(__file__).parent.parent  # from where `python -m simulator` finds this package
PATIENCE = 10  # seconds


class SimulatorNotStartedError(RuntimeError):
    """The process ended before it was ready. Its reason is on stderr."""


class SimulatorProcess:
    """A running simulator: its control endpoint, and a visitor who uses its pages."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = Session()
        self._http.trust_env = False

    def arm(
        self, fault: str, provider: str = "*", times: int | None = 1, **parameters: float
    ) -> dict[str, Any]:
        """Arm a fault for the next sign-ins (`times=None`: until cleared); return it as armed."""
        body = {"fault": fault, "provider": provider, "times": times, **parameters}
        armed: dict[str, Any] = self._control("POST", "faults", body).json()
        return armed

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def register(self, provider: str, redirect_uri: str) -> None:
        """Let the provider send visitors back to this address."""
        self._control("POST", "clients", {"provider": provider, "redirect_uri": redirect_uri})

    def choose(self, url: str, person: str = "alice", decision: str = "allow") -> str | None:
        """Choose a person on the page of an authorization request, without a browser.

        Returns the address to which the provider sends the visitor back, with the code. None if
        the visitor stays at the provider.
        """
        page = self._http.get(url, timeout=PATIENCE, allow_redirects=False)
        while page.is_redirect and self._is_ours(page.headers["Location"]):
            page = self._http.get(page.headers["Location"], timeout=PATIENCE, allow_redirects=False)
        if page.status_code == 200:
            form = {"person": person, "decision": decision}
            page = self._http.post(page.url, form, timeout=PATIENCE, allow_redirects=False)
        return page.headers.get("Location")

    def set_clock(self, offset: float) -> None:
        """Put the simulator's clock this many seconds ahead."""
        self._control("POST", "clock", {"offset": offset})

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests to the providers, oldest first."""
        received: list[dict[str, Any]] = self._control("GET", "requests").json()
        return received

    def forget_requests(self) -> None:
        self._control("DELETE", "requests")

    def reset(self) -> None:
        """Reset everything, also armed faults and registered redirect URIs."""
        self._control("POST", "reset")

    def people(self) -> dict[str, dict[str, Any]]:
        return {person["id"]: person for person in self.overview()["people"]}

    def faults(self) -> dict[str, dict[str, Any]]:
        return {fault["name"]: fault for fault in self.overview()["faults"]}

    def providers(self) -> dict[str, dict[str, Any]]:
        return {provider["slug"]: provider for provider in self.overview()["providers"]}

    def overview(self) -> dict[str, Any]:
        overview: dict[str, Any] = self._control("GET", "").json()
        return overview

    def _is_ours(self, url: str) -> bool:
        """Tell whether a redirect stays in the simulator, under one or the other of its names."""
        origins = (self.url, self.url.replace("127.0.0.1", "localhost"))
        return url.startswith(tuple(f"{origin}/" for origin in origins))

    def _control(self, method: str, name: str, body: object = None) -> Response:
        url = f"{self.url}/control/{name}"
        response = self._http.request(method, url, json=body, timeout=PATIENCE)
        response.raise_for_status()
        return response


@contextmanager
def start_simulator(*redirect_origins: str) -> Iterator[SimulatorProcess]:
    """Run `python -m simulator` on a free port until the block ends."""
    origins = [f"--redirect-origin={origin}" for origin in redirect_origins]
    command = [sys.executable, "-m", "simulator", "--port=0", *origins]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield SimulatorProcess(_url(process))
        finally:
            _end(process)


def _url(process: "subprocess.Popen[str]") -> str:
    """Wait for the line `ready http://...`."""
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("ready "):
        raise SimulatorNotStartedError("the simulator did not start; its reason is on stderr")
    return line.split()[1]


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
