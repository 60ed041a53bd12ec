"""What docs/add-an-app.md says is so: the demo's app, and somebody who signs in to it."""

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from oidc_provider import catalogue
from oidc_provider.clients import digest_of
from oidc_provider.models import App, Grant
from protocol.authorization_server.errors import SAID
from sessions.models import Session, SigningKey
from sessions.signing_keys import algorithms
from simulator.process import ROOT
from tests.fakes import hold
from tests.oidc_provider.party import SECRET, RelyingParty, parts_of
from tests.pages import README, blocks, table

pytestmark = pytest.mark.django_db
PAGE = (ROOT / "docs" / "add-an-app.md").read_text()
ADD, ADD_TO_DEMO, RUN = blocks(PAGE, "sh")
PREPARE = """
from pathlib import Path
from config.demo import _set_environment
from config.serve import prepare
_set_environment(Path(".demo").absolute(), "8000")
prepare()
"""


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    """Made once for all tests, because that takes a second."""
    return rsa.generate_private_key(65537, 3072)


@pytest.fixture
def signet(live_server: LiveServer, settings: Settings) -> str:
    """Signet at an address of its own."""
    settings.BASE_URL = live_server.url
    settings.SESSION_AUDIENCE = [live_server.url]
    return str(live_server.url)


@pytest.fixture
def row(db: None, rsa_key: rsa.RSAPrivateKey) -> App:
    """The app as an admin has added it."""
    algorithms.row_of("RS256", rsa_key, SigningKey.Purpose.ID_TOKEN).save()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    return App.objects.create(
        slug="my-app",
        name="My app",
        launch_url=url,
        redirect_uris=[f"{url}/signed-in"],
        post_logout_redirect_uris=[f"{url}/signed-out"],
        secret_digest=digest_of(SECRET),
    )


