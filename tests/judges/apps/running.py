"""How each app is run: what an admin would paste there, and pages that tell what it knows."""

import sys
from collections.abc import Callable
from pathlib import Path

from oidc_provider.catalogue import Format
from tests.judges.apps.judge import Program
from tests.judges.apps.signet import Registration
from tests.judges.node_process import FOLDER
from tests.npm import installed, program

HERE = "tests.judges.apps.programs"


def by_hand(given: Registration) -> dict[str, str]:
    """Return the values of a client that has no snippet, as its own pages read them."""
    own = {"ISSUER": given.issuer, "CLIENT_ID": given.client_id}
    return own | {"CLIENT_SECRET": given.client_secret}


def node(script: str) -> Callable[[Registration, Path], Program]:
    """Run a script beside the packages from npm."""

    def found(given: Registration, folder: Path) -> Program:
        installed(FOLDER)
        return Program([program("node"), str(FOLDER / script)], by_hand(given))

    return found


def authlib(given: Registration, folder: Path) -> Program:
    return Program([sys.executable, "-m", f"{HERE}.authlib_app"], by_hand(given))


def flask(given: Registration, folder: Path) -> Program:
    (folder / "snippet.py").write_text(given.snippet(Format.PYTHON))
    return Program([sys.executable, "-m", f"{HERE}.flask_app"], given.environment())


def fastapi(given: Registration, folder: Path) -> Program:
    (folder / "snippet.py").write_text(given.snippet(Format.PYTHON))
    return Program([sys.executable, "-m", f"{HERE}.fastapi_app"], given.environment())


def django(python: Path, module: str) -> Callable[[Registration, Path], Program]:
    """Run a site of Django; the module has its settings and its pages."""

    def found(given: Registration, folder: Path) -> Program:
        for file in ("settings.py", "urls.py"):
            (folder / file).write_text(given.snippet(Format.PYTHON, file))
        return Program([str(python), "-m", f"{HERE}.{module}"], given.environment())

    return found
