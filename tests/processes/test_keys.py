"""Signing keys are revoked and rotated by a command, while two processes answer."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import jwt
import pytest
from requests import Session

from sessions.models import User
from sessions.signing_keys.models import SigningKey
from tests.conftest import BASE_URL
from tests.processes.conftest import SITES, new_refresh_token
from tests.processes.site import PATIENCE, ROOT, Site, new_browser

logger = logging.getLogger(__name__)
WITHIN = 1.0  # seconds


class Keys:
    """`manage.py keys`, on the database of the sites."""

    def __init__(self, database_url: str) -> None:
        self._environment = os.environ | {"DATABASE_URL": database_url}

    def __call__(self, *arguments: str) -> None:
        self._run("keys", *arguments)

    def several_times(self, times: int, *arguments: str) -> None:
        """Do it in one process, which takes long to start, with pauses in between and after."""
        code = f"""if True:
            import time
            from django.core.management import call_command
            for _ in range({times}):
                call_command("keys", *{arguments})
                time.sleep({WITHIN})
        """
        self._run("shell", "--no-imports", "--command", code)

    def _run(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def keys(database_url: str) -> Keys:
    return Keys(database_url)


def signing() -> SigningKey:
    keys = SigningKey.objects.using(SITES).filter(purpose=SigningKey.Purpose.SESSION)
    return keys.get(state=SigningKey.State.SIGNING)


@pytest.mark.parametrize("number", range(3))
def test_the_tokens_of_a_revoked_key_are_refused_by_all_within_a_second(
    sites: list[Site], person: User, keys: Keys, number: int
) -> None:
    kid = signing().kid
    token = sites[number % 2].access_token(new_refresh_token(person))
    assert kid_of(token) == kid
    with ThreadPoolExecutor(2) as threads:
        refused = [threads.submit(refused_at, site, token) for site in sites]
        keys("revoke", kid)
    revoked_at = SigningKey.objects.using(SITES).get(kid=kid).revoked_at
    assert revoked_at
    delays = [(each.result() - revoked_at).total_seconds() for each in refused]
    logger.info("key refused after: %.3f s and %.3f s", *delays)
    assert max(delays) < WITHIN


def refused_at(site: Site, token: str) -> datetime:
    """Ask until the token is refused; return when that was."""
    deadline = time.monotonic() + PATIENCE
    while site.accepts(token):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return datetime.now(UTC)


def test_a_process_that_has_just_begun_accepts_no_token_of_a_key_revoked_before(
    sites: list[Site], person: User, keys: Keys
) -> None:
    token = sites[0].access_token(new_refresh_token(person))
    keys("revoke", kid_of(token))
    for site in sites:
        site.kill()
        assert not site.accepts(token)


def test_a_browser_is_signed_in_again_with_its_next_request(
    sites: list[Site], person: User, keys: Keys
) -> None:
    with new_browser() as browser:
        signed_in(browser, sites[0], new_refresh_token(person))
        before, kid = browser.cookies["session"], signing().kid
        keys("revoke", kid)
        time.sleep(WITHIN)
        assert not any(site.accepts(before) for site in sites)
        page = browser.get(f"{sites[1].url}/account/", allow_redirects=False, timeout=PATIENCE)
        assert (page.status_code, "Alice Archer" in page.text) == (200, True)
        assert kid_of(browser.cookies["session"]) == signing().kid != kid
        assert all(site.accepts(browser.cookies["session"]) for site in sites)


def signed_in(browser: Session, site: Site, refresh_token: str) -> None:
    """Give a browser both cookies, as the site sets them."""
    headers = {"Cookie": f"refresh={refresh_token}", "Origin": BASE_URL}
    url = f"{site.url}/api/session/refresh"
    assert browser.post(url, headers=headers, timeout=PATIENCE).status_code == 200
    assert set(browser.cookies.keys()) == {"session", "refresh", "last-asked"}


@pytest.mark.parametrize(
    ("arguments", "times"),
    [(["rotate"], 1), (["rotate", "--now"], 3)],
    ids=["in some minutes", "at once"],
)
def test_no_token_is_refused_while_keys_rotate(
    sites: list[Site], person: User, keys: Keys, arguments: list[str], times: int
) -> None:
    before = signing().kid
    is_over = threading.Event()
    visitors = [Visitor(sites, number, new_refresh_token(person)) for number in range(4)]
    with ThreadPoolExecutor(len(visitors)) as threads:
        visits = [threads.submit(visitor.go_on, is_over.is_set) for visitor in visitors]
        try:
            keys.several_times(times, *arguments)
        finally:
            is_over.set()
    for visit in visits:
        visit.result()
    refused = [visitor.refused for visitor in visitors]
    logger.info("%s tokens, refused: %s", sum(visitor.validated for visitor in visitors), refused)
    assert (signing().kid != before) == ("--now" in arguments)
    assert {kid_of(visitor.access_token) for visitor in visitors} == {signing().kid}
    assert refused == [0] * len(visitors)


class Visitor:
    """A client that gets a token at one site and uses it at both, again and again."""

    def __init__(self, sites: list[Site], number: int, refresh_token: str) -> None:
        self._here, self._there = sites[number % 2], sites[1 - number % 2]
        self._refresh_token = refresh_token
        self.access_token = ""
        self.validated = self.refused = 0

    def go_on(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            answer = self._here.refresh(self._refresh_token)
            assert answer.status_code == 200, answer.text
            tokens = answer.json()
            earlier, self.access_token = self.access_token, tokens["access_token"]
            self._refresh_token = tokens["refresh_token"]
            for token in filter(None, (self.access_token, earlier)):
                for site in (self._there, self._here):
                    self.refused += not site.accepts(token)
                    self.validated += 1


def kid_of(token: str) -> str:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid
