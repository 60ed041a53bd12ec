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
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from simulator.load_provider import CLIENT_ID, CLIENT_SECRET

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "bench/peers"
CORES = sorted(os.sched_getaffinity(0))
SITE_CORE, LOAD_CORE = CORES[0], CORES[-1]
TICK = os.sysconf("SC_CLK_TCK")  # a second, in the kernel's units of CPU time
PATIENCE = 60  # seconds until a site has to answer
SECRET = secrets.token_urlsafe(48)
APP, REDIRECT_URI = "bench", "https://app.example/callback"
RSA_BITS = 3072  # of the key for ID tokens, as in `sessions.signing_keys.algorithms`
PYTHON = (sys.executable, "-m")
OUT = None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL


class SkippedError(Exception):
    """A peer that cannot run on this machine."""


@dataclass(frozen=True)
class Ways:
    """How people sign in at a site, and find out who they are."""

    name: str
    session: str
    start: str  # the slug of a provider stands in {}
    session_cookie: str
    form: str  # that is sent to `start`, with the page's token
    page: str = ""  # none, if the site has none of its own
    refresh: str = ""
    cookies: tuple[tuple[str, str], ...] = ()  # that the browser has before
    app: tuple[str, ...] = ()  # authorize, token, userinfo


DJANGO_FORM = "csrfmiddlewaretoken=TOKEN"
SIGNET = Ways(
    *("Signet", "/api/session", "/sign-in/{}/", "session"),
    *(DJANGO_FORM, "/sign-in/", "/api/session/refresh"),
    app=("/oauth/authorize", "/oauth/token", "/oauth/userinfo"),
)
TOOLKIT = Ways(
    *("django-oauth-toolkit", "/o/.well-known/openid-configuration", "", "sessionid", ""),
    app=("/o/authorize/", "/o/token/", "/o/userinfo/"),
)
ALLAUTH = Ways(
    *("stock allauth", "/protected/", "/accounts/oidc/{}/login/", "sessionid"),
    *(DJANGO_FORM, "/accounts/login/"),
)
BETTER_AUTH = Ways(
    *("better-auth", "/api/auth/get-session", "/api/auth/sign-in/social"),
    *("better-auth.session_token", '{"provider": "demo", "callbackURL": "/"}'),
)
TOKEN = f"bench|{hashlib.sha256(f'bench{SECRET}'.encode()).hexdigest()}"
AUTH_JS = Ways(
    *("Auth.js", "/auth/session", "/auth/signin/{}", "authjs.session-token"),
    "csrfToken=bench&callbackUrl=/",
    cookies=(("authjs.csrf-token", TOKEN),),
)


class Process:
    """A process of the benchmark, with all its children on one core."""

    port: int
    environment: Mapping[str, str]

    def __init__(self, command: list[str], path: str, core: int = SITE_CORE) -> None:
        self._pin = ("taskset", "--cpu-list", str(core))
        self._command, self._path = command, path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start, or start again. Return the seconds until a path answers, whatever it says."""
        self.stop()
        began, command = time.monotonic(), [*self._pin, *self._command]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=OUT, stderr=OUT)
        self._process = process
        while process.poll() is None and time.monotonic() < began + PATIENCE:
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port)) as connection,
            ):
                head = f"GET {self._path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n\r\n"
                connection.sendall(head.encode())
                if connection.recv(1):
                    return time.monotonic() - began
            time.sleep(0.005)
        raise SkippedError("it did not start; BENCH_VERBOSE=1 shows why")

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
        self.port, self.environment = _free_port(), os.environ
        super().__init__(
            [*PYTHON, "simulator.load_provider", str(self.port)], "/control", LOAD_CORE
        )
        self._origin = f"http://127.0.0.1:{self.port}"
        # The token endpoint of the second never answers.
        self.issuers = {"demo": f"{self._origin}/op", "hangs": f"{self._origin}/hang/op"}

    def control(self, query: str = "") -> int:
        """Set the latency, and return how many requests have come since this was last called."""
        with urlopen(f"{self._origin}/control{query}", timeout=PATIENCE) as response:  # noqa: S310 - ours
            number: int = json.load(response)["requests"]
            return number


class Site(Process):
    """A site that people sign in at, with its database in a folder of its own."""

    def __init__(
        self, ways: Ways, provider: Provider, folder: Path, *command: str, **settings: str
    ) -> None:
        """Take only these settings, whatever the shell has set for another site."""
        self.ways, self.port = ways, _free_port()
        super().__init__([each.format(port=self.port) for each in command], ways.session)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        where = {"PORT": str(self.port), "BASE_URL": f"http://localhost:{self.port}"}
        where |= {
            "DATABASE": (file := str(folder / ways.name)),
            "DATABASE_URL": f"sqlite:///{file}",
        }
        where |= {"ISSUER": provider.issuers["demo"], "SECRET_KEY": SECRET}
        client = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET}
        self.environment = kept | where | client | settings

    def inside(self, what: str) -> Any:
        """Return what `bench.inside` measures in this site's own Django, on its core."""
        return json.loads(self.run("bench.inside", what, self.ways.name, str(self.port)))

    def run(self, *module: str) -> bytes:
        """Return what a module of the site prints. Raises `RuntimeError` if it fails."""
        command = [*self._pin, *PYTHON, *module]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True)  # noqa: PLW1510
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-2000:])
        return done.stdout


