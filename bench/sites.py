"""The provider and the two sites, each a process of its own, pinned to a core."""

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.provider import CLIENT_ID, CLIENT_SECRET

ROOT = Path(__file__).parent.parent
THREADS = 32
CORES = sorted(os.sched_getaffinity(0))
SITE_CORE, LOAD_CORE = CORES[0], CORES[-1]
TICK = os.sysconf("SC_CLK_TCK")  # a second, in the kernel's units of CPU time


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
        return sum(_cpu_seconds(pid) for pid in (self.pid, *_children(self.pid)))


@contextmanager
def provider() -> Iterator[Provider]:
    port = free_port()
    command = [sys.executable, "-m", "bench.provider", str(port)]
    with _process(command, {}, LOAD_CORE) as process:
        _await_line(process, "ready")
        yield Provider(f"http://127.0.0.1:{port}")


@contextmanager
def signet(issuers: Mapping[str, str], folder: Path) -> Iterator[Site]:
    """Run `make serve`'s server with one provider for each issuer, by slug."""
    port = free_port()
    environment = migrated_signet(folder / "signet", port)
    for slug, issuer in issuers.items():
        add = ["provider", "add", slug, "--kind", "openid_connect", "--base-url", issuer]
        command = [sys.executable, "manage.py", *add, "--client-id", CLIENT_ID]
        _run(command, environment)
    with _process([sys.executable, "-m", "config.serve"], environment, SITE_CORE) as process:
        _await_line(process, "ready")
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
        "WEB_THREADS": str(THREADS),
    }
    _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], environment)
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
    _run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], environment)
    command = [sys.executable, "-m", "gunicorn", "bench.peers.allauth_site.wsgi"]
    command += ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "15"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--timeout", "60"]
    with _process(command, environment, SITE_CORE) as process:
        _await_port(port)
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pin_to_load_core() -> None:
    """Keep this process, which makes the load, off the site's core."""
    os.sched_setaffinity(0, {LOAD_CORE})


def pinned_to(core: int) -> Callable[[], None]:
    """Return what a process does first to stay on one core, with all its children."""
    return lambda: os.sched_setaffinity(0, {core})


def _environment(folder: Path) -> dict[str, str]:
    """Return settings of the benchmark's own, whatever the shell has set for another site."""
    folder.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    secret = secrets.token_urlsafe(48)
    return kept | {"SECRET_KEY": secret, "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


@contextmanager
def _process(
    command: list[str], environment: Mapping[str, str], core: int
) -> Iterator["subprocess.Popen[str]"]:
    """Run a process for as long as the block, on one core with all its children."""
    environment = dict(environment) or dict(os.environ)
    with ExitStack() as stack:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if not os.environ.get("BENCH_VERBOSE") else None,
            text=True,
            preexec_fn=pinned_to(core),  # noqa: PLW1509 - no thread has been started yet
        )
        stack.enter_context(process)
        stack.callback(process.terminate)
        yield process


def _await_line(process: "subprocess.Popen[str]", start: str) -> None:
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith(start):
        message = f"{process.args!r} did not start; BENCH_VERBOSE=1 shows why"
        raise RuntimeError(message)


def _await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the site did not start; BENCH_VERBOSE=1 shows why")


def _cpu_seconds(pid: int) -> float:
    """Return user and system time (proc(5), fields 14 and 15 of `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]
