"""What does not pass the check of translations yet. The list may only shrink."""

from pathlib import Path

import pytest

NOT_READY = {*Path(__file__).with_suffix(".txt").read_text("utf-8").split("\n")} - {""}


def judge(found: dict[str, list[str]], prefix: str) -> None:
    """Fail if something new has a text outside the marks, or something in the list has none.

    `found` has the texts of each thing by its name, and `prefix` is how the names begin.
    """
    faulty = {name for name, texts in found.items() if texts}
    new = sorted({f"{name}: {text}" for name in faulty - NOT_READY for text in found[name]})
    if new:
        pytest.fail("\n".join(["Not given to the translations:", *new]), pytrace=False)
    ready = sorted({each for each in NOT_READY if each.startswith(prefix)} - faulty)
    if ready:
        pytest.fail("\n".join(["Take out of not_ready.txt:", *ready]), pytrace=False)
