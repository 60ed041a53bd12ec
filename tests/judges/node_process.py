"""The OpenID Provider of `tests/judges/node`, which runs on Node.js."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests import Session

FOLDER = Path(__file__).parent / "node"
LOCK_FILE = FOLDER / "package-lock.json"
INSTALLED = FOLDER / "node_modules" / ".package-lock.json"
PATIENCE = 20  # seconds
MINUTES = 180  # seconds, for a slow registry


class NotInstalledError(RuntimeError):
    """This machine cannot run it; the text says why."""


@dataclass(frozen=True)
class NodeJudge:
    """A running provider."""

    issuer: str
    http: Session

    def last_token_request(self, client_id: str) -> dict[str, object]:
        """Return what its token endpoint saw of this client, without the values."""
        seen = self.http.get(f"{self.issuer}/seen", timeout=PATIENCE).json()
        request: dict[str, object] = seen[client_id]
        return request

    def authorize(self, **parameters: str) -> str:
        """Ask its authorization endpoint; returns where it sends the visitor."""
        url = f"{self.issuer}/auth"
        answer = self.http.get(url, params=parameters, timeout=PATIENCE, allow_redirects=False)
        return answer.headers["Location"]


@contextmanager
def start_node(clients: list[dict[str, Any]], pkce: list[str]) -> Iterator[NodeJudge]:
    """Run it with these clients (RFC 7591 §2); those in `pkce` have to use PKCE."""
    node = _find("node")
    install()
    told = json.dumps({"clients": clients, "pkce": pkce})
    with subprocess.Popen(
        [node, "server.js", told],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line.startswith("ready "), "the judge did not start; run it to see why"
            yield NodeJudge(line.split()[1], _session())
        finally:
            process.kill()


def install() -> None:
    """Install what the lock file names, once for all processes that run tests."""
    npm = _find("npm")
    with LOCK_FILE.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK_FILE.stat().st_mtime:
            return
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        try:
            subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, timeout=MINUTES)
        except subprocess.SubprocessError as error:
            raise NotInstalledError("npm could not install oidc-provider") from error


def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise NotInstalledError(f"there is no {program} on this machine")
    return path


def _session() -> Session:
    session = Session()
    session.trust_env = False
    return session
