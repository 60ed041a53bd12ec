from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import AuditEvent
from sessions.errors import RefreshRefusedError, SessionTokenError
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import issue_session_token, validate_session_token

pytestmark = pytest.mark.django_db
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def bobs_session(bob: User) -> Session:
    now = timezone.now()
    return Session.objects.create(user=bob, auth_time=now, expires_at=now + timedelta(hours=1))


def alive() -> set[str]:
    return {session.user.name for session in Session.objects.filter(revoked_at=None)}


@pytest.mark.parametrize("named", ["id", "alice@example.com", " Alice@Example.com ", "alice"])
def test_ends_the_sessions_of_one_person(
    alices_session: Session, bobs_session: Session, named: str
) -> None:
    alice = alices_session.user
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True)
    User.objects.filter(pk=alice.pk).update(username="alice")
    call_command("sessions", "revoke", "--user", str(alice.pk) if named == "id" else named)
    assert alive() == {"Bob Baker"}
    ended = Session.objects.get(user=alice)
    assert ended.end == Session.End.ENDED_BY_ADMIN
    with pytest.raises(SessionTokenError):
        validate_session_token(issue_session_token(ended, alice).text)


def test_ends_one_session(alices_session: Session, bobs_session: Session) -> None:
    call_command("sessions", "revoke", "--session", str(bobs_session.pk))
    assert alive() == {"Alice Archer"}


def test_ends_all(
    alices_session: Session, bobs_session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sessions", "revoke", "--all")
    assert alive() == set()
    assert capsys.readouterr().out == "Sessions ended: 2\n"


def test_after_a_backup_was_restored_nobody_gets_in_by_a_token_of_before(
    alices_session: Session, bobs_session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """A token that was replaced since the backup is the newest again, to the database."""
    replaced = issue_refresh_token(alices_session)
    newest = issue_refresh_token(refresh(replaced))
    Session.objects.filter(pk=alices_session.pk).update(generation=0)  # as in the backup
    call_command("sessions", "revoke", "--restored")
    assert capsys.readouterr().out == "Sessions ended: 2\n"
    for token in (replaced, newest):
        with pytest.raises(RefreshRefusedError):
            refresh(token)
    assert set(Session.objects.values_list("end", flat=True)) == {Session.End.RESTORED}
    event = AuditEvent.objects.get(action="sessions_ended")
    assert (event.target_label, event.reason, event.after) == (
        "everybody",
        "restored",
        {"sessions": 2},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--session", NOBODY],
        ["--session", "no-sid"],
        ["--user", NOBODY],
        ["--user", "mallory@example.net"],
        ["--user", ""],
        [],
        ["--all", "--user", "alice"],
        ["--restored", "--all"],
    ],
    ids=str,
)
def test_what_is_unknown_is_an_error_and_ends_nothing(
    alices_session: Session, arguments: list[str]
) -> None:
    with pytest.raises(CommandError):
        call_command("sessions", "revoke", *arguments)
    assert alive() == {"Alice Archer"}


def test_an_unproven_address_names_nobody(alices_session: Session) -> None:
    EmailAddress.objects.create(user=alices_session.user, email="a@b.example", verified=False)
    with pytest.raises(CommandError):
        call_command("sessions", "revoke", "--user", "a@b.example")


@pytest.mark.parametrize(
    ("changes", "is_kept"),
    [
        ({}, True),
        ({"expires_at": -2}, False),
        ({"expires_at": -0.5}, True),
        ({"refreshed_at": -14.5}, True),
        ({"refreshed_at": -15.5}, False),
        ({"revoked_at": -0.5}, True),
        ({"revoked_at": -2}, False),
    ],
    ids=str,
)
def test_cleanup_removes_what_ended_over_a_day_ago(
    alices_session: Session, changes: dict[str, float], is_kept: bool
) -> None:
    now = timezone.now()
    Session.objects.update(
        **{name: now + timedelta(days=offset) for name, offset in changes.items()}
    )
    call_command("cleanup")
    assert Session.objects.exists() is is_kept
