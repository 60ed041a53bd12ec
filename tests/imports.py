"""What a file imports, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def imports(source: Path) -> Iterator[tuple[str, str]]:
    """Give each import of a file as module and name; the name is "" for a whole module."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: a relative import"
            yield from ((node.module or "", alias.name) for alias in node.names)
