"""The provider and the sites, each a process of its own, pinned to a core."""

import base64
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.provider import CLIENT_ID, CLIENT_SECRET

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "bench/peers"
CORES = sorted(os.sched_getaffinity(0))
SITE_CORE, LOAD_CORE = CORES[0], CORES[-1]
TICK = os.sysconf("SC_CLK_TCK")  # a second, in the kernel's units of CPU time
THREADS = 32  # of the stock site, as many as there are visitors; Signet has its default
PATIENCE = 60  # seconds until a site has to answer
SECRET = secrets.token_urlsafe(48)
PYTHON = (sys.executable, "-m")
OUT = None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL


class SkippedError(Exception):
    """A peer that cannot run on this machine."""


@dataclass(frozen=True)
class Ways:
    """How people sign in at a site, and find out who they are."""

    name: str
    session_cookie: str
    session: str
    start: str  # the slug of a provider stands in {}
    form: str = "csrfmiddlewaretoken=TOKEN"  # that is sent to `start`, with the page's token
    page: str = ""  # none, if the site has none of its own
    refresh: str = ""
    cookies: tuple[tuple[str, str], ...] = ()  # that the browser has before


SIGNET = Ways(
    "Signet",
    "session",
    "/api/session",
    "/sign-in/{}/",
    page="/sign-in/",
    refresh="/api/session/refresh",
)
ALLAUTH = Ways(
    "stock allauth", "sessionid", "/protected/", "/accounts/oidc/{}/login/", page="/accounts/login/"
)
BETTER_AUTH = Ways(
    *("better-auth", "better-auth.session_token", "/api/auth/get-session"),
    *("/api/auth/sign-in/social", '{"provider": "demo", "callbackURL": "/"}'),
)
TOKEN = f"bench|{hashlib.sha256(f'bench{SECRET}'.encode()).hexdigest()}"
AUTH_JS = Ways(
    *("Auth.js", "authjs.session-token", "/auth/session", "/auth/signin/{}"),
    form="csrfToken=bench&callbackUrl=/",
    cookies=(("authjs.csrf-token", TOKEN),),
)


class Process:
    """A process of the benchmark, with all its children on one core."""

    def __init__(
        self, command: list[str], url: str, environment: Mapping[str, str], core: int = SITE_CORE
    ) -> None:
        self._pin = ("taskset", "--cpu-list", str(core))
        self._command, self._url, self._environment = command, url, environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start, or start again. Return the seconds until the URL answers, whatever it says."""
        self.stop()
        began, command = time.monotonic(), [*self._pin, *self._command]
        process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=OUT, stderr=OUT)
        self._process = process
        while True:
            try:
                urlopen(self._url, timeout=PATIENCE).close()  # noqa: S310 - ours
                return time.monotonic() - began
            except HTTPError:
                return time.monotonic() - began
            except OSError:
                if process.poll() is not None or time.monotonic() > began + PATIENCE:
                    raise SkippedError("it did not start; BENCH_VERBOSE=1 shows why") from None
            time.sleep(0.005)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()

    def cpu_seconds(self) -> float:
        """Return user and system time so far (proc(5), fields 14 and 15 of `stat`)."""
        stats = [each.rpartition(")")[2].split() for each in self._read("stat")]
        return sum(int(ticks) for stat in stats for ticks in stat[11:13]) / TICK

    def megabytes(self) -> float:
        """Return the memory of the largest process, which serves people (`VmRSS`)."""
        kibibytes = [int(each.partition("VmRSS:")[2].split()[0]) for each in self._read("status")]
        return max(kibibytes) * 1024 / 1e6

    def _read(self, file: str) -> list[str]:
        pid = self._process.pid if self._process else 0
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [Path(f"/proc/{each}/{file}").read_text() for each in (pid, *children)]


class Provider(Process):
    """The OpenID Provider of the benchmark."""

    def __init__(self) -> None:
        port = _free_port()
        command, origin = [*PYTHON, "bench.provider", str(port)], f"http://127.0.0.1:{port}"
        super().__init__(command, f"{origin}/control", os.environ, LOAD_CORE)
        # The token endpoint of the second never answers.
        self.issuers = {"demo": f"{origin}/op", "hangs": f"{origin}/hang/op"}

    def control(self, query: str = "") -> int:
        """Set the latency, and return how many requests have come since this was last called."""
        with urlopen(self._url + query, timeout=PATIENCE) as response:  # noqa: S310 - ours
            number: int = json.load(response)["requests"]
            return number


class Site(Process):
    """A site that people sign in at."""

    def __init__(
        self, ways: Ways, command: list[str], port: int, environment: Mapping[str, str]
    ) -> None:
        super().__init__(command, f"http://localhost:{port}{ways.session}", environment)
        self.ways, self.port = ways, port

    def inside(self, what: str) -> Any:
        """Return what `bench.inside` measures in this site's own Django, on its core."""
        command = [*self._pin, *PYTHON, "bench.inside", what, self.ways.name, str(self.port)]
        return json.loads(_run(self._environment, *command))


