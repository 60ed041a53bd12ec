"""What a process knows to be revoked."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from sessions import revocation
from sessions.lifetime import revoke_all
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token
from tests.sessions.outage import database_gone

pytestmark = pytest.mark.django_db


def revoke_elsewhere(session: Session, seconds_ago: float = 0) -> None:
    """Do what another process does."""
    revoked_at = timezone.now() - timedelta(seconds=seconds_ago)
    Session.objects.filter(pk=session.pk).update(revoked_at=revoked_at)


def test_what_is_revoked_here_counts_at_once_and_until_its_last_token_has_expired() -> None:
    revocation.remember("sid", now=1000)
    assert revocation.is_revoked("sid", 1000)
    assert revocation.is_revoked("sid", 1000 + 600 + 119)
    assert not revocation.is_revoked("sid", 1000 + 600 + 120)


def test_is_remembered_longer_where_tokens_live_longer(settings: Settings) -> None:
    settings.SESSION_TOKEN_LIFETIME = 3600
    revocation.remember("sid", now=1000)
    assert revocation.is_revoked("sid", 1000 + 3600)


def test_what_has_expired_is_dropped_when_something_is_added() -> None:
    revocation.remember("old", now=1000)
    revocation.remember("new", now=2000)
    assert not revocation.is_revoked("old", 1000)
    assert revocation.is_revoked("new", 2000)


@pytest.mark.parametrize("sid", ["", "another"])
def test_no_other_session_is_revoked(sid: str) -> None:
    revocation.remember("sid", now=1000)
    assert not revocation.is_revoked(sid, 1000)


def test_the_first_question_reads_what_others_have_revoked(alices_session: Session) -> None:
    revoke_elsewhere(alices_session)
    assert revocation.is_revoked(str(alices_session.pk), 0)


def test_a_reading_finds_what_another_process_has_revoked_since(alices_session: Session) -> None:
    sid = str(alices_session.pk)
    assert not revocation.is_revoked(sid, 0)
    revoke_elsewhere(alices_session)
    assert not revocation.is_revoked(sid, 0)
    revocation.read()
    assert revocation.is_revoked(sid, 0)


def test_a_reading_leaves_out_what_no_valid_token_can_be_of(alices_session: Session) -> None:
    revoke_elsewhere(alices_session, seconds_ago=600 + 121)
    assert revocation.read().sids == frozenset()


def test_every_process_hears_of_the_end_of_a_person_who_is_deleted(
    alices_session: Session, alice: User
) -> None:
    assert not revocation.read().sids
    alice.delete()
    revocation._known.clear()  # as in another process
    assert str(alices_session.pk) in revocation.read().sids
    assert not User.objects.exists()


def test_a_reading_that_finds_nothing_new_takes_over_what_the_last_one_found(
    alices_session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    revoke_elsewhere(alices_session)
    first = revocation.read()
    with django_assert_num_queries(1) as asked:
        second = revocation.read()
    assert "COUNT" in asked[0]["sql"]
    assert second.sids is first.sids
    assert second.read_at > first.read_at


def test_what_is_taken_over_is_read_anew_once_in_a_while(
    alices_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoke_elsewhere(alices_session)
    first = revocation.read()
    Session.objects.all().delete()
    monkeypatch.setattr("sessions.revocation.WHOLE_INTERVAL", -1)
    assert first.sids != revocation.read().sids == frozenset()


def test_no_question_costs_a_query_while_readings_succeed(
    alices_session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    revocation.read()
    with django_assert_num_queries(0):
        assert not revocation.is_revoked(str(alices_session.pk), 0)


def test_each_question_is_asked_of_the_database_once_readings_are_stale(
    alices_session: Session, settings: Settings
) -> None:
    sid = str(alices_session.pk)
    revocation.read()
    settings.REVOCATION_STALE_AFTER = -1
    assert not revocation.is_revoked(sid, 0)
    revoke_elsewhere(alices_session)
    assert revocation.is_revoked(sid, 0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/session", 200),
        ("GET", "/", 302),
        ("DELETE", "/api/session", 401),
        ("GET", "/admin/", 302),
    ],
)
def test_without_a_database_a_token_still_says_who_it_is_and_changes_nothing(
    client: Client,
    alices_session: Session,
    settings: Settings,
    method: str,
    path: str,
    status: int,
) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    client.cookies["session"] = token
    assert client.get("/api/session").status_code == 200
    settings.REVOCATION_STALE_AFTER = -1
    with database_gone():
        answer = client.generic(method, path, headers={"origin": "http://localhost:8000"})
    assert answer.status_code == status
    if path == "/admin/":
        assert answer["Location"].startswith("/sign-in/")


def test_what_ends_in_a_transaction_counts_after_it_although_an_older_list_came_in_between(
    alices_session: Session, django_capture_on_commit_callbacks: Any
) -> None:
    older = revocation.read()
    with django_capture_on_commit_callbacks(execute=True):
        revoke_all(Session.objects.all(), Session.End.REMOVED)
        revocation._known[:] = [older]  # by the background thread, which sees no row of ours yet
    assert revocation.is_revoked(str(alices_session.pk), timezone.now().timestamp())
