"""Which room may import which, read from the source."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.imports import ROOT, imports

# A room imports only rooms that stand above it.
ORDER = (
    "protocol",
    "encryption",
    "web",
    "outgoing",
    "audit",
    "sessions",
    "accounts",
    "providers",
    "diagnosis",
    "attempts",
    "access_rules",
    "oauth_client",
    "oidc_provider",
    "dashboard",
    "config",
)
APART = ("bench", "simulator")
LONGEST_CHAIN = 21  # modules, each of which imports the next


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def rooms_imported_by(source: Path) -> set[str]:
    return {module.partition(".")[0] for module, _ in imports(source)} & {*ORDER, *APART}


@pytest.mark.parametrize("room", ORDER)
def test_a_room_imports_only_rooms_above_it(room: str) -> None:
    above = {*ORDER[: ORDER.index(room) + 1]}
    found = {source: rooms_imported_by(source) - above for source in sources(room)}
    assert found
    assert not {source: rooms for source, rooms in found.items() if rooms}


@pytest.mark.parametrize("room", ORDER)
def test_each_room_says_its_question(room: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text("utf-8")))
    assert docstring
    assert "?" in docstring.partition("\n")[0]


def test_the_simulator_imports_nothing_of_the_site() -> None:
    assert all(rooms_imported_by(source) <= {"simulator"} for source in sources("simulator"))


def test_the_benchmark_reaches_into_the_site_in_two_places() -> None:
    reaching = [each.name for each in sources("bench") if rooms_imported_by(each) - set(APART)]
    assert reaching == ["admin_pages.py", "inside.py"]


def test_the_protocol_loads_no_framework() -> None:
    modules = [
        ".".join(source.relative_to(ROOT).with_suffix("").parts) for source in sources("protocol")
    ]
    code = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
print(*sorted({{"django", "allauth", "requests"}} & set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == ""


def test_no_test_file_imports_from_another() -> None:
    tests = [each for each in (ROOT / "tests").rglob("*.py") if each.name != Path(__file__).name]
    found = {
        f"{source.relative_to(ROOT)}: {module}"
        for source in tests
        for module, name in imports(source)
        for part in (*module.split("."), name)
        if module.startswith("tests") and part.startswith("test_")
    }
    assert not found


def module_of(source: Path) -> str:
    parts = source.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_at_the_top(source: Path, modules: set[str]) -> set[str]:
    """Return the modules of ours that a file imports as soon as it is loaded."""
    found = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in modules else node.module or "")
    return found & modules - {module_of(source)}


def test_no_chain_of_imports_is_long_and_none_is_a_circle() -> None:
    files = {module_of(source): source for room in ORDER for source in sources(room)}
    uses = {module: imported_at_the_top(file, {*files}) for module, file in files.items()}
    ordered = tuple(TopologicalSorter(uses).static_order())  # raises CycleError for a circle
    chains: dict[str, list[str]] = {}
    for module in ordered:
        longest = max((chains[used] for used in uses[module]), key=len, default=[])
        chains[module] = [module, *longest]
    longest = max(chains.values(), key=len)
    assert len(longest) <= LONGEST_CHAIN, " > ".join(longest)
