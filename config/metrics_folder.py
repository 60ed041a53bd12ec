"""The folder in which several processes of one machine count together, for `/metrics`.

prometheus_client looks for it when it is imported, so this is prepared before any room is.
"""

import os
import shutil
import tempfile
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "signet-metrics-"


def prepare(processes: int) -> None:
    """Make the folder that the environment names; without a name, one for more than a process."""
    if os.environ.get(FOLDER):
        Path(os.environ[FOLDER]).mkdir(parents=True, exist_ok=True)
    elif processes > 1:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix=PREFIX)


def remove() -> None:
    """Remove the folder when the server stops, if it is one that `prepare` has made."""
    folder = os.environ.get(FOLDER, "")
    if Path(folder).name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
