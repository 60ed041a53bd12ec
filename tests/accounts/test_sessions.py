import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import sessions
from accounts.errors import AccountSuspendedError, SessionTokenError
from accounts.models import Session, User
from accounts.session_request import SessionRequest
from accounts.session_tokens import issue_session_token, validate_session_token

pytestmark = pytest.mark.django_db


def begin(user: User, provider: str, lifetime: int = 600) -> Session:
    now = timezone.now()
    ends = now + timedelta(seconds=lifetime)
    return Session.objects.create(user=user, provider=provider, auth_time=now, expires_at=ends)


def test_signing_in_makes_a_row_for_as_long_as_a_session_may_last(
    request_of_a_stranger: SessionRequest, alice: User
) -> None:
    request_of_a_stranger.signed_in_through = "github"
    sessions.start_session(request_of_a_stranger, alice)
    session = Session.objects.get()
    assert request_of_a_stranger.started_session == session
    assert (session.user, session.provider, session.revoked_at) == (alice, "github", None)
    assert session.expires_at - session.auth_time == timedelta(days=90)


def test_nobody_begins_a_session_who_is_suspended_in_this_very_moment(
    request_of_a_stranger: SessionRequest, alice: User
) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(AccountSuspendedError):
        sessions.start_session(request_of_a_stranger, alice)
    assert not Session.objects.exists()


def test_nothing_of_before_the_sign_in_is_carried_over(
    request_of_a_stranger: SessionRequest, alice: User
) -> None:
    request_of_a_stranger.session["planted"] = "by mallory"
    sessions.start_session(request_of_a_stranger, alice)
    assert "planted" not in request_of_a_stranger.session


def test_signing_in_again_ends_the_earlier_session(
    request_of_a_stranger: SessionRequest, bob: User, alices_session: Session
) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    request_of_a_stranger.session_token = validate_session_token(token)
    sessions.start_session(request_of_a_stranger, bob)
    with pytest.raises(SessionTokenError, match="revoked"):
        validate_session_token(token)


def test_a_token_is_revoked_even_if_its_row_is_gone(alices_session: Session) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    sid = str(alices_session.pk)
    alices_session.delete()
    sessions.revoke(sid, Session.End.SIGNED_OUT)
    with pytest.raises(SessionTokenError, match="revoked"):
        validate_session_token(token)


def test_revoking_twice_keeps_the_time_of_the_first(alices_session: Session) -> None:
    sessions.revoke(str(alices_session.pk), Session.End.SIGNED_OUT)
    alices_session.refresh_from_db()
    first = alices_session.revoked_at
    sessions.revoke(str(alices_session.pk), Session.End.SIGNED_OUT)
    alices_session.refresh_from_db()
    assert first is not None
    assert alices_session.revoked_at == first


def test_revokes_all_of_some_sessions_and_no_other(alice: User, bob: User) -> None:
    tokens = [issue_session_token(begin(user, "github"), user).text for user in (alice, alice, bob)]
    sessions.revoke_all(alice.sessions.all(), Session.End.SUSPENDED)
    for token in tokens[:2]:
        with pytest.raises(SessionTokenError, match="revoked"):
            validate_session_token(token)
    assert validate_session_token(tokens[2]).sub == str(bob.pk)


def test_the_log_names_who_signed_in_and_out_and_shows_no_token(
    request_of_a_stranger: SessionRequest, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "accounts")
    sessions.start_session(request_of_a_stranger, alice)
    session = Session.objects.get()
    token = issue_session_token(session, alice).text
    request_of_a_stranger.session_token = validate_session_token(token)
    sessions.end_session(request_of_a_stranger)
    assert caplog.messages == [
        f"signed in: user={alice.pk} sid={session.pk} provider=",
        f"signed out: user={alice.pk} sid={session.pk}",
    ]
