"""How much somebody has to read who follows a returning sign-in: functions of ours, and short ones.

The middleware is not counted, because every request goes through it.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from statistics import median
from types import CodeType, FrameType

import pytest
import responses
from django.test import Client

from oauth_client.views import callback
from tests.conftest import HOST
from tests.fakes import FakeGitHub, FakeIssuer, add_provider, begin, come_back

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
NOT_THE_PRODUCT = {"tests", "simulator", "bench", "migrations", "docs"}
MOST = 160  # functions
LONGEST = 30  # lines
MEDIAN = 6  # lines
VIEW = inspect.unwrap(callback).__code__


@cache
def is_of_the_product(file: str) -> bool:
    path = Path(file)
    if not path.is_relative_to(ROOT):
        return False
    parts = path.relative_to(ROOT).parts
    is_of_a_tool = parts[0].startswith(".")  # a virtual environment, among others
    return not (is_of_a_tool or NOT_THE_PRODUCT & set(parts))


def called_by_the_view(do: Callable[[], object]) -> set[CodeType]:
    """Return the functions of ours that run, each once; a comprehension is part of its function."""
    found: set[CodeType] = set()
    is_inside = False

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal is_inside
        code = frame.f_code
        if code is VIEW and event in ("call", "return"):
            is_inside = event == "call"
        is_named = not code.co_name.startswith("<")
        if is_inside and event == "call" and is_named and is_of_the_product(code.co_filename):
            found.add(code)

    sys.setprofile(note)
    try:
        do()
    finally:
        sys.setprofile(None)
    return found


def place_of(code: CodeType) -> tuple[str, int]:
    return str(Path(code.co_filename).relative_to(ROOT)), code.co_firstlineno


@cache
def lengths_in(file: str) -> dict[int, int]:
    """Return the lines of each function's body without its docstring, by where it begins."""
    nodes = ast.walk(ast.parse((ROOT / file).read_text()))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef))
    return {_first_line(function): _length(function) for function in functions}


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(each.lineno for each in function.decorator_list)])


def _length(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def files_of_the_product() -> Iterator[str]:
    for file in ROOT.rglob("*.py"):
        if is_of_the_product(str(file)):
            yield str(file.relative_to(ROOT))


def returning(slug: str, vouch: Callable[[dict[str, str]], None]) -> list[tuple[str, int]]:
    """Sign in three times, each time as a stranger; return what runs in the last callback."""
    for _ in range(3):
        browser = Client(headers={"host": HOST})
        authorization = begin(browser, slug)
        vouch(authorization)
        parameters = {"code": "code-of-a-provider", "state": authorization["state"]}
        found = called_by_the_view(lambda: come_back(browser, slug, **parameters))  # noqa: B023
    assert browser.cookies["session"].value
    return sorted(map(place_of, found))


def through_openid_connect() -> list[tuple[str, int]]:
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    add_provider("demo")
    return returning("demo", lambda authorization: issuer.vouch(authorization["nonce"]))


def through_github() -> list[tuple[str, int]]:
    add_provider("github", "github")
    github = FakeGitHub(responses.mock)
    return returning("github", lambda _: github.vouch())


@pytest.mark.parametrize("sign_in", [through_openid_connect, through_github])
@responses.activate
def test_a_returning_sign_in_runs_few_functions_and_short_ones(
    sign_in: Callable[[], list[tuple[str, int]]],
) -> None:
    found = sign_in()
    listed = "\n".join(f"{file}:{line}" for file, line in found)
    assert len(found) <= MOST, f"{len(found)} functions:\n{listed}"
    assert median(lengths_in(file)[line] for file, line in found) <= MEDIAN


def test_no_function_of_the_product_is_long() -> None:
    lengths = {
        f"{file}:{line}": length
        for file in files_of_the_product()
        for line, length in lengths_in(file).items()
    }
    assert {place: lines for place, lines in lengths.items() if lines > LONGEST} == {}
