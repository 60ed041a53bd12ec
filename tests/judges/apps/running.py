"""How each app is run: what an admin would paste there, and pages that tell what it knows."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests import Response

from oidc_provider.catalogue import Format
from protocol.authorization_server.metadata import PATHS
from tests.browser.conftest import free_port
from tests.judges.apps.judge import ROOT, Program
from tests.judges.apps.signet import Registration
from tests.judges.node_process import FOLDER
from tests.npm import NotInstalledError, installed, program

JUDGES = ROOT / ".venv-judges"
PROGRAMS = Path(__file__).parent / "programs"
MODULES = Path("/usr/lib/apache2/modules")  # Debian's
HERE = "tests.judges.apps.programs"
END_SESSION = PATHS["end_session_endpoint"]


def by_hand(given: Registration) -> dict[str, str]:
    """Return the values of a client that has no snippet, as its own pages read them."""
    own = {"ISSUER": given.issuer, "CLIENT_ID": given.client_id}
    return own | {"CLIENT_SECRET": given.client_secret, "PRIVATE_KEY": given.private_key}


def judges_python() -> str:
    """Return the Python that has the apps. Raises `NotInstalledError`."""
    python = JUDGES / "bin" / "python"
    if not python.exists():
        raise NotInstalledError("the apps are not installed: make judges does that")
    return str(python)


def own_python() -> str:
    return sys.executable


def node(script: str) -> Callable[[Registration, Path], Program]:
    """Run a script beside the packages from npm."""

    def found(given: Registration, folder: Path) -> Program:
        installed(FOLDER)
        return Program([program("node"), str(FOLDER / script)], by_hand(given))

    return found


def express(given: Registration, folder: Path) -> Program:
    """Run the snippet, which also asks for what a refresh needs, before pages of ours."""
    snippet = given.snippet(Format.JAVASCRIPT).replace(
        "profile email", "profile email offline_access"
    )
    pages = (FOLDER / "express_pages.js").read_text()
    (folder / "app.mjs").write_text(f"{snippet}\n{pages}")
    (folder / "node_modules").symlink_to(installed(FOLDER))
    return Program([program("node"), "app.mjs"], given.environment())


def nextjs(given: Registration, folder: Path) -> Program:
    """Run the snippet with what next-auth is made of, and without the framework."""
    snippet = given.snippet(Format.JAVASCRIPT, "auth.js")
    (folder / "auth.mjs").write_text(snippet.replace('"next-auth"', f'"{FOLDER}/next_auth.js"'))
    installed(FOLDER)
    command = [program("node"), str(FOLDER / "next_server.js"), str(folder / "auth.mjs")]
    return Program(command, given.environment())


def in_browser(given: Registration, folder: Path) -> Program:
    (folder / "users.js").write_text(given.snippet(Format.JAVASCRIPT))
    installed(FOLDER)
    command = [program("node"), str(FOLDER / "browser_app.js"), str(folder / "users.js")]
    return Program(command)


def authlib(given: Registration, folder: Path) -> Program:
    return Program([sys.executable, "-m", f"{HERE}.authlib_app"], by_hand(given))


def flask(given: Registration, folder: Path) -> Program:
    (folder / "snippet.py").write_text(given.snippet(Format.PYTHON))
    return Program([sys.executable, "-m", f"{HERE}.flask_app"], given.environment())


def fastapi(given: Registration, folder: Path) -> Program:
    (folder / "snippet.py").write_text(given.snippet(Format.PYTHON))
    return Program([sys.executable, "-m", f"{HERE}.fastapi_app"], given.environment())


def django(python: Callable[[], str], module: str) -> Callable[[Registration, Path], Program]:
    """Run a site of Django; the module has its settings and its pages."""

    def found(given: Registration, folder: Path) -> Program:
        for file in ("settings.py", "urls.py"):
            (folder / file).write_text(given.snippet(Format.PYTHON, file))
        environment = given.environment() | {"END_SESSION": given.issuer + END_SESSION}
        return Program([python(), "-m", f"{HERE}.{module}"], environment)

    return found


def apache(more: str = "") -> Callable[[Registration, Path], Program]:
    """Run an Apache of our own with Debian's module, and perhaps a line more than the snippet."""

    def found(given: Registration, folder: Path) -> Program:
        server = shutil.which("apache2")
        if server is None or not (MODULES / "mod_auth_openidc.so").exists():
            raise NotInstalledError("there is no Apache with mod_auth_openidc on this machine")
        snippet = given.snippet(Format.APACHE).replace(
            "profile groups", "profile groups offline_access"
        )
        values = {"modules": MODULES, "port": urlsplit(given.app).port, "folder": folder}
        text = (PROGRAMS / "apache.conf").read_text()
        config = text.format(snippet=f"{snippet}\n{more}", **values)
        (folder / "apache.conf").write_text(config)
        return Program([server, "-f", str(folder / "apache.conf"), "-DFOREGROUND"])

    return found


def reports_of_apache(page: Response) -> list[dict[str, Any]]:
    """Return the headers with claims; the module writes true as 1."""
    names = ("name", "preferred_username", "email", "email_verified")
    told = {name: page.headers[f"X-{name.replace('_', '-')}"] for name in names}
    return [told | {"email_verified": told["email_verified"] == "1"}]


def jupyterhub_by_groups(given: Registration, folder: Path) -> Program:
    """Run JupyterHub with the snippet that stands in the place of one line."""
    (allow_all,) = re.findall(r"c\..*\.allow_all = True", given.snippet(Format.PYTHON))
    groups = given.snippet(Format.PYTHON, "instead of allow_all")
    return _jupyterhub(folder, given.snippet(Format.PYTHON).replace(allow_all, groups))


def jupyterhub(given: Registration, folder: Path) -> Program:
    return _jupyterhub(folder, given.snippet(Format.PYTHON))


def _jupyterhub(folder: Path, snippet: str) -> Program:
    config = (PROGRAMS / "jupyterhub_config.py").read_text()
    (folder / "jupyterhub_config.py").write_text(config + snippet)
    proxy = installed(FOLDER) / ".bin" / "configurable-http-proxy"
    ports = {"HUB_PORT": str(free_port()), "PROXY_PORT": str(free_port())}
    return Program([judges_python(), "-m", "jupyterhub"], ports | {"PROXY": str(proxy)})


def pgadmin(given: Registration, folder: Path) -> Program:
    config = (PROGRAMS / "pgadmin_config.py").read_text()
    (folder / "config_local.py").write_text(config + given.snippet(Format.PYTHON))
    python = judges_python()
    (found,) = JUDGES.glob("lib/python*/site-packages/pgadmin4/pgAdmin4.py")
    admin = {"PGADMIN_SETUP_EMAIL": "ada@example.com", "PGADMIN_SETUP_PASSWORD": "not used here"}
    port = {"PGADMIN_INT_PORT": str(urlsplit(given.app).port)}
    return Program([python, str(found)], admin | port | {"PYTHONPATH": str(folder)})


def reports_of_jupyterhub(page: Response) -> list[dict[str, Any]]:
    """Return the name that its page is made for."""
    return [{"preferred_username": name} for name in re.findall(r'user: "(.+)",', page.text)]
