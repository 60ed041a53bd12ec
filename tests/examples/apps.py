"""The apps of docs/verify-a-session-jwt.md, run as a reader would run them."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from requests import RequestException, Response, Session

from tests.npm import NotInstalledError, installed, program

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "verify-a-session-jwt.md").read_text(encoding="utf-8")
PATIENCE = 20  # seconds


@dataclass(frozen=True)
class Example:
    """One app of the page: its file, what runs it, and how its page spells the cooldown."""

    file: str
    command: tuple[str, ...]
    cooldown: str

    @property
    def code(self) -> str:
        marks = f"(?:#|//) {re.escape(self.file)}\n"
        (block,) = re.findall(rf"```(?:python|js)\n({marks}.*?)```", PAGE, re.DOTALL)
        return str(block)

    def without_cooldown(self) -> str:
        """Return the code, looking for every unknown kid: half a minute is long for a test."""
        assert self.code.count(self.cooldown) == 1
        return self.code.replace(
            self.cooldown, self.cooldown.replace("30_000", "0").replace("30", "0")
        )


FLASK = Example(
    "flask_app.py",
    (sys.executable, "-m", "flask", "--app", "flask_app", "run", "--port", "PORT"),
    "cooldown_duration=30,",
)
FASTAPI = Example(
    "fastapi_app.py",
    (sys.executable, "-m", "uvicorn", "fastapi_app:app", "--port", "PORT"),
    "COOLDOWN = 30 ",
)
NODE = Example("app.mjs", ("node", "app.mjs"), "cooldownDuration: 30_000,")


@dataclass(frozen=True)
class App:
    """A running app of somebody else."""

    url: str
    http: Session

    def whoami(self, token: str | None = None, **headers: str) -> Response:
        given = headers | ({} if token is None else {"authorization": f"Bearer {token}"})
        return self.http.get(f"{self.url}/whoami", headers=given, timeout=PATIENCE)

    def reports(self, token: str) -> Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.http.get(f"{self.url}/reports", headers=headers, timeout=PATIENCE)


@contextmanager
def running(example: Example, code: str, folder: Path, signet: str, audience: str) -> Iterator[App]:
    """Run the code in a folder of its own until the block ends."""
    (folder / example.file).write_text(code, encoding="utf-8")
    if example is NODE:
        (folder / "node_modules").symlink_to(_packages())
    port = _free_port()
    command = [part.replace("PORT", str(port)) for part in example.command]
    environment = os.environ | {"SIGNET": signet, "AUDIENCE": audience, "PORT": str(port)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            yield _answering(App(f"http://127.0.0.1:{port}", _session()), process, folder / "log")
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _answering(app: App, process: "subprocess.Popen[bytes]", log: Path) -> App:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            app.http.get(app.url, timeout=PATIENCE)
        except RequestException:
            time.sleep(0.05)
        else:
            return app
    return pytest.fail(f"the app does not answer:\n{log.read_text(errors='replace')}")


def _packages() -> Path:
    try:
        program("node")
        return installed(HERE)
    except NotInstalledError as reason:
        _give_up(str(reason))


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"CI has to run the Node example: {reason}")
    pytest.skip(reason)


def _session() -> Session:
    session = Session()
    session.trust_env = False
    return session


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
