"""A session outlives its JWTs: who gets a successor, who is refused, and what ends the session."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from sessions import confirmations, refresh_tokens
from sessions.errors import RefreshRefusedError, SessionTokenError
from sessions.lifetime import revoke
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_cookies import set_session_cookies
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.starting import IssuedSession
from tests.sessions.threads import at_once

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def session(alices_session: Session, now: datetime) -> Session:
    """A session of Alice's that began now and may last 90 days."""
    Session.objects.update(refreshed_at=now, expires_at=now + 90 * DAY)
    alices_session.refresh_from_db()
    return alices_session


def presented(session: Session) -> None:
    """Let the client be seen with a JWT of this generation."""
    validate_session_token(issue_session_token(session, session.user).text)
    confirmations.write()


def is_alive(session: Session) -> bool:
    return Session.objects.get(pk=session.pk).revoked_at is None


def test_a_refresh_moves_the_session_on_by_one(session: Session, now: datetime) -> None:
    refreshed = refresh(issue_refresh_token(session), now)
    assert (refreshed.pk, refreshed.generation) == (session.pk, 1)
    assert issue_refresh_token(refreshed) != issue_refresh_token(session)
    claims = validate_session_token(issue_session_token(refreshed, refreshed.user).text).claims
    assert (claims["gen"], claims["sid"]) == (1, str(session.pk))


def test_the_database_holds_nothing_that_a_token_could_be_made_of(session: Session) -> None:
    stored = Session.objects.filter(pk=session.pk).values().get()
    mac = issue_refresh_token(session).rpartition(".")[2]
    assert len(mac) == 43  # 256 bits
    assert mac not in repr(stored)


@pytest.mark.parametrize("seconds", [0, 5, 30])
def test_within_the_grace_the_same_successor_is_handed_out_again(
    session: Session, now: datetime, seconds: int
) -> None:
    first = issue_refresh_token(refresh(issue_refresh_token(session), now))
    again = refresh(issue_refresh_token(session), now + seconds * SECOND)
    assert issue_refresh_token(again) == first
    assert is_alive(session)


@pytest.mark.parametrize("later", [5 * SECOND, 60 * SECOND, 3 * DAY], ids=str)
def test_a_client_that_lost_the_answer_comes_back_late_and_is_signed_in(
    session: Session, now: datetime, later: timedelta
) -> None:
    lost = refresh(issue_refresh_token(session), now)
    again = refresh(issue_refresh_token(session), now + later)
    assert issue_refresh_token(again) == issue_refresh_token(lost)
    assert is_alive(session)


@pytest.mark.parametrize("later", [31 * SECOND, 60 * SECOND, 3 * DAY], ids=str)
def test_a_token_whose_successor_is_in_use_is_a_replay_and_ends_the_session(
    session: Session, now: datetime, caplog: pytest.LogCaptureFixture, later: timedelta
) -> None:
    stolen = issue_refresh_token(session)
    presented(refresh(stolen, now))
    with pytest.raises(RefreshRefusedError):
        refresh(stolen, now + later)
    ended = Session.objects.get(pk=session.pk)
    assert ended.end == Session.End.REPLAYED
    assert f"replayed: user={session.user_id} sid={session.pk}" in caplog.text
    assert stolen not in caplog.text


def test_the_successor_of_a_replayed_token_is_worth_nothing(
    session: Session, now: datetime
) -> None:
    stolen = issue_refresh_token(session)
    used = refresh(stolen, now)
    presented(used)
    with pytest.raises(RefreshRefusedError):
        refresh(stolen, now + 31 * SECOND)
    with pytest.raises(RefreshRefusedError):
        refresh(issue_refresh_token(used), now + 32 * SECOND)
    with pytest.raises(SessionTokenError):
        validate_session_token(issue_session_token(used, used.user).text)


def test_a_token_two_generations_old_is_a_replay_even_within_the_grace(
    session: Session, now: datetime
) -> None:
    old = issue_refresh_token(session)
    refresh(issue_refresh_token(refresh(old, now)), now)
    with pytest.raises(RefreshRefusedError):
        refresh(old, now)
    assert not is_alive(session)


def test_three_late_successors_are_all_that_a_session_gets(session: Session, now: datetime) -> None:
    token = issue_refresh_token(session)
    refresh(token, now)
    for minute in (1, 2, 3):
        refresh(token, now + minute * 60 * SECOND)
    with pytest.raises(RefreshRefusedError):
        refresh(token, now + 240 * SECOND)
    assert not is_alive(session)


@pytest.fixture
def script(session: Session) -> Session:
    """A session of a script's that began now, whose JWTs other services see, and perhaps not we."""
    Session.objects.update(holder=Session.Holder.SCRIPT)
    session.refresh_from_db()
    return session


