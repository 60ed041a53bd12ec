"""Prometheus is told what becomes of refresh tokens, and whether revocations are noticed."""

import time

import pytest
from prometheus_client import REGISTRY

from sessions import revocation
from sessions.errors import RefreshRefusedError
from sessions.models import Session
from sessions.refresh_tokens import issue_refresh_token, refresh

pytestmark = pytest.mark.django_db


def refreshes(outcome: str) -> float:
    return REGISTRY.get_sample_value("signet_refreshes_total", {"outcome": outcome}) or 0


def test_refreshes_are_counted_by_what_came_of_them(alices_session: Session) -> None:
    outcomes = ("moved_on", "repeated", "refused")
    before = [refreshes(outcome) for outcome in outcomes]
    token = issue_refresh_token(alices_session)
    refresh(token)
    refresh(token)
    with pytest.raises(RefreshRefusedError):
        refresh("no token")
    assert [refreshes(outcome) for outcome in outcomes] == [value + 1 for value in before]


def test_replays_are_counted(alices_session: Session) -> None:
    replays = REGISTRY.get_sample_value("signet_refresh_replays_total") or 0
    token = issue_refresh_token(alices_session)
    refresh(issue_refresh_token(refresh(token)))
    with pytest.raises(RefreshRefusedError):
        refresh(token)
    assert REGISTRY.get_sample_value("signet_refresh_replays_total") == replays + 1


def test_the_reading_of_revocations_is_dated() -> None:
    before = time.time()
    revocation.read()
    read_at = REGISTRY.get_sample_value("signet_revocations_read_timestamp_seconds")
    assert read_at is not None
    assert before <= read_at <= time.time()
