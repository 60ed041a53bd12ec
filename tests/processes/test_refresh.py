"""Tabs that refresh at once, behind a proxy that spreads them over two processes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sessions.models import User
from sessions.refresh_tokens import issue_refresh_token
from tests.processes.conftest import new_session, row_of
from tests.processes.site import Site

ROUNDS, USES = 50, 8


def test_eight_parallel_uses_over_two_processes_are_one_new_generation(
    sites: list[Site], person: User
) -> None:
    session = new_session(person)
    token = issue_refresh_token(session)
    with ThreadPoolExecutor(USES) as threads:
        for number in range(1, ROUNDS + 1):
            answers = at_once(threads, sites, token)
            for site, answer in answers:
                other = sites[1 - sites.index(site)]
                claims = other.session(answer["access_token"]).json()
                assert (claims["sid"], claims["gen"]) == (str(session.pk), number)
            (token,) = {answer["refresh_token"] for _, answer in answers}
            assert row_of(session).generation == number
    assert row_of(session).revoked_at is None


def at_once(
    threads: ThreadPoolExecutor, sites: list[Site], token: str
) -> list[tuple[Site, dict[str, Any]]]:
    """Use one refresh token in all threads, every other at the other site."""
    barrier = threading.Barrier(USES, timeout=10)

    def use(number: int) -> tuple[Site, dict[str, Any]]:
        site = sites[number % 2]
        barrier.wait()
        answer = site.refresh(token)
        assert answer.status_code == 200, answer.text
        return site, answer.json()

    return list(threads.map(use, range(USES)))