@pytest.mark.parametrize("later", [0 * SECOND, 31 * SECOND, 600 * SECOND], ids=str)
def test_a_script_that_lost_the_answer_asks_again_within_ten_minutes(
    script: Session, now: datetime, later: timedelta
) -> None:
    lost = refresh(issue_refresh_token(script), now)
    again = refresh(issue_refresh_token(script), now + later)
    assert issue_refresh_token(again) == issue_refresh_token(lost)


@pytest.mark.parametrize("later", [601 * SECOND, DAY, 3 * DAY], ids=str)
@pytest.mark.parametrize("is_seen", [False, True], ids=["not seen here", "seen here"])
def test_a_scripts_token_replaced_for_longer_is_a_replay_whether_its_successor_was_seen_or_not(
    script: Session, now: datetime, later: timedelta, *, is_seen: bool
) -> None:
    stolen = issue_refresh_token(script)
    used = refresh(stolen, now)
    if is_seen:
        presented(used)
    with pytest.raises(RefreshRefusedError):
        refresh(stolen, now + later)
    assert Session.objects.get(pk=script.pk).end == Session.End.REPLAYED
    with pytest.raises(RefreshRefusedError):
        refresh(issue_refresh_token(used), now + later)


def test_a_thief_of_a_nightly_scripts_token_ends_it_the_next_day(
    script: Session, now: datetime
) -> None:
    """Whoever comes second, thief or script, is heard of: the fork does not live on."""
    stolen = issue_refresh_token(script)
    refresh(stolen, now)  # the thief
    with pytest.raises(RefreshRefusedError):
        refresh(stolen, now + 9 * timedelta(hours=1))  # the script, at night
    assert not is_alive(script)


def test_a_session_that_was_not_used_for_long_has_ended(session: Session, now: datetime) -> None:
    with pytest.raises(RefreshRefusedError):
        refresh(issue_refresh_token(session), now + 14 * DAY)


def test_a_refresh_puts_off_the_idle_end_but_never_the_absolute_one(
    session: Session, now: datetime
) -> None:
    latest = session
    for week in range(1, 13):
        latest = refresh(issue_refresh_token(latest), now + week * 7 * DAY)
    with pytest.raises(RefreshRefusedError):
        refresh(issue_refresh_token(latest), now + 90 * DAY)
    assert latest.expires_at == session.expires_at


def test_the_cookie_is_kept_until_the_earlier_end(session: Session, settings: Settings) -> None:
    assert max_age_of_cookie(session) in range(14 * 86400 - 60, 14 * 86400 + 1)
    settings.SESSION_IDLE_LIFETIME = 365 * 86400
    assert max_age_of_cookie(session) in range(90 * 86400 - 60, 90 * 86400 + 1)


def max_age_of_cookie(session: Session) -> int:
    response = HttpResponse()
    set_session_cookies(response, IssuedSession.of(session))
    return int(response.cookies["refresh"]["max-age"])


def test_a_session_that_was_ended_is_refused(session: Session, now: datetime) -> None:
    revoke(str(session.pk), Session.End.SIGNED_OUT)
    with pytest.raises(RefreshRefusedError):
        refresh(issue_refresh_token(session), now)


def test_somebody_suspended_is_refused(session: Session, now: datetime) -> None:
    session.user.is_active = False
    session.user.save()
    with pytest.raises(RefreshRefusedError):
        refresh(issue_refresh_token(session), now)


def test_somebody_who_is_gone_is_refused(session: Session, now: datetime) -> None:
    User.objects.filter(pk=session.user_id).delete()
    with pytest.raises(RefreshRefusedError):
        refresh(issue_refresh_token(session), now)


