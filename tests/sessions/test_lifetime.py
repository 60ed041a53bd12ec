import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import UNKNOWN, AuditEvent
from sessions import lifetime, session_cookies
from sessions.errors import SessionTokenError
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token, validate_session_token
from tests.fakes import session_token

pytestmark = pytest.mark.django_db


def begin(user: User, provider: str, lifetime: int = 600) -> Session:
    now = timezone.now()
    ends = now + timedelta(seconds=lifetime)
    return Session.objects.create(user=user, provider=provider, auth_time=now, expires_at=ends)


def test_a_token_is_revoked_even_if_its_row_is_gone(alices_session: Session) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    sid = str(alices_session.pk)
    alices_session.delete()
    lifetime.revoke(sid, Session.End.SIGNED_OUT)
    with pytest.raises(SessionTokenError, match="revoked"):
        validate_session_token(token)


def test_revoking_twice_keeps_the_time_of_the_first(alices_session: Session) -> None:
    lifetime.revoke(str(alices_session.pk), Session.End.SIGNED_OUT)
    alices_session.refresh_from_db()
    first = alices_session.revoked_at
    lifetime.revoke(str(alices_session.pk), Session.End.SIGNED_OUT)
    alices_session.refresh_from_db()
    assert first is not None
    assert alices_session.revoked_at == first


def test_revokes_all_of_some_sessions_and_no_other(alice: User, bob: User) -> None:
    tokens = [issue_session_token(begin(user, "github"), user).text for user in (alice, alice, bob)]
    lifetime.revoke_all(alice.sessions.all(), Session.End.SUSPENDED)
    for token in tokens[:2]:
        with pytest.raises(SessionTokenError, match="revoked"):
            validate_session_token(token)
    assert validate_session_token(tokens[2]).sub == str(bob.pk)


def test_the_log_names_who_signed_out_and_shows_no_token(
    alices_session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sessions")
    token = validate_session_token(issue_session_token(alices_session, alices_session.user).text)
    session_cookies.end_session(token, UNKNOWN)
    assert caplog.messages == [f"signed out: user={token.sub} sid={token.sid}"]


# The rechecks of access rules


def test_ends_what_began_through_the_provider_and_nothing_else(alice: User, bob: User) -> None:
    for user, provider in ((alice, "github"), (alice, ""), (bob, "github")):
        session_token(user, provider=provider)
    assert lifetime.end_sessions_no_longer_allowed(alice, "github") == 1
    ended = Session.objects.get(end=Session.End.NO_LONGER_ALLOWED)
    assert (ended.user, ended.provider) == (alice, "github")
    left = lifetime.alive(Session.objects.filter(provider="github"))
    assert [session.user for session in left] == [bob]
    assert AuditEvent.objects.get(action="sessions_ended").reason == "no_longer_allowed"


@pytest.mark.parametrize("scope", ["openid", "openid profile email", "openid groups"])
def test_groups_are_those_of_browsers_and_of_scripts_that_say_them(alice: User, scope: str) -> None:
    session_token(alice, provider="github")
    session_token(alice, provider="github")
    script = Session.objects.filter(pk__in=Session.objects.values("pk")[:1])
    script.update(holder=Session.Holder.SCRIPT, scope=scope)
    lifetime.regroup_sessions_through(alice, "github", ["staff"])
    found = Session.objects.order_by("holder").values_list("holder", "groups")
    scripts = ["staff"] if "groups" in scope else []
    assert list(found) == [("browser", ["staff"]), ("script", scripts)]
