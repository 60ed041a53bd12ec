"""The provider and the two sites, each a process of its own, pinned to a core."""

import base64
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.processes import (
    LOAD_CORE,
    SITE_CORE,
    await_line,
    await_port,
    children,
    cpu_seconds_of,
    free_port,
    process_of,
    run,
)
from bench.provider import CLIENT_ID, CLIENT_SECRET

THREADS = 32  # of the stock site, as many as there are clients; Signet has its default


@dataclass(frozen=True)
class Provider:
    """The OpenID Provider of the benchmark, with its control address."""

    origin: str

    @property
    def issuer(self) -> str:
        return f"{self.origin}/op"

    @property
    def hanging_issuer(self) -> str:
        """An issuer whose token endpoint takes the request and never answers."""
        return f"{self.origin}/hang/op"

    def set_latency(self, seconds: float) -> None:
        self._control(f"?latency={seconds}")

    def take_count(self) -> int:
        """Return how many requests have come since the count was last taken."""
        count: int = self._control("")["asked"]
        return count

    def _control(self, query: str) -> dict[str, int]:
        with urlopen(f"{self.origin}/control{query}", timeout=5) as response:  # noqa: S310 - ours
            answer: dict[str, int] = json.load(response)
            return answer


@dataclass(frozen=True)
class Site:
    """A running site, and what a visitor has to know of it."""

    name: str
    port: int
    pid: int
    environment: Mapping[str, str]
    start_path: str
    session_cookie: str
    csrf_cookie: str
    session_path: str
    refresh_path: str
    app_sign_in_path: str = ""  # where a program signs in; else a browser's cookies have both

    def cpu_seconds(self) -> float:
        """Return the CPU time of the site's processes so far."""
        return sum(cpu_seconds_of(pid) for pid in (self.pid, *children(self.pid)))


@contextmanager
def provider() -> Iterator[Provider]:
    port = free_port()
    command = [sys.executable, "-m", "bench.provider", str(port)]
    with process_of(command, {}, LOAD_CORE) as process:
        await_line(process, "ready")
        yield Provider(f"http://127.0.0.1:{port}")


@contextmanager
def signet(issuers: Mapping[str, str], folder: Path) -> Iterator[Site]:
    """Run `make serve`'s server with one provider for each issuer, by slug."""
    port = free_port()
    environment = migrated_signet(folder / "signet", port)
    for slug, issuer in issuers.items():
        add = ["provider", "add", slug, "--kind", "openid_connect", "--base-url", issuer]
        add += ["--vouches-for", "example.com"]
        command = [sys.executable, "manage.py", *add, "--client-id", CLIENT_ID]
        run(command, environment)
    with process_of([sys.executable, "-m", "config.serve"], environment, SITE_CORE) as process:
        await_line(process, "ready")
        yield Site(
            name="Signet",
            port=port,
            pid=process.pid,
            environment=environment,
            start_path="/sign-in/{}/",
            session_cookie="session",
            csrf_cookie="csrf",
            session_path="/api/session",
            refresh_path="/api/session/refresh",
        )


def migrated_signet(folder: Path, port: int) -> dict[str, str]:
    """Return the environment of a Signet whose database is there and empty."""
    environment = _environment(folder) | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SIGNET_CLIENT_SECRET": CLIENT_SECRET,
        "TRUSTED_PROXIES": "127.0.0.1/32",  # visitors say where they come from: see bench.visitors
    }
    run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
    return environment


@contextmanager
def allauth_site(issuer: str, folder: Path) -> Iterator[Site]:
    """Run the stock site on the same server with as many threads."""
    port = free_port()
    environment = _environment(folder / "allauth") | {
        "DJANGO_SETTINGS_MODULE": "bench.peers.allauth_site.settings",
        "BENCH_ISSUER": issuer,
        "BENCH_CLIENT_ID": CLIENT_ID,
        "BENCH_CLIENT_SECRET": CLIENT_SECRET,
        "BENCH_JWT_PRIVATE_KEY": _rsa_key(),
    }
    run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], environment)
    command = [sys.executable, "-m", "gunicorn", "bench.peers.allauth_site.wsgi"]
    command += ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "15"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--timeout", "60"]
    with process_of(command, environment, SITE_CORE) as process:
        await_port(port)
        yield Site(
            name="stock allauth",
            port=port,
            pid=process.pid,
            environment=environment,
            start_path="/accounts/oidc/{}/login/",
            session_cookie="sessionid",
            csrf_cookie="csrftoken",
            session_path="/protected/",
            refresh_path="/_allauth/app/v1/tokens/refresh",
            app_sign_in_path="/_allauth/app/v1/auth/provider/token",
        )


def _rsa_key() -> str:
    """Return a new key for RS256, as allauth's documentation has one made by openssl."""
    key = rsa.generate_private_key(65537, 2048)
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def _environment(folder: Path) -> dict[str, str]:
    """Return settings of the benchmark's own, whatever the shell has set for another site."""
    folder.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    secret = secrets.token_urlsafe(48)
    return kept | {"SECRET_KEY": secret, "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
