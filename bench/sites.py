"""The provider and the two sites, each a process of its own, pinned to a core."""

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.provider import CLIENT_ID, CLIENT_SECRET

ROOT = Path(__file__).parent.parent
CORES = sorted(os.sched_getaffinity(0))
SITE_CORE, LOAD_CORE = CORES[0], CORES[-1]
TICK = os.sysconf("SC_CLK_TCK")  # a second, in the kernel's units of CPU time
THREADS = 32  # of the stock site, as many as there are clients; Signet has its default


@dataclass(frozen=True)
class Provider:
    """The OpenID Provider of the benchmark, with its control address."""

    origin: str

    @property
    def issuers(self) -> dict[str, str]:
        """Return the issuer of each slug; the token endpoint of the second never answers."""
        return {"demo": f"{self.origin}/op", "hangs": f"{self.origin}/hang/op"}

    def set_latency(self, seconds: float) -> None:
        self._control(f"?latency={seconds}")

    def take_count(self) -> int:
        """Return how many requests have come since the count was last taken."""
        return self._control("")

    def _control(self, query: str) -> int:
        with urlopen(f"{self.origin}/control{query}", timeout=5) as response:  # noqa: S310 - ours
            number: int = json.load(response)["requests"]
            return number


@dataclass(frozen=True)
class Site:
    """A running site, and what a visitor has to know of it."""

    name: str
    port: int
    pid: int
    environment: Mapping[str, str]
    session_cookie: str
    csrf_cookie: str
    start_path: str
    session_path: str
    refresh_path: str
    app_sign_in_path: str = ""  # where a program signs in; "" if it uses a browser's cookies

    def cpu_seconds(self) -> float:
        """Return the CPU time of the site's processes so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(_cpu_seconds(pid) for pid in (self.pid, *map(int, children)))

    def inside(self, what: str) -> Any:
        """Return what `bench.inside` measures in this site's own Django, on its core."""
        command = [sys.executable, "-m", "bench.inside", what, f"localhost:{self.port}"]
        command += [self.start_path.format("demo")]
        pin = partial(os.sched_setaffinity, 0, {SITE_CORE})
        output = subprocess.check_output(command, cwd=ROOT, env=self.environment, preexec_fn=pin)
        return json.loads(output)


def _cpu_seconds(pid: int) -> float:
    """Return user and system time (proc(5), fields 14 and 15 of `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@contextmanager
def provider() -> Iterator[Provider]:
    port = _free_port()
    with _process(port, ["bench.provider", str(port)], os.environ, LOAD_CORE):
        yield Provider(f"http://127.0.0.1:{port}")


@contextmanager
def signet(issuers: Mapping[str, str], folder: Path) -> Iterator[Site]:
    """Run `make serve`'s server with one provider for each issuer, by slug."""
    port = _free_port()
    environment = _environment(folder / "signet") | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SIGNET_CLIENT_SECRET": CLIENT_SECRET,
        "TRUSTED_PROXIES": "127.0.0.1/32",  # visitors say where they come from: see bench.visitors
    }
    _run("manage.py", "migrate", "--verbosity", "0", **environment)
    for slug, issuer in issuers.items():
        add = ["provider", "add", slug, "--kind", "openid_connect", "--base-url", issuer]
        add += ["--vouches-for", "example.com", "--client-id", CLIENT_ID]
        _run("manage.py", *add, **environment)
    paths = ("/sign-in/{}/", "/api/session", "/api/session/refresh")
    with _process(port, ["config.serve"], environment) as pid:
        yield Site("Signet", port, pid, environment, "session", "csrf", *paths)


@contextmanager
def allauth_site(issuer: str, folder: Path) -> Iterator[Site]:
    """Run the stock site on the same server."""
    port, key = _free_port(), rsa.generate_private_key(65537, 2048)
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    environment = _environment(folder / "allauth") | {
        "DJANGO_SETTINGS_MODULE": "bench.allauth_site.settings",
        "BENCH_ISSUER": issuer,
        "BENCH_CLIENT_ID": CLIENT_ID,
        "BENCH_CLIENT_SECRET": CLIENT_SECRET,
        "BENCH_JWT_PRIVATE_KEY": pem.decode(),
    }
    _run("-m", "django", "migrate", "--verbosity", "0", **environment)
    server = ["gunicorn", "django.core.wsgi:get_wsgi_application()", "--worker-class", "gthread"]
    server += ["--threads", str(THREADS), "--keep-alive", "15", "--timeout", "60"]
    server += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    headless = "/_allauth/app/v1"
    cookies = ("sessionid", "csrftoken")
    paths = ("/accounts/oidc/{}/login/", "/protected/", f"{headless}/tokens/refresh")
    sign_in = f"{headless}/auth/provider/token"
    with _process(port, server, environment) as pid:
        yield Site("stock allauth", port, pid, environment, *cookies, *paths, sign_in)


def _environment(folder: Path) -> dict[str, str]:
    """Return settings of the benchmark's own, whatever the shell has set for another site."""
    folder.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    secret = secrets.token_urlsafe(48)
    return kept | {"SECRET_KEY": secret, "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(*arguments: str, **environment: str) -> None:
    subprocess.check_output([sys.executable, *arguments], cwd=ROOT, env=environment)


@contextmanager
def _process(
    port: int, module: list[str], environment: Mapping[str, str], core: int = SITE_CORE
) -> Iterator[int]:
    """Run a module until the block ends, with all its children on one core."""
    silent = None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=silent,
        preexec_fn=partial(os.sched_setaffinity, 0, {core}),  # noqa: PLW1509 - no thread has been started yet
    ) as process:
        try:
            _await(port)
            yield process.pid
        finally:
            process.terminate()


def _await(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("a process did not start; BENCH_VERBOSE=1 shows why")
