"""Packages from npm for the tests: what the lock file of a folder names, installed beside it."""

import fcntl
import shutil
import subprocess
from pathlib import Path

MINUTES = 180  # seconds, for a slow registry
COMMAND = ("ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


class NotInstalledError(RuntimeError):
    """This machine cannot run it; the text says why."""


def installed(folder: Path) -> Path:
    """Install once for all processes that run tests; return the folder of the packages.

    Raises `NotInstalledError`.
    """
    npm, lock_file = program("npm"), folder / "package-lock.json"
    done = folder / "node_modules" / ".package-lock.json"
    with lock_file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.stat().st_mtime < lock_file.stat().st_mtime:
            try:
                subprocess.run(
                    [npm, *COMMAND], cwd=folder, check=True, capture_output=True, timeout=MINUTES
                )
            except subprocess.SubprocessError as error:
                raise NotInstalledError(f"npm could not install {folder.name}") from error
    return done.parent


def program(name: str) -> str:
    """Return the path of `node` or `npm`. Raises `NotInstalledError`."""
    path = shutil.which(name)
    if path is None:
        raise NotInstalledError(f"there is no {name} on this machine")
    return path
