"""The pages of this repository, as tests read them."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def table(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the table whose first column is called `heading`."""
    lines = text[text.index(f"| {heading} |") :].splitlines()
    rows = [line for line in lines[: lines.index("") if "" in lines else None] if line[:1] == "|"]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
