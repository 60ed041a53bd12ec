"""The OpenID Provider of `tests/judges/node`, which runs on Node.js."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests import Session

from tests.npm import installed, program

FOLDER = Path(__file__).parent / "node"
PATIENCE = 20  # seconds


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
    """Run it with these clients (RFC 7591 §2); those in `pkce` have to use PKCE.

    Raises `NotInstalledError`.
    """
    node = program("node")
    installed(FOLDER)
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


def _session() -> Session:
    session = Session()
    session.trust_env = False
    return session
