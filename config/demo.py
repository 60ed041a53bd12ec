"""`make demo`: this site, simulated providers before it, an app behind it; files in `.demo/`."""

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
from typing import Any, NoReturn, TypeAlias

from config.serve import prepare, run

ADMIN = "ada"  # of the simulator's cast
APP = "demo-app"  # its client ID
Process: TypeAlias = "subprocess.Popen[str]"
PORTS = {"PORT": "8000", "SIMULATOR_PORT": "9000", "APP_PORT": "9001"}
# A shell may have set these for another site.
SETTINGS = (
    *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "ENCRYPTION_KEYS", "DATABASE_URL", "CACHE_URL"),
    *("BIND", "SESSION_AUDIENCE", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "OUTGOING_PROXY"),
)


def main() -> None:
    ports = {name: os.environ.get(name, default) for name, default in PORTS.items()}
    directory = Path(os.environ.get("DEMO_DIR", ".demo")).absolute()
    _refuse_taken_ports(ports)
    base_url, app_url = f"http://localhost:{ports['PORT']}", f"http://127.0.0.1:{ports['APP_PORT']}"
    client_secret = secrets.token_urlsafe(32)  # 256 bits
    simulator = ["simulator", "--port", ports["SIMULATOR_PORT"], "--redirect-origin", base_url]
    app = {"ISSUER": base_url, "APP": app_url, "CLIENT_ID": APP, "CLIENT_SECRET": client_secret}
    with _beside(simulator) as providers, _beside(["simulator.app"], _shell() | app) as behind:
        _set_environment(directory, ports["PORT"])
        prepare()
        _write_providers(f"{_address_of(providers)}/control/")
        _write_app(app_url, client_secret)
        run(f"an app to sign in to: {_address_of(behind)}")


def _refuse_taken_ports(ports: dict[str, str]) -> None:
    for position, (name, number) in enumerate(ports.items()):
        if number in [*ports.values()][:position]:
            _refuse_port(name, number)
        _refuse_taken_port(name, number)


def _refuse_taken_port(name: str, number: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(number)))
        except (OSError, OverflowError, ValueError):
            _refuse_port(name, number)


def _refuse_port(name: str, number: str) -> NoReturn:
    sys.exit(f"{name}={number} is not free. Try: make demo {name}=<another port>")


def _shell() -> dict[str, str]:
    """Return the environment of this shell without what it has set for another site."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.removesuffix("_FILE") not in SETTINGS
    } | {"NO_PROXY": "*"}


@contextmanager
def _beside(command: list[str], environment: dict[str, str] | None = None) -> Iterator[Process]:
    """Run a module as long as the site runs."""
    owner = os.getpid()
    with subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            if os.getpid() == owner:  # forked workers of the server leave this block too
                process.terminate()


def _address_of(process: Process) -> str:
    """Wait until it is ready; return where."""
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("ready "):
        sys.exit(f"{' '.join(map(str, process.args))} did not start.")  # type: ignore[arg-type]
    return line.split()[1]


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


def _write_app(url: str, client_secret: str) -> None:
    """Add or update the app, as an admin would add it; all that was changed is as at first."""
    from oidc_provider.clients import digest_of
    from oidc_provider.models import App
    from sessions.signing_keys.keyring import ensure_signing_key
    from sessions.signing_keys.models import SigningKey

    known = App.objects.filter(slug=APP).first()
    app = App(
        pk=known.pk if known else None,
        slug=APP,
        name="Demo app",
        launch_url=f"{url}/",
        redirect_uris=[f"{url}/signed-in"],
        post_logout_redirect_uris=[f"{url}/signed-out"],
        secret_digest=digest_of(client_secret),
    )
    app.save()
    app.people.clear()
    ensure_signing_key(purpose=SigningKey.Purpose.ID_TOKEN)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # before the server has taken over
        sys.exit(130)
