"""Tokens are issued and validated without a pause while keys come and go. Time is moved by hand."""

import random
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from pytest_django import Settings

from sessions import session_tokens
from sessions.errors import SessionTokenError
from sessions.models import Session
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.signing_keys import keyring, rotation
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import NOW, State, key
from tests.sessions.tokens import claims_of

WORKERS = 3
STEP = 30  # seconds
TOKENS_PER_STEP = 10


@dataclass
class Load:
    """Workers that sign in and look at sessions, at the time that the clock shows."""

    session: Session
    now: float = NOW.timestamp()
    is_over: bool = False
    done: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    tokens: deque[str] = field(default_factory=lambda: deque(maxlen=400))
    kids: set[str] = field(default_factory=set)
    validated: int = 0
    refused: list[str] = field(default_factory=list)

    def work(self) -> None:
        try:
            while not self.is_over:
                user = self.session.user
                self.tokens.append(issue_session_token(self.session, user, self.now).text)
                for token in random.choices(list(self.tokens), k=3):
                    self.look_at(token)
                self.done.release()
        finally:
            self.done.release(TOKENS_PER_STEP)
            connections.close_all()

    def look_at(self, token: str) -> None:
        try:
            self.kids.add(validate_session_token(token, self.now).header["kid"])
            self.validated += 1
        except SessionTokenError as error:
            if claims_of(token)["exp"] > self.now:  # still valid, though time has gone on
                self.refused.append(str(error))

    def pass_time(self) -> None:
        """Move the clock on, let the background do its work, and let the workers do theirs."""
        self.now += STEP
        session_tokens._verified.cache_clear()  # as in a process that has seen none of the tokens
        rotation.rotate_if_due(datetime.fromtimestamp(self.now, UTC))
        keyring.reload()
        for _ in range(TOKENS_PER_STEP):
            self.done.acquire()


@pytest.mark.usefixtures("parallel_database")
def test_no_valid_token_is_refused_during_rotations(
    alices_session: Session, settings: Settings
) -> None:
    key(State.SIGNING, signs_from=NOW - timedelta(days=90)).save()
    alices_session.expires_at = NOW + timedelta(days=1)
    load = Load(alices_session)
    assert load.session.user.proven_addresses == ()  # remembered: the workers need no database
    with ThreadPoolExecutor(WORKERS) as threads:
        workers = [threads.submit(load.work) for _ in range(WORKERS)]
        for algorithm in ("ES256", "EdDSA", "RS256", "HS256"):
            settings.SIGNING_ALGORITHM = algorithm
            for _ in range(1200 // STEP):
                load.pass_time()
        load.is_over = True
        for worker in workers:
            worker.result()
    assert load.refused == []
    assert load.validated > 1000
    assert len(load.kids) == 5  # the first, and one of each algorithm
    assert sorted(SigningKey.objects.values_list("state", flat=True)) == ["gone"] * 4 + ["signing"]
