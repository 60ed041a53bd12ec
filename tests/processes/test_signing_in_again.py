"""Somebody signs in again at two processes at once, or at one that is killed meanwhile."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction
from requests import RequestException, Response

from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from tests.conftest import HOST
from tests.processes.conftest import SITES, new_session, row_of, waiting_for_a_lock
from tests.processes.site import Site, new_browser, until

PASSWORD = "correct horse battery staple"
ROUNDS = 10


@pytest.fixture
def admin(sites: list[Site], _database: None) -> User:
    """Somebody with a password, stored as the sites store it."""
    User.objects.using(SITES).filter(username="ada").delete()
    hasher = PBKDF2PasswordHasher()
    stored = hasher.encode(PASSWORD, hasher.salt())
    about = {"is_staff": True, "is_superuser": True, "password": stored}
    return User.objects.using(SITES).create(username="ada", **about)


def tab_at(site: Site, token: str) -> Callable[[], Response]:
    """Open the password form in a tab of the browser with this JWT; return what sends it."""
    browser, page = new_browser(), f"{site.url}/admin/login/?again=1"
    cookie = f"session={token}"
    shown = browser.get(page, headers={"Cookie": cookie})
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)
    assert found
    browser.headers["Cookie"] = f"{cookie}; csrf={shown.cookies['csrf']}"
    browser.headers["Origin"] = f"http://{HOST}"
    form = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
    return lambda: browser.post(page, form, allow_redirects=False, timeout=20)


def test_two_processes_go_on_with_one_session_and_one_refresh_token(
    sites: list[Site], admin: User
) -> None:
    session = new_session(admin)
    refresh_token = issue_refresh_token(session)
    with ThreadPoolExecutor(2) as threads:
        for _ in range(ROUNDS):
            current = sites[0].refresh(refresh_token).json()
            tabs = [tab_at(site, current["access_token"]) for site in sites]
            answers = [each.result() for each in [threads.submit(tab) for tab in tabs]]
            assert [answer.status_code for answer in answers] == [302, 302]
            assert sites[1].refresh(current["refresh_token"]).status_code == 400
            (refresh_token,) = {answer.cookies["refresh"] for answer in answers}
            assert sites[1].accepts(answers[0].cookies["session"])
    alive = Session.objects.using(SITES).filter(user=admin, revoked_at=None)
    assert [each.pk for each in alive] == [session.pk]


def test_a_process_that_is_killed_in_the_middle_leaves_the_tokens_of_before(
    sites: list[Site], admin: User
) -> None:
    killed, other = sites
    session = new_session(admin)
    current = other.refresh(issue_refresh_token(session)).json()
    tab = tab_at(killed, current["access_token"])
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic(using=SITES):
            Session.objects.using(SITES).select_for_update().get(pk=session.pk)
            answer = threads.submit(tab)
            until(lambda: waiting_for_a_lock(killed) == 1)
            killed.kill()
            with pytest.raises(RequestException):
                answer.result()
        until(lambda: waiting_for_a_lock(killed) == 0)
    row = row_of(session)
    assert (row.generation, row.first_generation, row.auth_time) == (1, 0, session.auth_time)
    assert other.accepts(current["access_token"])
    assert other.refresh(current["refresh_token"]).status_code == 200
    assert tab_at(killed, current["access_token"])().status_code == 302  # and at the second try
    assert row_of(session).first_generation == 3