def signet(provider: Provider, folder: Path) -> Site:
    """Prepare the server of `make serve`, with one provider for each issuer, by slug."""
    port = _free_port()
    environment = _environment(provider, folder / "signet", port) | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SIGNET_CLIENT_SECRET": CLIENT_SECRET,
        "TRUSTED_PROXIES": "127.0.0.1/32",  # visitors say where they come from: see bench.visitors
    }
    _run(environment, *PYTHON, "django", "migrate")
    for slug, issuer in provider.issuers.items():
        add = ["provider", "add", slug, "--kind", "openid_connect", "--base-url", issuer]
        add += ["--vouches-for", "example.com", "--client-id", CLIENT_ID]
        _run(environment, *PYTHON, "django", *add)
    return Site(SIGNET, [*PYTHON, "config.serve"], port, environment)


def stock_allauth(provider: Provider, folder: Path) -> Site:
    """Prepare the stock site on gunicorn."""
    port = _free_port()
    environment = _environment(provider, folder / "allauth", port)
    environment["DJANGO_SETTINGS_MODULE"] = "bench.allauth_settings"
    _run(environment, *PYTHON, "django", "migrate")
    server = [*PYTHON, "gunicorn", "django.core.wsgi:get_wsgi_application()", "--timeout", "60"]
    server += ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "15"]
    server += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    return Site(ALLAUTH, server, port, environment)


def peer(ways: Ways, provider: Provider, folder: Path) -> Site:
    """Prepare a site of `bench/peers/`. Raises `SkippedError` without Node.js or its packages."""
    port, name = _free_port(), f"{ways.name.lower().replace('.', '-')}.js"
    secret = {"NODE_ENV": "production", "AUTH_SECRET": SECRET, "BETTER_AUTH_SECRET": SECRET}
    environment = _environment(provider, folder / name, port) | secret
    return Site(ways, ["node", str(_installed() / name)], port, environment)


def _installed() -> Path:
    """Install the peers' packages in the user's cache, once for each `package.json`."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise SkippedError("Node.js and npm are not on this machine")
    number = hashlib.sha256((PEERS / "package.json").read_bytes()).hexdigest()[:12]
    folder = Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "signet-bench", number
    )
    shutil.copytree(PEERS, folder, dirs_exist_ok=True)
    if not (folder / "installed").exists():
        print("installing the peers; their SQLite is compiled, which takes minutes", flush=True)
        install = ["npm", "install", "--no-package-lock", "--omit=dev", "--no-audit", "--no-fund"]
        if subprocess.run(install, cwd=folder, stdout=OUT, stderr=OUT, check=False).returncode:
            raise SkippedError("npm could not install its packages; BENCH_VERBOSE=1 shows why")
        (folder / "installed").touch()
    return folder


def _environment(provider: Provider, folder: Path, port: int) -> dict[str, str]:
    """Return settings of the benchmark's own, whatever the shell has set for another site."""
    folder.mkdir()
    file = str(folder / "db.sqlite3")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    client = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "SECRET_KEY": SECRET}
    where = {"PORT": str(port), "BASE_URL": f"http://localhost:{port}", "DATABASE": file}
    where |= {"DATABASE_URL": f"sqlite:///{file}", "ISSUER": provider.issuers["demo"]}
    return kept | client | where


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(environment: Mapping[str, str], *command: str) -> bytes:
    """Return what a command prints. Raises `RuntimeError` with its complaint if it fails."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    return done.stdout