def test_a_token_from_the_future_is_refused_and_ends_nothing_and_the_log_says_why(
    session: Session, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = issue_refresh_token(Session(pk=session.pk, generation=7))
    with pytest.raises(RefreshRefusedError):
        refresh(ahead, now)
    assert is_alive(session)
    assert "After restoring a backup of the database run" in caplog.text
    assert ahead not in caplog.text


def test_another_secret_key_signs_nobody_out_while_the_old_one_is_a_fallback(
    session: Session, now: datetime, settings: Settings
) -> None:
    token = issue_refresh_token(session)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as a real one has to be, and more"
    successor = issue_refresh_token(refresh(token, now))
    settings.SECRET_KEY_FALLBACKS = []
    assert refresh(successor, now).generation == 2
    with pytest.raises(RefreshRefusedError):
        refresh(token, now)
    assert is_alive(session)


def _tampered(token: str) -> list[str]:
    sid, generation, mac = token.split(".")
    return [
        "",
        sid,
        f"{sid}.{generation}",
        f"{sid}.{generation}.",
        f"{sid}.1.{mac}",
        f"{uuid4()}.{generation}.{mac}",
        f"{sid}.{generation}.{mac[:-1]}",
        f"{sid}.0{generation}.{mac}",
        f"{sid}.-1.{mac}",
        f"{sid}.{generation}.{mac}\n",
        f" {token}",
        token.upper(),
        f"{sid}.{'9' * 100}.{mac}",
        f"{'-' * 36}.{generation}.{mac}",
        "\x00" * 80,
        "ä" * 80,
        "x" * 1_000_000,
    ]


@pytest.mark.parametrize("number", range(17))
def test_refuses_what_is_no_token_of_ours(session: Session, now: datetime, number: int) -> None:
    with pytest.raises(RefreshRefusedError):
        refresh(_tampered(issue_refresh_token(session))[number], now)
    assert is_alive(session)


@pytest.mark.usefixtures("parallel_database")
def test_of_eight_parallel_uses_one_moves_the_session_on_and_all_get_the_same(
    session: Session,
) -> None:
    token = issue_refresh_token(session)
    successors = {issue_refresh_token(each) for each in at_once(8, lambda: refresh(token))}
    assert len(successors) == 1
    assert Session.objects.get().generation == 1


# What a refresh costs


@pytest.mark.parametrize(
    "proven", [["old@example.com", "new@example.com"], []], ids=["two", "none"]
)
def test_a_refresh_and_its_jwt_take_two_statements(
    session: Session,
    now: datetime,
    proven: list[str],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for address in proven:
        primary = address == "new@example.com"
        EmailAddress.objects.create(
            user=session.user, email=address, verified=True, primary=primary
        )
    issue_session_token(session, session.user)  # the keys are loaded
    with django_assert_num_queries(2):
        refreshed = refresh(issue_refresh_token(session), now)
        token = issue_session_token(refreshed, refreshed.user).text
    claims = validate_session_token(token).claims
    told = (claims["sub"], claims["name"], claims["email"], claims["email_verified"])
    email = proven[-1] if proven else "alice@example.com"
    assert told == (str(session.user_id), "Alice Archer", email, bool(proven))


def test_what_else_the_person_has_is_there_when_it_is_needed(
    session: Session, now: datetime
) -> None:
    User.objects.update(picture="https://example.com/alice.png")
    somebody = refresh(issue_refresh_token(session), now).user
    saved = User.objects.get()
    for each in User._meta.concrete_fields:
        assert getattr(somebody, each.attname) == getattr(saved, each.attname)


def _revoked(session: Session, now: datetime) -> datetime:
    revoke(str(session.pk), Session.End.SUSPENDED)
    return now


def _removed(session: Session, now: datetime) -> datetime:
    Session.objects.all().delete()
    return now


def _idle(session: Session, now: datetime) -> datetime:
    return now + 14 * DAY


def _expired(session: Session, now: datetime) -> datetime:
    Session.objects.update(expires_at=now + SECOND)
    return now + SECOND


@pytest.mark.parametrize("end", [_revoked, _removed])
def test_that_a_session_has_ended_for_good_is_asked_once_in_a_process(
    session: Session,
    now: datetime,
    end: Callable[[Session, datetime], datetime],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    token, at = issue_refresh_token(session), end(session, now)
    for queries in (2, 0, 0):
        with django_assert_num_queries(queries), pytest.raises(RefreshRefusedError):
            refresh(token, at)


def test_that_somebody_is_suspended_is_not_remembered(session: Session, now: datetime) -> None:
    token = issue_refresh_token(session)
    User.objects.update(is_active=False)
    for _ in range(2):
        with pytest.raises(RefreshRefusedError):
            refresh(token, now)
    User.objects.update(is_active=True)
    assert refresh(token, now).generation == 1


@pytest.mark.parametrize("end", [_idle, _expired])
def test_a_clock_that_was_ahead_for_a_while_ends_nothing(
    session: Session, now: datetime, end: Callable[[Session, datetime], datetime]
) -> None:
    """Another host, or this one later, may find the same session alive."""
    token = issue_refresh_token(session)
    with pytest.raises(RefreshRefusedError):
        refresh(token, end(session, now) + 20 * SECOND)
    Session.objects.update(expires_at=now + 90 * DAY)
    presented(refresh(token, now))
    assert refresh(issue_refresh_token(Session.objects.get()), now + 13 * DAY).generation == 2


def test_a_replay_is_still_seen_of_a_session_that_lives(session: Session, now: datetime) -> None:
    stolen = issue_refresh_token(session)
    presented(refresh(stolen, now))
    for _ in range(2):
        with pytest.raises(RefreshRefusedError):
            refresh(stolen, now + 31 * SECOND)
    assert Session.objects.get().end == Session.End.REPLAYED


def test_no_more_ends_are_remembered_than_there_is_room_for(
    session: Session,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(refresh_tokens, "MOST_ENDED", 2)
    tokens = [issue_refresh_token(Session(pk=uuid4())) for _ in range(3)]
    for token in tokens:
        with pytest.raises(RefreshRefusedError):
            refresh(token, now)
    for token, queries in zip(reversed(tokens), (0, 0, 2), strict=True):
        with django_assert_num_queries(queries), pytest.raises(RefreshRefusedError):
            refresh(token, now)
