"""OpenID Providers that are not ours, each in a process of its own."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests import Session

from providers.models import Provider
from tests.judges.registration import PEOPLE, REDIRECT_URI, SLUG

ROOT = Path(__file__).parents[2]
PATIENCE = 20  # seconds
PATIENCE_FOR_APPS = 60  # seconds, until they have made their databases
HTTP = Session()
HTTP.trust_env = False


@dataclass(frozen=True)
class Judge:
    """An OpenID Provider, and how it has registered us."""

    issuer: str
    client_id: str
    client_secret: str
    auth_method: str

    def add_provider(self, auth_method: str | None = None) -> Provider:
        """Add it here as the admin would, or with another method than it has registered."""
        provider = Provider(slug=SLUG, kind="openid_connect", name="Judge", base_url=self.issuer)
        provider.vouches_for = "example.com"
        provider.client_id, provider.client_secret = self.client_id, self.client_secret
        provider.token_endpoint_auth_method = auth_method or self.auth_method
        provider.full_clean()
        provider.save()
        return provider

    def last_token_request(self) -> dict[str, object]:
        """Return what a judge that is asked for it saw, without the values."""
        seen: dict[str, object] = HTTP.get(f"{self.issuer}/seen", timeout=PATIENCE).json()
        return seen


def choose(authorization_request: str, person: str, decision: str = "allow") -> str:
    """Choose somebody at the judge; returns the address at which the visitor comes back."""
    page = HTTP.get(authorization_request, timeout=PATIENCE)
    assert page.status_code == 200, page.text
    form = {"person": person, "sub": person, "action": decision}
    answer = HTTP.post(authorization_request, form, timeout=PATIENCE, allow_redirects=False)
    assert answer.is_redirect, answer.text
    return answer.headers["Location"]


@contextmanager
def start_mock() -> Iterator[str]:
    """Run oidc-provider-mock: RS256, no PKCE. It registers clients, and asks for a nonce."""
    port = _free_port()
    people = [f"--user-claims={json.dumps({'sub': name} | told)}" for name, told in PEOPLE.items()]
    options = [f"--port={port}", "--require-registration", "--require-nonce", *people]
    with _running("oidc_provider_mock", *options) as process:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"


def registered_at_mock(url: str, auth_method: str) -> Judge:
    """Register a client there (RFC 7591 §3)."""
    told = {"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": auth_method}
    given = HTTP.post(f"{url}/oauth2/clients", json=told, timeout=PATIENCE).json()
    return Judge(url, given["client_id"], given["client_secret"], auth_method)


@contextmanager
def start_idpyoidc(variant: str) -> Iterator[str]:
    """Run a provider of idpyoidc: `pkce` requires PKCE, `plain` knows nothing of it."""
    with _running("tests.judges.idpyoidc_server", variant) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("ready "), "the judge did not start; run it to see why"
        yield line.split()[1]


def wait_for(port: int, process: "subprocess.Popen[Any]", log: Path | None = None) -> None:
    """Wait until it answers; one that ended in between never will. `log` says why."""
    for _ in range(PATIENCE_FOR_APPS * 10):
        reason = log.read_text() if log else "run it to see why"
        assert process.poll() is None, f"the judge did not start: {reason}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the judge does not answer")


@contextmanager
def _running(module: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a module in a process that ends with the block. What it logs is not ours to read."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
