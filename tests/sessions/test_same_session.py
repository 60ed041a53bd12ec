"""A session goes on when the same person signs in again in the same browser."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from audit import recording
from audit.models import UNKNOWN, Actor
from sessions import confirmations
from sessions.errors import AccountSuspendedError, RefreshRefusedError, SessionTokenError
from sessions.lifetime import revoke, revoke_all
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import SessionToken, issue_session_token, validate_session_token
from sessions.starting import (
    IssuedSession,
    SessionStart,
    note_sign_in,
    start_password_session,
    start_session,
)
from tests.sessions.others import FIREFOX, another
from tests.sessions.threads import at_once

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ROUNDS = 25


@pytest.fixture
def session(alices_session: Session) -> Session:
    """A session of Alice's in its fifth generation, which has been presented."""
    Session.objects.update(generation=5, confirmed_generation=5)
    alices_session.refresh_from_db()
    return alices_session


def token_of(session: Session, generation: int | None = None) -> str:
    """Return the refresh token of a session, of any generation."""
    number = session.generation if generation is None else generation
    return issue_refresh_token(Session(pk=session.pk, generation=number))


def jwt_of(session: Session) -> SessionToken:
    return validate_session_token(issue_session_token(session, session.user).text)


def again(session: Session, earlier: SessionToken | None = None, **given: Any) -> IssuedSession:
    """Let the person of the session sign in again in the browser that has this JWT of it."""
    start = SessionStart(UNKNOWN, earlier=earlier or jwt_of(session), **given)
    return start_session(session.user, start, "google", 7)


def refused(token: str, now: datetime | None = None, *, is_cookie: bool = False) -> str:
    with pytest.raises(RefreshRefusedError) as raised:
        refresh(token, now, is_cookie=is_cookie)
    return str(raised.value)


def is_alive(session: Session) -> bool:
    return Session.objects.get(pk=session.pk).revoked_at is None


# What goes on, and what is new


def test_the_same_row_goes_on_with_what_the_new_sign_in_brings(session: Session) -> None:
    Session.objects.update(auth_time=timezone.now() - DAY, late_successors=3, groups=["old"])
    began = timezone.now()
    visitor = Actor(user_agent="A browser " * 30)
    start = SessionStart(visitor, ("staff",), earlier=jwt_of(session))
    start_session(session.user, start, "google", 7)
    row = Session.objects.get()
    assert (row.pk, row.user_id, row.generation) == (session.pk, session.user_id, 6)
    assert (row.provider, row.account, row.groups) == ("google", 7, ["staff"])
    assert (row.late_successors, len(row.user_agent)) == (0, 200)
    assert began <= row.auth_time == row.refreshed_at <= timezone.now()


def test_its_tokens_are_those_of_the_row(session: Session) -> None:
    before = jwt_of(session)
    issued = again(session, before)
    claims, row = validate_session_token(issued.session_token.text).claims, Session.objects.get()
    assert (claims["sid"], claims["gen"], claims["idp"]) == (str(session.pk), 6, "google")
    assert claims["jti"] != before.claims["jti"]
    assert issued.refresh_token == issue_refresh_token(row) != token_of(session)
    kept = {name: value for name, value in vars(issued.session).items() if name[0] != "_"}
    assert kept == {name: value for name, value in vars(row).items() if name[0] != "_"}


def test_both_lifetimes_begin_anew(session: Session) -> None:
    Session.objects.update(refreshed_at=timezone.now() - 13 * DAY)
    row = again(session).session
    assert row.expires_at - row.refreshed_at == 90 * DAY
    assert refresh(token_of(row), row.refreshed_at + 13 * DAY).generation == 7


def test_an_auth_time_that_the_provider_tells_counts(session: Session) -> None:
    an_hour_ago = timezone.now().timestamp() - 3600
    assert again(session, auth_time=an_hour_ago).session.auth_time.timestamp() == an_hour_ago


def test_what_was_a_password_session_is_one_of_a_provider_and_back(session: Session) -> None:
    start_password_session(session.user, SessionStart(UNKNOWN, earlier=jwt_of(session)))
    row = Session.objects.get()
    assert (row.pk, row.provider, row.account) == (session.pk, "", None)


def test_the_earlier_jwt_ends_at_its_own_time_and_is_no_recent_sign_in(session: Session) -> None:
    Session.objects.update(auth_time=timezone.now() - DAY)
    session.refresh_from_db()
    before = jwt_of(session)
    again(session, before)
    assert validate_session_token(before.text).claims == before.claims
    with pytest.raises(SessionTokenError):
        validate_session_token(before.text, before.claims["exp"])


def test_the_sessions_of_others_and_other_sessions_stay_as_they_are(
    session: Session, bob: User
) -> None:
    others = {another(session.user).pk, another(bob).pk}
    before = list(Session.objects.filter(pk__in=others).order_by("pk").values())
    again(session)
    assert list(Session.objects.filter(pk__in=others).order_by("pk").values()) == before