def signet(provider: Provider, folder: Path) -> Site:
    """Prepare the server of `make serve`, with a provider for each issuer, by slug, and an app."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SIGNET_CLIENT_SECRET": CLIENT_SECRET,
        "TRUSTED_PROXIES": "127.0.0.1/32",  # visitors say where they come from: see bench.visitors
    }
    site = Site(SIGNET, provider, folder, *PYTHON, "config.serve", **settings)
    site.run("django", "migrate")
    for slug, issuer in provider.issuers.items():
        about = ("--kind", "openid_connect", "--base-url", issuer, "--vouches-for", "example.com")
        site.run("django", "provider", "add", slug, *about, "--client-id", CLIENT_ID)
    app = ("--kind", "openid_connect", "--redirect-uri", REDIRECT_URI, "--json")
    added = json.loads(site.run("django", "app", "add", APP, *app))
    site.environment = {**site.environment, "APP_SECRET": added["client_secret"]}
    return site


def stock_allauth(provider: Provider, folder: Path) -> Site:
    """Prepare the stock site on gunicorn."""
    server = [*PYTHON, "gunicorn", "django.core.wsgi:get_wsgi_application()", "--timeout", "60"]
    server += ["--worker-class", "gthread", "--threads", "32", "--keep-alive", "15"]
    server += ["--bind", "127.0.0.1:{port}", "--log-level", "warning"]
    settings = {"DJANGO_SETTINGS_MODULE": "bench.peers.allauth_settings"}
    site = Site(ALLAUTH, provider, folder, *server, **settings)
    site.run("django", "migrate")
    return site


def toolkit(provider: Provider, folder: Path) -> Site:
    """Prepare a site with an app, and a key as long as ours. Raises `SkippedError` without it."""
    if find_spec("oauth2_provider") is None:
        raise SkippedError("it is not installed; make bench installs it")
    settings = {"DJANGO_SETTINGS_MODULE": "bench.peers.toolkit_settings", "APP_SECRET": SECRET}
    pem = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = rsa.generate_private_key(65537, RSA_BITS).private_bytes(*pem).decode()
    site = Site(TOOLKIT, provider, folder, OIDC_RSA_PRIVATE_KEY=key, **settings)
    site.run("django", "migrate")
    kind = ("confidential", "authorization-code", "--algorithm", "RS256", "--skip-authorization")
    app = ("--client-id", APP, "--client-secret", SECRET, "--redirect-uris", REDIRECT_URI)
    site.run("django", "createapplication", *kind, *app)
    return site


def peer(ways: Ways, provider: Provider, folder: Path) -> Site:
    """Prepare a site of `bench/peers/`. Raises `SkippedError` without Node.js or its packages."""
    program = _installed() / f"{ways.name.lower().replace('.', '-')}.js"
    settings = {"NODE_ENV": "production", "AUTH_SECRET": SECRET, "BETTER_AUTH_SECRET": SECRET}
    return Site(ways, provider, folder, "node", str(program), **settings)


def _installed() -> Path:
    """Install the peers' packages in the user's cache, once for each `package.json`."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise SkippedError("Node.js and npm are not on this machine")
    number = hashlib.sha256((PEERS / "package.json").read_bytes()).hexdigest()[:12]
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache, "signet-bench", number)
    shutil.copytree(PEERS, folder, dirs_exist_ok=True)
    if not (folder / "installed").exists():
        print("installing the peers; their SQLite is compiled, which takes minutes", flush=True)
        install = ["npm", "install", "--no-package-lock", "--omit=dev", "--no-audit", "--no-fund"]
        if subprocess.run(install, cwd=folder, stdout=OUT, stderr=OUT, check=False).returncode:
            raise SkippedError("npm could not install its packages; BENCH_VERBOSE=1 shows why")
        (folder / "installed").touch()
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
