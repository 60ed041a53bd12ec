from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import UNKNOWN, Actor
from sessions.errors import AccountSuspendedError, SessionTokenError
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.starting import SessionStart, start_password_session, start_session

pytestmark = pytest.mark.django_db


def test_a_session_is_a_row_for_as_long_as_it_may_last(alice: User) -> None:
    visitor = Actor(user_agent="A browser " * 30)
    start_session(alice, SessionStart(visitor, ("staff",)), "github", 7)
    session = Session.objects.get()
    assert (session.user, session.provider, session.account) == (alice, "github", 7)
    assert (session.groups, len(session.user_agent)) == (["staff"], 200)
    assert session.expires_at - session.auth_time == timedelta(days=90)


def test_its_two_tokens_are_issued_with_it(alice: User) -> None:
    issued = start_session(alice, SessionStart(UNKNOWN))
    session = Session.objects.get()
    assert validate_session_token(issued.session_token.text).sid == str(session.pk)
    assert issued.refresh_token == issue_refresh_token(session)


def test_neither_token_is_in_its_representation(alice: User) -> None:
    issued = start_session(alice, SessionStart(UNKNOWN))
    assert issued.session_token.text not in repr(issued)
    assert issued.refresh_token not in repr(issued)


@pytest.mark.parametrize("seconds", [-100, 100], ids=["earlier", "in the future"])
def test_nobody_was_asked_in_the_future(alice: User, seconds: int) -> None:
    now = timezone.now()
    asked_at = now.timestamp() + seconds
    session = start_session(alice, SessionStart(UNKNOWN, auth_time=asked_at)).session
    expected = now + timedelta(seconds=min(seconds, 0))
    assert abs(session.auth_time - expected) < timedelta(seconds=1)


def test_the_session_that_is_replaced_ends(bob: User, alices_session: Session) -> None:
    text = issue_session_token(alices_session, alices_session.user).text
    start_session(bob, SessionStart(UNKNOWN, earlier=validate_session_token(text)))
    with pytest.raises(SessionTokenError, match="revoked"):
        validate_session_token(text)
    alices_session.refresh_from_db()
    assert alices_session.end == Session.End.REPLACED


def test_nobody_signs_in_by_password_who_is_suspended_in_this_very_moment(alice: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(AccountSuspendedError):
        start_password_session(alice, SessionStart(UNKNOWN))
    assert not Session.objects.exists()
