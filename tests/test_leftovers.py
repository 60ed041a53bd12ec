"""What editors, patches and merges leave behind is in no commit."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEFTOVERS = (".orig", ".rej", ".bak", ".swp", "~")


@pytest.mark.skipif(
    not (shutil.which("git") and (ROOT / ".git").exists()), reason="this is no checkout of git"
)
def test_no_leftover_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = listed.stdout.decode().split("\0")
    assert not [name for name in names if name.endswith(LEFTOVERS)]
