"""The process that answers is killed in the middle of a refresh: nobody is signed out."""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import transaction
from requests import RequestException, Response

from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from tests.processes.conftest import (
    SITES,
    new_refresh_token,
    new_session,
    row_of,
    waiting_for_a_lock,
)
from tests.processes.site import Site, until

logger = logging.getLogger(__name__)
KILLS = 24


def test_a_client_whose_site_is_killed_while_it_refreshes_goes_on_with_what_it_has(
    sites: list[Site], person: User
) -> None:
    killed, other = sites
    came: list[tuple[bool, int]] = []  # whether an answer arrived, and the generation
    with ThreadPoolExecutor(1) as threads:
        for number in range(KILLS):
            usual = seconds_of_a_refresh(killed, person)
            session = new_session(person)
            token = issue_refresh_token(session)
            answer = threads.submit(killed.refresh, token)
            time.sleep(usual * 1.2 * number / KILLS)
            killed.kill()
            arrived, latest = what_the_client_has(answer, token)
            came.append((arrived, row_of(session).generation))
            assert goes_on(session, latest, other)
    logger.info("answer arrived, generation: %s", {each: came.count(each) for each in came})


def seconds_of_a_refresh(site: Site, person: User) -> float:
    """Measure what a refresh takes, once the process has begun to answer."""
    site.refresh(new_refresh_token(person))
    begun = time.monotonic()
    site.refresh(new_refresh_token(person))
    return time.monotonic() - begun


def what_the_client_has(answer: Future[Response], token: str) -> tuple[bool, str]:
    """Return whether an answer arrived, and the refresh token that the client has now."""
    try:
        return True, answer.result().json()["refresh_token"]
    except RequestException:
        return False, token


def goes_on(session: Session, refresh_token: str, site: Site) -> bool:
    """Tell whether the client is signed in when it asks the other site."""
    answer = site.refresh(refresh_token)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens["refresh_token"] == issue_refresh_token(row_of(session))
    return site.accepts(tokens["access_token"])


def test_a_statement_that_outlives_its_process_signs_nobody_out(
    sites: list[Site], person: User
) -> None:
    killed, other = sites
    session = new_session(person)
    token = issue_refresh_token(session)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic(using=SITES):
            Session.objects.using(SITES).select_for_update().get(pk=session.pk)
            answer = threads.submit(killed.refresh, token)
            until(lambda: waiting_for_a_lock(killed) == 1)
            killed.kill()
            with pytest.raises(RequestException):
                answer.result()
            assert row_of(session).generation == 0
        until(lambda: waiting_for_a_lock(killed) == 0)
    until(lambda: row_of(session).generation == 1)  # PostgreSQL has seen it through
    assert goes_on(session, token, other)
    assert row_of(session).generation == 1
