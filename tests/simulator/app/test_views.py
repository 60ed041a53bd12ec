"""The app's pages, while the site that people sign in to cannot be reached."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from requests import Response, Session

from simulator.process import ROOT

COMMAND = [sys.executable, "-m", "simulator.app"]


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    """The app in a process of its own; returns its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    environment = os.environ | {"APP": url, "ISSUER": "http://127.0.0.1:1", "NO_PROXY": "*"}
    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == f"ready {url}\n"
        yield url
        process.terminate()
    assert process.returncode == 0


@pytest.fixture
def browser() -> Session:
    session = Session()
    session.trust_env = False
    return session


def press(browser: Session, app: str, path: str) -> Response:
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get(app, timeout=5).text)
    assert token
    form = {"csrfmiddlewaretoken": token[1]}
    return browser.post(f"{app}{path}", form, headers={"Origin": app}, timeout=20)


def test_says_that_the_site_does_not_answer(app: str, browser: Session) -> None:
    page = press(browser, app, "/sign-in")
    assert (page.status_code, page.url) == (200, f"{app}/")
    assert "does not answer as it should" in page.text


@pytest.mark.parametrize(
    "query", ["", "?code=c&state=s", "?error=access_denied&state=", "?state=%00&code=%00"]
)
def test_takes_no_answer_that_nobody_asked_for(app: str, browser: Session, query: str) -> None:
    page = browser.get(f"{app}/signed-in{query}", timeout=5)
    assert (page.status_code, page.url) == (200, f"{app}/")
    assert "did not begin in this browser" in page.text
    assert "You are not signed in" in page.text


@pytest.mark.parametrize("path", ["/sign-in", "/refresh", "/sign-out-here", "/sign-out-everywhere"])
def test_does_nothing_for_forms_of_other_pages(app: str, browser: Session, path: str) -> None:
    assert browser.post(f"{app}{path}", timeout=5).status_code == 403
    assert browser.get(f"{app}{path}", timeout=5).status_code == 405


@pytest.mark.parametrize("path", ["/refresh", "/sign-out-here", "/sign-out-everywhere"])
def test_a_person_who_is_not_signed_in_stays_so(app: str, browser: Session, path: str) -> None:
    assert "You are not signed in" in press(browser, app, path).text


def test_says_nothing_twice(app: str, browser: Session) -> None:
    assert "You are signed out everywhere" in browser.get(f"{app}/signed-out", timeout=5).text
    assert "You are signed out everywhere" not in browser.get(app, timeout=5).text


def test_has_one_address(app: str, browser: Session) -> None:
    assert browser.get(app.replace("127.0.0.1", "localhost"), timeout=5).url == f"{app}/"
    rebound = browser.get(app, headers={"Host": "mallory.example"}, timeout=5)
    assert rebound.status_code == 400


def test_its_policy_lets_no_page_frame_it(app: str, browser: Session) -> None:
    policy = browser.get(app, timeout=5).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy


def test_names_what_to_change_if_its_port_is_taken(app: str) -> None:
    ended = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=os.environ | {"APP": app},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 1
    assert "Try another port in APP." in ended.stderr
