"""Which room may import which, read from the source."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import accounts
import audit

ROOT = Path(__file__).parents[1]
ROOMS = (
    "accounts",
    "audit",
    "bench",
    "config",
    "dashboard",
    "encryption",
    "jws",
    "oauth_client",
    "simulator",
)
# What each room may import besides itself. `config` wires the site together.
ALLOWED = {
    "jws": set[str](),
    "encryption": set[str](),
    "audit": set[str](),
    "accounts": {"audit", "encryption", "jws"},
    "oauth_client": {"accounts", "audit", "encryption", "jws"},
    "config": {"accounts", "audit", "encryption", "oauth_client"},
    "dashboard": {"accounts", "oauth_client"},  # it is on top, and looks into both
    "bench": {"accounts", "oauth_client"},  # see below; the rest runs the site as processes
    "simulator": set[str](),
}
PURE = (
    "error_names.py",
    "flow.py",
    "id_token.py",
    "jwks.py",
)  # the protocol, without any framework


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(source: Path) -> Iterator[tuple[str, str]]:
    """Give each import of a file as module and name; the name is "" for a whole module."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: a relative import"
            yield from ((node.module or "", alias.name) for alias in node.names)


def rooms_imported_by(source: Path) -> set[str]:
    return {module.partition(".")[0] for module, _ in imports(source)} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_no_room_that_it_may_not(room: str) -> None:
    found = {source: rooms_imported_by(source) for source in sources(room)}
    assert found
    assert {source: rooms - ALLOWED[room] - {room} for source, rooms in found.items()} == {
        source: set() for source in found
    }


def test_the_benchmark_reaches_into_the_site_in_two_places() -> None:
    assert [
        source.name for source in sources("bench") if rooms_imported_by(source) - {"bench"}
    ] == ["recording.py", "tokens.py"]


# Which room uses what of another; each offers what its `__init__` names.
USES = [("oauth_client", accounts), *((room, audit) for room in ("accounts", "oauth_client"))]


def id_of(given: object) -> str:
    return given if isinstance(given, str) else given.__name__  # type: ignore[attr-defined]


@pytest.mark.parametrize(("room", "used"), USES, ids=id_of)
def test_a_room_uses_of_another_only_what_it_offers(room: str, used: ModuleType) -> None:
    for source in sources(room):
        for module, name in imports(source):
            if module.partition(".")[0] == used.__name__:
                assert module == used.__name__, f"{source} reaches into {module}"
                assert name in ("", *used.__all__), f"{source}: {module}.{name}"


@pytest.mark.parametrize(("room", "used"), USES, ids=id_of)
def test_a_room_uses_no_attribute_of_another_that_is_not_offered(
    room: str, used: ModuleType
) -> None:
    for source in sources(room):
        if (used.__name__, "") not in imports(source):
            continue
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                offered = node.value.id != used.__name__ or node.attr in used.__all__
                assert offered, f"{source}: {used.__name__}.{node.attr}"


@pytest.mark.parametrize("name", PURE)
def test_the_protocol_knows_no_framework(name: str) -> None:
    modules = {module.partition(".")[0] for module, _ in imports(ROOT / "oauth_client" / name)}
    assert modules.isdisjoint({"django", "allauth", "accounts", "config", "requests"})


@pytest.mark.parametrize("room", [*ROOMS[:-1], "manage.py"])
def test_nothing_imports_the_simulator(room: str) -> None:
    files = [ROOT / room] if room.endswith(".py") else sources(room)
    assert all("simulator" not in rooms_imported_by(source) for source in files)


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "bench"] + ["manage.py"])
def test_nothing_imports_the_benchmark(room: str) -> None:
    files = [ROOT / room] if room.endswith(".py") else sources(room)
    assert all("bench" not in rooms_imported_by(source) for source in files)


# What accounts and audit offer


@pytest.mark.parametrize("room", [accounts, audit], ids=id_of)
def test_the_table_of_what_a_room_offers_is_the_one_that_types_are_checked_with(
    room: ModuleType,
) -> None:
    checked = {
        name: module.removeprefix(f"{room.__name__}.")
        for module, name in imports(ROOT / room.__name__ / "__init__.py")
        if module.startswith(f"{room.__name__}.")
    }
    assert checked == room._WHERE


@pytest.mark.parametrize(("name", "where"), accounts._WHERE.items())
def test_accounts_offers_what_its_module_defines(name: str, where: str) -> None:
    module = import_module(f"accounts.{where}")
    assert getattr(accounts, name) is getattr(module, name)
    assert getattr(module, name).__module__ == module.__name__


def test_no_module_of_accounts_hides_a_name_that_it_offers() -> None:
    modules = {source.stem for source in (ROOT / "accounts").glob("*.py")}
    assert modules.isdisjoint(accounts.__all__)


@pytest.mark.parametrize("name", ["revoke_everybody", "__wrapped__"])
def test_accounts_does_not_offer(name: str) -> None:
    with pytest.raises(AttributeError, match=f"accounts does not offer {name}"):
        getattr(accounts, name)
