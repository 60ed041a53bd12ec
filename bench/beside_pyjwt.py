"""The rows about the session JWT itself: the site's own functions beside PyJWT's bare ones."""

import json
import subprocess
import sys
from pathlib import Path

from bench.processes import ROOT, SITE_CORE, free_port, pinned_to
from bench.sites import migrated_signet

# What is done, the figure of ours and of PyJWT's, and the target.
ROWS = (
    ("validation, first sight", "first sight", "decode", "≤ 1.3"),
    ("validation, remembered", "remembered", "decode", "≤ 10 µs"),
    ("issue", "issue", "encode", ""),
)


def print_table(folder: Path) -> None:
    """Measure and print; each figure is a median of rounds in which both took turns."""
    print(f"\n{'':58}{'Signet':>10}{'PyJWT':>15}{'ratio':>8}  target")
    for algorithm, figures in _measured(folder).items():
        for what, ours, theirs, target in ROWS:
            one, other = figures[ours], figures[theirs]
            name = f"{algorithm}, {what} [µs]"
            print(f"{name:58}{one:10.1f}{other:15.1f}{one / other:8.2f}  {target}".rstrip())


def _measured(folder: Path) -> dict[str, dict[str, float]]:
    """Return microseconds by algorithm and by what was done."""
    environment = migrated_signet(folder / "tokens", free_port())
    answer = subprocess.run(
        [sys.executable, "-m", "bench.tokens"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pinned_to(SITE_CORE),
    )
    measured: dict[str, dict[str, float]] = json.loads(answer.stdout)
    return measured
