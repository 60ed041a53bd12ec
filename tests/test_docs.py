"""What README and docs say is so."""

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.management import call_command
from django.test import Client
from django.urls import resolve
from pytest_django.live_server_helper import LiveServer

import oauth_client
from accounts.self_service.personal_data import PARTS
from oauth_client import how_it_works
from providers import catalogue
from sessions.models import User
from simulator.process import SimulatorProcess
from tests.fakes import hold, session_token
from tests.pages import README, ROOT, blocks, table
from tests.providers.clients.answers import EVERY
from tests.rehearsal import Stage
from web import whose_site
from web.whose_site import Known, Look

HOW_SIGN_IN_WORKS = (ROOT / "docs" / "how-sign-in-works.md").read_text()
MAKE_IT_YOURS = (ROOT / "docs" / "make-it-yours.md").read_text()
PROVIDERS = (ROOT / "docs" / "providers.md").read_text()
REHEARSE = (ROOT / "docs" / "rehearse-failures.md").read_text()
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *ROOT.glob("docs/*.md"),
]


def test_the_table_of_the_flow_is_the_same_in_the_readme_and_in_the_code() -> None:
    assert table(README, "#") == table(oauth_client.__doc__ or "", "#")


def test_every_function_that_the_table_names_exists() -> None:
    named = {name for row in table(README, "#") for name in re.findall(r"`([a-z_.]+)`", row[2])}
    for name in named - {"fetch_profile"}:
        module, _, function = name.rpartition(".")
        room = "" if module.startswith("sessions") else "protocol."
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
def test_every_link_to_a_section_leads_to_its_heading(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", page.read_text())
    assert not [
        (path, anchor)
        for path, anchor in links
        if anchor not in _anchors(page.parent / path if path else page)
    ]


def _anchors(page: Path) -> set[str]:
    """Return the addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    paths = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", page.read_text())
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_all_pages_together_stay_under_22_000_words() -> None:
    assert sum(len(page.read_text().split()) for page in ROOT.glob("docs/*.md")) <= 22_000


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


def test_every_kind_of_provider_is_on_its_page() -> None:
    kinds = catalogue.kinds()
    rows = table(PROVIDERS, "kinds")
    described = {name: row[1:] for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    known = {kind.id for kind in [*catalogue.FIRST_CLASS, *TESTED]}
    others = {kind.id: kind for kind in catalogue.addable_kinds() if kind.id not in known}
    not_yet = re.findall(r"`(\w+)`", " ".join(row[0] for row in table(PROVIDERS, "not yet")))
    assert described == {name: _described(kinds[name]) for name in known}
    assert re.findall(r"`(\w+)`", _section("Other kinds")) == list(others)
    assert set(not_yet) == {kind.id for kind in kinds.values() if kind.not_yet}
    assert {kind.name for kind in others.values() if kind.verified_claim} == {"Patreon"}
    assert {kind.name for kind in others.values() if _needs(kind)} == {"Mailcow"}


def test_every_kind_with_a_warning_about_its_id_is_named() -> None:
    names = [kind.name for kind in catalogue.addable_kinds() if kind.warning]
    assert not [name for name in names if name not in _section("Whose id is it?")]


TESTED = [catalogue.kind(provider.kind) for provider in EVERY]


def _section(heading: str) -> str:
    return PROVIDERS.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def _needs(kind: catalogue.Kind) -> list[str]:
    """Name what has to be entered besides client ID and secret, in the order of the form."""
    extra = [key.label for key in kind.extra if not key.is_optional]
    return [*extra, *(["base URL"] if kind.needs_base_url else [])]


def _described(kind: catalogue.Kind) -> list[str]:
    needs = (", ".join(_needs(kind)) or "-") + ("" if kind.takes_secret else "; no client secret")
    identity = "API" if kind.protocol in ("github", "allauth") else "ID token"
    unlisted = "any" if kind.identifier.verifier == "provider" else "listed"
    return [needs, identity, unlisted if kind.verified_claim else "none"]


def test_every_address_of_the_contract_answers() -> None:
    rows = table((ROOT / "docs" / "contracts.md").read_text(), "address")
    paths = [path for row in rows for path in re.findall(r"(/[^`?\s]*)", row[0])]
    for path in paths:
        if path not in ("/healthz", "/readyz", "/metrics"):
            resolve(path.replace("<slug>", "github").replace("<reference>", "ABCD-2345"))
    assert len(paths) == 42


def test_every_part_of_what_is_kept_of_a_person_has_its_row() -> None:
    rows = table((ROOT / "docs" / "personal-data.md").read_text(), "member of the file")
    assert [row[0].strip("`") for row in rows] == [part.name for part in PARTS]


def test_every_fault_of_the_simulator_has_its_line(simulated_providers: SimulatorProcess) -> None:
    lines = re.findall(r"^- .*: .*`$|^- .*\)$", REHEARSE.partition("### ")[2], re.MULTILINE)
    assert lines == [_line(fault) for fault in simulated_providers.faults().values()]
    assert f"{len(lines)} of them, on this machine" in README


def test_every_request_to_the_simulator_has_an_address() -> None:
    for row in table(REHEARSE, "request"):
        for path in re.findall(r"(/control/[a-z]*)", row[0]):
            resolve(path, "simulator.urls")


def test_the_requests_that_are_shown_do_what_is_shown(
    simulated_providers: SimulatorProcess,
) -> None:
    for command in blocks(REHEARSE, "sh"):
        if command.startswith("curl "):
            _, url, option, data = shlex.split(command)
            url = url.replace("http://127.0.0.1:9000", simulated_providers.url)
            assert (option, requests.post(url, data, timeout=5).status_code) == ("-d", 201)
    shown = json.loads(blocks(REHEARSE, "json")[0])
    assert simulated_providers.overview()["armed"] == [shown]
    uris = simulated_providers.providers()["demo"]["redirect_uris"]
    assert "http://localhost:5000/callback" in uris


def test_the_simulator_starts_as_shown() -> None:
    (command,) = (each for each in blocks(REHEARSE, "sh") if each.startswith("python "))
    arguments = shlex.split(command.replace("9000", "0"))[1:]
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        process.terminate()
    assert line.startswith("ready http://127.0.0.1:")


def test_the_example_of_the_fixture_passes(tmp_path: Path) -> None:
    (example,) = blocks(REHEARSE, "python")
    (tmp_path / "test_example.py").write_text(example)
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    options = ["-p", "no:django", "-p", "no:cacheprovider", "-c", os.devnull]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={tmp_path}", str(tmp_path)],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in run.stdout, run.stdout + run.stderr


OPENID = ["google", "demo"]


def _line(fault: dict[str, Any]) -> str:
    """Return the line of a fault; it names no providers if all end alike."""
    names = [f"`{fault['name']}`", *(f"`{each['name']}`" for each in fault["parameters"])]
    ends: dict[str, list[str]] = {}
    for slug, end in fault["outcome"].items():
        ends.setdefault(end, []).append(slug)
    where = {end: "OpenID" if slugs == OPENID else ", ".join(slugs) for end, slugs in ends.items()}
    everywhere = list(ends.values()) == [["github", *OPENID]]
    if len(where) > 1:
        where.pop("signed_in", None)
    outcome = ", ".join(
        f"`{end}`" if everywhere else f"`{end}` ({slugs})" for end, slugs in where.items()
    )
    fresh = " ↻" if fault["needs_fresh_metadata"] else ""
    return f"- {', '.join(names)}{fresh} ({fault['title']}): {outcome}"


def test_the_claims_of_the_contract_are_those_of_a_token(client: Client, alice: User) -> None:
    hold(client, session_token(alice))
    rows = table((ROOT / "docs" / "session-jwt.md").read_text(), "claim")
    documented = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert set(client.get("/api/session").json()) <= documented
    assert documented >= {"iss", "sub", "idp", "picture", "email_verified"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl on this machine")
def test_the_walk_through_a_sign_in_works_command_by_command(
    live_server: LiveServer, stage: Stage, settings: Any, tmp_path: Path
) -> None:
    settings.BASE_URL = live_server.url
    settings.SESSION_AUDIENCE = [live_server.url]
    stage.simulator.register("demo", f"{live_server.url}/sign-in/demo/callback/")
    script = "set -eu\n" + "\n".join(blocks(HOW_SIGN_IN_WORKS, "sh"))
    script = script.replace("http://localhost:8000", live_server.url)
    script = script.replace("http://127.0.0.1:9000", stage.simulator.url)

    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )

    output = done.stdout
    expected = [
        f'"issuer": "{stage.simulator.url}/demo"',
        "/demo/authorize?response_type=code",
        "/sign-in/demo/callback/?code=",
        '"token_type": "Bearer"',
        '"email": "alice@example.com"',
        f"{live_server.url}/account/",
        '"idp": "demo"',
        '"error": "invalid_grant"',
        '"name":"Alice Archer"',
        "401",
    ]
    position = 0
    for part in expected:  # each behind the one before: a port may read like a status
        assert part in output[position:]
        position = output.index(part, position) + len(part)


def test_the_messages_of_the_walk_through_have_the_names_that_are_really_sent(
    client: Client, stage: Stage, settings: Any
) -> None:
    settings.DEMO = True
    stage.sign_in(client, "demo", "alice")
    recording = how_it_works.find(client.get("/api/session").json()["sid"])
    assert recording
    headers = {"Authorization", "Set-Cookie"}
    sent = [set(hop.names) - headers for hop in recording.hops if hop.step > 1]
    sent_with_names = [names for names in sent if names and names != {"keys"}]
    parameter = re.compile(r'^(?:  [?&]|(?=\w+=)|  ")(\w+)"?[=:]', re.MULTILINE)
    messages = blocks(HOW_SIGN_IN_WORKS, "http")
    shown = [set(parameter.findall(message)) for message in messages]
    assert [names for names in shown if names] == sent_with_names
    assert (
        len(messages) == len(sent_with_names) + 2
    )  # who asks userinfo, and step 8, have headers alone


def test_the_addresses_of_the_walk_through_are_those_of_the_demo(stage: Stage) -> None:
    (demo,) = (given for slug, given in stage.simulator.providers().items() if slug == "demo")
    for name in ("client_id", "client_secret"):
        assert f"{name}={demo[name]}\n" in HOW_SIGN_IN_WORKS
    assert f"provider={demo['base_url']}\n".replace(
        stage.simulator.url, "http://127.0.0.1:9000"
    ) in (HOW_SIGN_IN_WORKS)


@pytest.mark.parametrize(
    ("algorithm", "key", "size"),
    [
        ("HS256", b"k" * 32, 32),
        ("RS256", rsa.generate_private_key(65537, 3072), 384),
        ("ES256", ec.generate_private_key(ec.SECP256R1()), 64),
    ],
    ids=["HMAC", "RSA", "ECDSA"],
)
def test_signatures_are_as_long_as_the_page_says(algorithm: str, key: Any, size: int) -> None:
    written = jwt.encode({"sub": "alice"}, key, algorithm).rpartition(".")[2]
    heads = re.search(r"^\| \|(.*)\|$", HOW_SIGN_IN_WORKS, re.MULTILINE)
    sizes = re.search(r"^\| signature \|(.*)\|$", HOW_SIGN_IN_WORKS, re.MULTILINE)
    assert heads
    assert sizes
    columns = dict(zip(heads[1].split("|"), sizes[1].split("|"), strict=True))
    (cell,) = (cell for head, cell in columns.items() if algorithm in head)
    assert cell.strip() == f"{size} bytes, {len(written)} characters"
    assert len(jwt.utils.base64url_decode(written)) == size


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


@pytest.mark.django_db
def test_the_example_of_a_template_replaces_ours(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    (example,) = blocks(MAKE_IT_YOURS, "html")
    (tmp_path / "footer.html").write_text(example)
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path, *engine["DIRS"]]}]
    look = Look(support="mailto:help@acme.example")
    whose_site.keep(Known(look), whose_site.begin_reading())
    page = client.get("/nowhere/").content.decode()
    assert '<a href="https://acme.example/">Acme Robotics</a>' in page
    assert '<a href="mailto:help@acme.example">Help</a>' in page
    assert "{%" not in page


def test_the_templates_that_are_called_stable_exist() -> None:
    rows = table(MAKE_IT_YOURS, "template")
    for name in re.findall(r"`(\w+\.html)`", " ".join(row[0] for row in rows)):
        assert (ROOT / "templates" / name).exists()
    shown = set(re.findall(r"`site\.(\w+)`", MAKE_IT_YOURS))
    assert shown <= set(dir(Look()))


@pytest.mark.django_db
def test_the_example_of_a_name_and_look_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (command,) = blocks(MAKE_IT_YOURS, "sh")
    _, _, *arguments = shlex.split(command.replace("\\\n", ""))
    call_command(*arguments)
    assert "name: Acme Robotics" in capsys.readouterr().out