@pytest.fixture
def app(signet: str, row: App) -> Iterator[App]:
    """The app of the page, started as the page says."""
    command = RUN.replace("\\\n", "").replace("http://localhost:8000", signet)
    command = command.replace("http://127.0.0.1:9002", row.launch_url)
    words = shlex.split(command.replace("CLIENT_SECRET=...", f"CLIENT_SECRET={SECRET}"))
    own = dict(word.split("=", 1) for word in words if "=" in word)
    assert words[len(own) :] == [".venv/bin/python", "-m", "simulator.app"]
    with subprocess.Popen(
        [sys.executable, *words[len(own) + 1 :]],
        cwd=ROOT,
        env=os.environ | own | {"NO_PROXY": "*"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == f"ready {row.launch_url}\n"
        yield row
        process.terminate()


@pytest.fixture
def alices_browser(client: Client, alices_token: str) -> Client:
    """Her browser with both cookies: a JWT alone gives no app anything."""
    hold(client, alices_token)
    return client


@pytest.fixture
def browser(signet: str, alices_browser: Client) -> Iterator[requests.Session]:
    """Alice's browser, in which she is signed in at Signet."""
    with requests.Session() as session:
        session.trust_env = False
        for name, cookie in alices_browser.cookies.items():
            session.cookies.set(name, cookie.value)
        yield session


def press(browser: requests.Session, app: App, path: str) -> str:
    page = browser.get(app.launch_url, timeout=20)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    form = {"csrfmiddlewaretoken": token[1]}
    return browser.post(f"{app.launch_url}{path}", form, timeout=20).text


def test_somebody_who_is_signed_in_is_in_with_one_click_until_they_sign_out(
    app: App, browser: requests.Session
) -> None:
    assert "Hello, Alice Archer" in press(browser, app, "/sign-in")
    assert "these claims are new" in press(browser, app, "/refresh")
    assert Grant.objects.get().generation == 2
    assert "signed out everywhere" in press(browser, app, "/sign-out-everywhere")
    assert Session.objects.get().revoked_at


def test_the_app_refreshes_by_itself_when_its_access_token_has_expired(
    app: App, browser: requests.Session, settings: Settings
) -> None:
    settings.SESSION_TOKEN_LIFETIME = 0  # seconds
    assert "Hello, Alice Archer" in press(browser, app, "/sign-in")
    assert Grant.objects.get().generation == 2
    browser.get(app.launch_url, timeout=20)
    assert Grant.objects.get().generation == 3


def test_nobody_who_knew_a_browser_before_is_signed_in_with_it(
    app: App, browser: requests.Session
) -> None:
    browser.get(app.launch_url, timeout=20)
    before = browser.cookies.get("demo-app")
    press(browser, app, "/sign-in")
    assert before
    assert before != browser.cookies.get("demo-app")
    known = requests.get(app.launch_url, cookies={"demo-app": before}, timeout=20)
    assert "You are not signed in" in known.text


def test_a_sign_out_of_the_app_gives_its_grant_back(app: App, browser: requests.Session) -> None:
    press(browser, app, "/sign-in")
    assert "signed out of this app" in press(browser, app, "/sign-out-here")
    assert Grant.objects.get().ended_at
    assert not Session.objects.get().revoked_at


def test_a_session_that_has_ended_ends_at_the_next_refresh(
    app: App, browser: requests.Session
) -> None:
    press(browser, app, "/sign-in")
    Grant.objects.get().session.delete()
    assert "You are not signed in" in press(browser, app, "/refresh")


def test_a_person_who_may_not_use_it_is_nobody_there(app: App, browser: requests.Session) -> None:
    App.objects.update(audience="chosen", groups=["editors"])
    page = press(browser, app, "/sign-in")
    (back,) = re.findall(r'href="(http://127[^"]*signed-in[^"]*)"', page)
    page = browser.get(back.replace("&amp;", "&"), timeout=20).text
    assert "This person may not use this app." in page
    assert "You are not signed in" in page


def test_the_code_of_the_page_is_that_of_the_app() -> None:
    (code,) = blocks(PAGE, "python")
    assert code in (ROOT / "simulator" / "app" / "sign_in.py").read_text()


def test_the_messages_of_the_page_are_those_that_are_sent(alices_browser: Client, row: App) -> None:
    asked, answered, exchanged, issued = blocks(PAGE, "http")
    party = RelyingParty(alices_browser, row)
    answer = party.answer(party.authorize())
    tokens = party.exchange(answer["code"]).json()
    assert {*names(asked)} == {*party.query()}
    assert {*names(answered)} == {*answer}
    assert names(exchanged) == ["grant_type", "code", "redirect_uri", "code_verifier"]
    assert {*names(issued)} == {*tokens}


def names(message: str) -> list[str]:
    return re.findall(r'^(?:  [?&]|&|(?=grant_type)|  ")(\w+)"?[=:]', message, re.MULTILINE)


def test_the_claims_of_the_page_are_those_of_an_id_token(alices_browser: Client, row: App) -> None:
    alice = Session.objects.get().user
    alice.picture = "https://alice.example/picture.png"
    alice.save()
    claims = parts_of(RelyingParty(alices_browser, row).tokens()["id_token"])[1]
    named = {name for row in table(PAGE, "claim") for name in re.findall(r"`(\w+)`", row[0])}
    assert named == {*claims}


def test_the_errors_of_the_page_are_those_of_the_protocol() -> None:
    named = {name for row in table(PAGE, "error") for name in re.findall(r"`(\w+)`", row[0])}
    assert named <= {said.error for said in SAID.values()}


def test_there_are_as_many_apps_as_the_pages_say() -> None:
    apps = [kind for kind in catalogue.kinds() if not kind.is_general]
    assert 40 <= len(apps) < 50
    assert "forty others" in PAGE
    assert "forty others" in " ".join(README.split())


def test_the_command_of_the_page_adds_an_app() -> None:
    _, _, *arguments = shlex.split(ADD)
    call_command(*arguments)
    assert App.objects.get(slug="grafana").redirect_uris == [
        "https://grafana.example.com/login/generic_oauth"
    ]


def test_the_commands_for_the_demo_add_an_app_to_it(tmp_path: Path) -> None:
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own |= {"PYTHONPATH": str(ROOT), "PYTHON": sys.executable, "MANAGE": str(ROOT / "manage.py")}
    command = ADD_TO_DEMO.replace(".venv/bin/python manage.py", '"$PYTHON" "$MANAGE"')
    for words in ([sys.executable, "-c", PREPARE], ["sh", "-euc", command]):
        done = subprocess.run(
            words, cwd=tmp_path, env=own, check=True, capture_output=True, text=True, timeout=60
        )
    assert "Client ID: my-app" in done.stdout
    ours = dict(word.split("=", 1) for word in shlex.split(RUN) if re.match("[A-Z_]+=", word))
    assert ours["CLIENT_ID"] == "my-app"
    assert f"Redirect URI: {ours['APP']}/signed-in" in done.stdout