def test_it_takes_no_more_statements_than_a_new_session_did(
    session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = jwt_of(session)
    with django_assert_num_queries(2):
        again(session, before)


def test_neither_does_another_person(
    session: Session, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    start, bob.proven_addresses = SessionStart(UNKNOWN, earlier=jwt_of(session)), ()
    with django_assert_num_queries(2):
        start_session(bob, start)


# The earlier refresh tokens


@pytest.mark.parametrize("is_cookie", [True, False], ids=["cookie", "API"])
@pytest.mark.parametrize("later", [0 * SECOND, 31 * SECOND, DAY], ids=str)
@pytest.mark.parametrize("generation", [5, 4, 3, 0], ids=["newest", "in grace", "old", "first"])
def test_every_earlier_refresh_token_is_refused_and_ends_nothing(
    session: Session, generation: int, later: timedelta, *, is_cookie: bool
) -> None:
    stolen, issued = token_of(session, generation), again(session)
    at = issued.session.refreshed_at + later
    reason = refused(stolen, at, is_cookie=is_cookie)
    assert reason == "its person has signed in again since"
    assert is_alive(session)
    assert refresh(issued.refresh_token, at).generation == 7
    assert not recording._waiting  # nobody is told of a replay


def test_who_lost_an_answer_before_gets_no_late_successor(session: Session) -> None:
    """Neither a thief nor the browser: its person has just proven who they are."""
    Session.objects.update(confirmed_generation=0)
    lost = token_of(session)
    moved = refresh(lost)
    issued = again(moved)
    for token in (lost, token_of(moved)):
        refused(token)
    assert refresh(issued.refresh_token).generation == 8


def test_the_earlier_tokens_stay_refused_however_often_the_session_is_refreshed(
    session: Session,
) -> None:
    stolen, issued = token_of(session), again(session)
    latest = issued.session
    for _ in range(5):
        latest = refresh(token_of(latest))
        refused(stolen)
    assert is_alive(session)


def test_of_the_new_tokens_a_replay_still_ends_the_session(session: Session) -> None:
    token = again(session).refresh_token
    refresh(token_of(refresh(token)))
    assert refused(token) == "the refresh token has been replaced"
    assert Session.objects.get().end == Session.End.REPLAYED


def test_a_new_token_whose_answer_was_lost_works_again(session: Session) -> None:
    token = again(session).refresh_token
    lost = refresh(token)
    assert token_of(refresh(token, lost.refreshed_at + DAY)) == token_of(lost)


def test_a_jwt_of_before_confirms_no_new_generation(session: Session) -> None:
    before = jwt_of(session)
    again(session, before)
    validate_session_token(before.text)
    confirmations.write()
    assert Session.objects.get().confirmed_generation == 5


def test_a_refresh_that_a_sign_in_overtakes_gets_nothing_of_that_sign_in(
    session: Session,
) -> None:
    """Else a thief who is quick gets a JWT with the new `auth_time`."""
    before, stolen = jwt_of(session), token_of(session)
    issued: list[IssuedSession] = []

    def sign_in_after(run: Any, sql: str, *rest: Any) -> Any:
        result = run(sql, *rest)
        if "SET refreshed_at" in sql and not issued:
            issued.append(again(session, before))
        return result

    with connection.execute_wrapper(sign_in_after):
        assert refused(stolen) == "its person has signed in again since"
    assert refresh(issued[0].refresh_token).generation == 8


# Two sign-ins at once


def test_two_tabs_that_sign_in_at_once_get_one_refresh_token(session: Session) -> None:
    """The browser keeps the cookies of the answer that comes last, whichever that is."""
    before = jwt_of(session)
    first, second = again(session, before), again(session, before)
    assert first.refresh_token == second.refresh_token
    assert Session.objects.get().generation == 6
    assert second.session.auth_time > first.session.auth_time
    refused(token_of(session))
    assert refresh(first.refresh_token).generation == 7


def test_a_tab_that_signs_in_late_gets_what_the_browser_has(session: Session) -> None:
    before = jwt_of(session)
    latest = refresh(again(session, before).refresh_token)
    assert again(session, before).refresh_token == token_of(latest)


def test_who_signs_in_one_time_after_the_other_gets_new_tokens_each_time(session: Session) -> None:
    tokens = [token_of(session)]
    latest = session
    for _ in range(3):
        issued = again(latest)
        tokens.append(issued.refresh_token)
        latest = issued.session
    assert len(set(tokens)) == 4
    for token in tokens[:3]:
        refused(token)
    assert refresh(tokens[3]).generation == 9


@pytest.mark.usefixtures("parallel_database")
def test_six_tabs_at_once_are_one_session_and_one_refresh_token(alice: User) -> None:
    for _ in range(ROUNDS):
        before = start_password_session(alice, SessionStart(UNKNOWN))
        start = SessionStart(UNKNOWN, earlier=before.session_token)
        issued = at_once(6, partial(start_password_session, alice, start))
        assert {each.session.pk for each in issued} == {before.session.pk}
        (token,) = {each.refresh_token for each in issued}
        assert refresh(token).generation == 2
        refused(before.refresh_token)
    assert Session.objects.filter(revoked_at=None).count() == ROUNDS


@pytest.mark.usefixtures("parallel_database")
def test_refreshes_beside_a_sign_in_neither_end_the_session_nor_outlive_it(alice: User) -> None:
    for number in range(ROUNDS):
        before = start_password_session(alice, SessionStart(UNKNOWN))
        start = SessionStart(UNKNOWN, earlier=before.session_token)
        deeds: list[Callable[[], object]] = [partial(tried, before.refresh_token)] * 3
        deeds.insert(number % 4, partial(start_password_session, alice, start))
        done = all_at_once(deeds)
        (issued,) = (each for each in done if isinstance(each, IssuedSession))
        assert refresh(issued.refresh_token).pk == before.session.pk
        for session in (before.session, *(each for each in done if isinstance(each, Session))):
            refused(token_of(session))
        assert is_alive(before.session)


def all_at_once(deeds: list[Callable[[], object]]) -> list[object]:
    def next_one() -> object:
        return deeds.pop()()

    return at_once(len(deeds), next_one)


def tried(token: str) -> Session | None:
    try:
        return refresh(token)
    except RefreshRefusedError:
        return None


# Who gets a new session


def _revoked(session: Session) -> None:
    Session.objects.update(revoked_at=timezone.now(), end=Session.End.SIGNED_OUT)


def _expired(session: Session) -> None:
    Session.objects.update(expires_at=timezone.now())


def _idle(session: Session) -> None:
    Session.objects.update(refreshed_at=timezone.now() - 14 * DAY)


def _removed(session: Session) -> None:
    Session.objects.all().delete()


def _of_a_script(session: Session) -> None:
    Session.objects.update(holder=Session.Holder.SCRIPT)


def _of_another(session: Session) -> None:
    Session.objects.update(user=User.objects.create(name="Bob"))


@pytest.mark.parametrize("change", [_revoked, _expired, _idle, _removed, _of_a_script, _of_another])
def test_a_session_that_cannot_go_on_is_replaced(
    session: Session, change: Callable[[Session], None]
) -> None:
    before = jwt_of(session)
    change(session)
    issued = again(session, before)
    assert issued.session.pk != session.pk
    assert Session.objects.get(pk=issued.session.pk).generation == 0
    assert not Session.objects.filter(pk=session.pk, revoked_at=None).exists()
    with pytest.raises(SessionTokenError, match="revoked"):
        validate_session_token(before.text)


def test_another_person_gets_nothing_of_the_session_and_ends_it(
    session: Session, bob: User
) -> None:
    """A cookie that was planted, or stolen, or of whoever was here before."""
    before, start = jwt_of(session), SessionStart(UNKNOWN, earlier=jwt_of(session))
    issued = start_session(bob, start)
    assert issued.session.pk != session.pk
    ended = Session.objects.get(pk=session.pk)
    assert (ended.user_id, ended.end) == (session.user_id, Session.End.REPLACED)
    assert (ended.generation, ended.first_generation) == (5, 0)
    with pytest.raises(SessionTokenError, match="revoked"):
        validate_session_token(before.text)


def test_who_connects_an_account_was_not_asked_again_and_gets_a_new_session(
    session: Session,
) -> None:
    issued = again(session, may_go_on=False)
    assert issued.session.pk != session.pk
    assert Session.objects.get(pk=session.pk).end == Session.End.REPLACED


def test_who_is_suspended_signs_in_nowhere_and_the_session_stays_as_it_was(
    session: Session,
) -> None:
    User.objects.update(is_active=False)
    before = Session.objects.values().get()
    with pytest.raises(AccountSuspendedError):
        start_password_session(session.user, SessionStart(UNKNOWN, earlier=jwt_of(session)))
    assert Session.objects.values().get() == before


def test_who_ends_all_sessions_also_ends_one_that_has_gone_on(session: Session) -> None:
    issued = again(session)
    assert revoke_all(session.user.sessions.all(), Session.End.ENDED_BY_ADMIN) == 1
    refused(issued.refresh_token)


def test_a_session_that_has_ended_never_comes_back(session: Session) -> None:
    before, issued = jwt_of(session), again(session)
    revoke(str(session.pk), Session.End.SIGNED_OUT)
    assert again(session, before).session.pk != session.pk
    refused(issued.refresh_token)
    assert not is_alive(session)


# What fails


def test_a_sign_in_that_fails_at_the_end_leaves_the_tokens_of_before(session: Session) -> None:
    before, jwt = token_of(session), jwt_of(session)
    with pytest.raises(LookupError):
        fail_after_signing_in_again(session, jwt)
    assert validate_session_token(jwt.text)
    assert refresh(before).generation == 6


@transaction.atomic
def fail_after_signing_in_again(session: Session, earlier: SessionToken) -> None:
    assert note_sign_in(session.user)
    again(session, earlier)
    raise LookupError


def test_the_browser_names_itself_anew(session: Session, settings: Settings) -> None:
    settings.SESSION_LIFETIME = 3600
    start = SessionStart(Actor(user_agent=FIREFOX), earlier=jwt_of(session))
    row = start_session(session.user, start).session
    assert (row.user_agent, row.expires_at - row.refreshed_at) == (FIREFOX, timedelta(hours=1))
