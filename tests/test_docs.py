"""What README and docs say is so."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.test import Client
from django.urls import resolve
from pytest_django.live_server_helper import LiveServer

import oauth_client
from accounts.models import User
from oauth_client.errors import ErrorCode
from tests.fakes import session_token

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *ROOT.glob("docs/*.md"),
]


def table(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the table whose first column is called `heading`."""
    lines = text[text.index(f"| {heading} |") :].splitlines()
    rows = [line for line in lines[: lines.index("") if "" in lines else None] if line[:1] == "|"]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_table_of_the_flow_is_the_same_in_the_readme_and_in_the_code() -> None:
    assert table(README, "#") == table(oauth_client.__doc__ or "", "#")


def test_every_function_that_the_table_names_exists() -> None:
    named = {name for row in table(README, "#") for name in re.findall(r"`([a-z_.]+)`", row[2])}
    for name in named - {"oauth_client/admin.py", "fetch_profile"}:
        module, _, function = name.rpartition(".")
        room = "" if module.startswith("accounts") else "oauth_client."
        assert hasattr(importlib.import_module(room + module), function), name


def test_the_readme_runs_something_by_line_12_and_stays_under_120_lines() -> None:
    lines = README.splitlines()
    assert lines.index("make demo") < 12
    assert len(lines) <= 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_command_that_is_named_exists(page: Path) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE)
    assert not [name for name in named if name not in targets]


def test_every_setting_has_its_row() -> None:
    source = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.[a-z]+\(\s*"([A-Z_]+)"', source))
    rows = table((ROOT / "docs" / "settings.md").read_text(), "setting")
    assert {re.findall("[A-Z_]+", row[0])[0] for row in rows} == read


def test_every_code_of_a_failure_has_its_row() -> None:
    rows = table((ROOT / "docs" / "failures.md").read_text(), "code")
    assert {row[0].strip("`") for row in rows} == {str(code) for code in ErrorCode}


def test_every_address_of_the_contract_answers() -> None:
    rows = table((ROOT / "docs" / "contracts.md").read_text(), "address")
    paths = [path for row in rows for path in re.findall(r"(/[^`?\s]*)", row[0])]
    for path in paths:
        if path not in ("/healthz", "/readyz"):
            resolve(path.replace("<slug>", "github").replace("<reference>", "ABCD-2345"))
    assert len(paths) == 13


@pytest.mark.django_db(transaction=True)
def test_the_example_verifies_a_session_jwt(
    live_server: LiveServer, alice: User, settings: Any
) -> None:
    settings.BASE_URL = live_server.url
    settings.SESSION_AUDIENCE = [live_server.url]
    (example,) = blocks((ROOT / "docs" / "session-jwt.md").read_text(), "python")
    example = example.replace("https://id.example.com", live_server.url)
    names: dict[str, Any] = {"token": session_token(alice)}
    exec(example, names)
    assert names["claims"]["sub"] == str(alice.pk)
    with pytest.raises(jwt.InvalidTokenError):
        exec(example, {"token": names["token"][:-6] + "AAAAAA"})


def test_the_claims_of_the_contract_are_those_of_a_token(client: Client, alice: User) -> None:
    client.cookies["session"] = session_token(alice)
    rows = table((ROOT / "docs" / "session-jwt.md").read_text(), "claim")
    documented = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert set(client.get("/api/session").json()) <= documented
    assert documented >= {"iss", "sub", "idp", "picture", "email_verified"}


def test_no_requirement_names_an_index_and_every_one_has_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert len(re.findall(r"^[a-z].*==", text, re.MULTILINE)) <= text.count("--hash=sha256:")


def test_the_lock_file_of_the_node_judge_has_a_hash_for_each_package_and_no_address() -> None:
    lock = json.loads((ROOT / "tests/judges/node/package-lock.json").read_text())
    packages = [package for path, package in lock["packages"].items() if path]
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages)
    assert not [package for package in packages if "resolved" in package]
