"""A session that is ended in one process is over in the other within a second."""

import logging
import time
from statistics import median
from typing import Any

from django.db import connections

from sessions.models import User
from tests.processes.conftest import SITES, new_refresh_token
from tests.processes.site import Site

logger = logging.getLogger(__name__)
BATCHES, SESSIONS = 10, 20
WITHIN = 1.0  # seconds


def test_what_one_process_revokes_the_other_refuses_within_a_second(
    sites: list[Site], person: User
) -> None:
    delays: list[float] = []
    for _ in range(BATCHES):
        tokens = [sites[0].access_token(new_refresh_token(person)) for _ in range(SESSIONS)]
        assert all(sites[1].accepts(token) for token in tokens)
        delays += delays_of_refusal(sites[0], sites[1], tokens)
        assert not any(site.accepts(token) for site in sites for token in tokens)
    logger.info("refused after: median %.3f s, at most %.3f s", median(delays), max(delays))
    assert len(delays) == BATCHES * SESSIONS
    assert max(delays) < WITHIN


def delays_of_refusal(here: Site, there: Site, tokens: list[str]) -> list[float]:
    """Sign out here, ask there again and again; return after how many seconds each was refused."""
    waiting: dict[str, float] = {}
    for token in tokens:
        assert here.sign_out(token).status_code == 204
        waiting[token] = time.monotonic()
        assert not here.accepts(token)
    delays = []
    while waiting:
        for token, since in list(waiting.items()):
            if not there.accepts(token):
                delays.append(time.monotonic() - waiting.pop(token))
            else:
                assert time.monotonic() - since < 10 * WITHIN
    return delays


def test_requests_ask_no_database_while_others_revoke(sites: list[Site], person: User) -> None:
    here, there = sites
    token = there.access_token(new_refresh_token(person))
    ended = [here.access_token(new_refresh_token(person)) for _ in range(10)]
    assert all(there.accepts(each) for each in [token, *ended])
    begun = now()
    for number in range(500):
        if number % 50 == 0:
            here.sign_out(ended[number // 50])
        assert there.accepts(token)
        there.accepts(ended[number // 50])  # either answer
    time.sleep(WITHIN)
    assert not any(there.accepts(each) for each in ended)
    assert connections_that_asked(there, begun) == 1  # of the background thread


def now() -> Any:
    with connections[SITES].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def connections_that_asked(site: Site, since: Any) -> int:
    """Count the connections of this site that have asked anything."""
    with connections[SITES].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND query_start > %s",
            [site.name, since],
        )
        count: int = cursor.fetchone()[0]
        return count
