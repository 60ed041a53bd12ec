"""`make demo`: this site, and a simulated GitHub, Google and OpenID Provider; files in `.demo/`."""

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.serve import prepare, run

ADMIN = "ada"  # of the simulator's cast
# A shell may have set these for another site.
SETTINGS = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "ENCRYPTION_KEYS", "DATABASE_URL", "CACHE_URL"),
    *("BIND", "SESSION_AUDIENCE", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "OUTGOING_PROXY"),
)


def main() -> None:
    port = os.environ.get("PORT", "8000")
    simulator_port = os.environ.get("SIMULATOR_PORT", "9000")
    directory = Path(os.environ.get("DEMO_DIR", ".demo")).absolute()
    for name, number in {"PORT": port, "SIMULATOR_PORT": simulator_port}.items():
        _refuse_taken_port(name, number)
    with _simulator(simulator_port, f"http://localhost:{port}") as control_url:
        _set_environment(directory, port)
        prepare()
        _write_providers(control_url)
        run()


def _refuse_taken_port(name: str, number: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(number)))
        except (OSError, OverflowError, ValueError):
            sys.exit(f"{name}={number} is not free. Try: make demo {name}=<another port>")


@contextmanager
def _simulator(port: str, redirect_origin: str) -> Iterator[str]:
    """Run the simulator as long as the site runs; yield the address of its control page."""
    command = [sys.executable, "-m", "simulator", "--port", port]
    command += ["--redirect-origin", redirect_origin]
    owner = os.getpid()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("ready "):
                sys.exit("The simulator did not start.")
            yield line.split()[1] + "/control/"
        finally:
            if os.getpid() == owner:  # forked workers of the server leave this block too
                process.terminate()


def _set_environment(directory: Path, port: str) -> None:
    """Give the demo settings of its own, whatever the shell has set."""
    directory.mkdir(mode=0o700, exist_ok=True)
    for name in SETTINGS:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {
        "DEBUG": "false",
        "DEMO": "true",
        "PORT": port,
        "BASE_URL": f"http://localhost:{port}",
        "SECRET_KEY_FILE": _secret_file(directory / "secret_key", length=48),
        "ENCRYPTION_KEYS_FILE": _secret_file(directory / "encryption_keys", length=32),
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "CACHE_URL": "locmem://",
        "WEB_CONCURRENCY": "1",
    }


def _secret_file(path: Path, length: int) -> str:
    """Return the path of a file with a secret, made on the first start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(base64.urlsafe_b64encode(secrets.token_bytes(length)).decode() + "\n")
    return str(path)


def _write_providers(control_url: str) -> None:
    """Add or update the three providers of the simulator, and an admin."""
    with urllib.request.urlopen(control_url, timeout=5) as response:  # noqa: S310 - our own process
        simulated = json.load(response)

    from providers.models import Provider

    addresses = [person["email"] for person in simulated["people"] if person["email"]]
    domains = sorted({address.rpartition("@")[2] for address in addresses})
    for position, values in enumerate(simulated["providers"]):
        provider = Provider.objects.filter(slug=values["slug"]).first() or Provider()
        for name in ("slug", "kind", "name", "base_url", "client_id", "client_secret"):
            setattr(provider, name, values[name])
        provider.scope, provider.allow_private_network = "", False
        provider.enabled, provider.position = True, position
        provider.vouches_for = ", ".join(domains)  # a simulator is a server that anybody may run
        provider.save()
    person = next(person for person in simulated["people"] if person["id"] == ADMIN)
    _write_admin(person)


def _write_admin(person: dict[str, Any]) -> None:
    """Make a person of the simulator an admin who can sign in through all three providers."""
    from accounts.identity import Identity
    from accounts.people import provide_admin

    google, demo = person["google"]["sub"], person["demo"]["sub"]
    subs = {"github": str(person["github"]["id"]), "google": google, "demo": demo}
    provide_admin(
        [
            Identity(slug, sub, person["name"], email=person["email"], email_verified=True)
            for slug, sub in subs.items()
        ]
    )


if __name__ == "__main__":
    main()
