"""How an event gets into the log, and that it stays as it is."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings

from audit import recording
from audit.models import Action, Actor, AppendOnlyError, AuditEvent, Target
from audit.recording import note, record, write
from tests.audit.conftest import ADA, DEMO

pytestmark = pytest.mark.django_db


def test_records_who_did_what_to_what_and_from_where() -> None:
    record(Action.CHANGED, ADA, DEMO, provider="demo", before={"name": "A"}, after={})
    event = AuditEvent.objects.get()
    assert (event.action, event.result, event.provider) == ("changed", "success", "demo")
    assert (event.actor_id, event.actor_label) == (ADA.id, "Ada Admin")
    assert (event.target_type, event.target_id, event.target_label) == ("provider", "1", "Demo")
    assert (event.ip, event.user_agent) == ("198.51.100.7", "Firefox")
    assert (event.before, event.after) == ({"name": "A"}, {})
    assert timezone.now() - event.at < timedelta(minutes=1)


def test_records_with_one_insert(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        record(Action.CHANGED, ADA, DEMO)


def test_what_is_recorded_goes_with_its_transaction() -> None:
    with transaction.atomic():
        record(Action.CHANGED, ADA, DEMO)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


def test_notes_without_a_query_and_writes_all_at_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        for _ in range(3):
            note(Action.SIGNED_IN, ADA)
    with django_assert_num_queries(1):
        write()
        write()
    assert AuditEvent.objects.count() == 3


def test_what_cannot_be_written_waits() -> None:
    note(Action.SIGNED_IN, ADA)

    def refuse(*_: object) -> None:
        raise DatabaseError

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.execute_wrapper(refuse),
    ):
        write()
    write()
    assert AuditEvent.objects.count() == 1


def test_a_flood_of_notes_is_bounded_and_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recording, "MOST", 2)
    for _ in range(3):
        note(Action.SIGNED_IN, ADA)
    write()
    assert AuditEvent.objects.count() == 2
    message = "an audit event is lost, too many wait: action=signed_in"
    assert caplog.record_tuples == [("audit.recording", logging.ERROR, message)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("nul\x00", r"nul\x00"),
        ("\ud800", r"\ud800"),
        ("Zoë 李", "Zoë 李"),
        ("x" * 1000, "x" * 200),
        ("\n" * 200, r"\n" * 100),
    ],
    ids=range(8),
)
def test_what_comes_from_outside_is_escaped_and_cut(given: str, kept: str) -> None:
    actor = Actor(label=given, user_agent=given)
    record(Action.CHANGED, actor, Target("user", label=given), after={"name": [given]})
    event = AuditEvent.objects.get()
    assert event.actor_label == event.user_agent == event.target_label == kept
    assert "\n" not in event.after["name"][0]
    assert "\x1b" not in event.after["name"][0]


def test_values_that_json_has_not_become_text() -> None:
    moment = timezone.now()
    record(Action.CHANGED, ADA, DEMO, after={"at": moment, "on": True, "n": 1.5, "no": None})
    assert AuditEvent.objects.get().after == {"at": str(moment), "on": True, "n": 1.5, "no": None}


# Nothing is changed or removed


def test_an_event_is_not_changed() -> None:
    record(Action.CHANGED, ADA, DEMO)
    event = AuditEvent.objects.get()
    event.actor_label = "Mallory"
    for change in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(actor_label="Mallory"),
        lambda: AuditEvent.objects.bulk_update([event], ["actor_label"]),
        lambda: AuditEvent.objects.bulk_create(
            [event], update_conflicts=True, unique_fields=["pk"], update_fields=["actor_label"]
        ),
    ):
        with pytest.raises(AppendOnlyError):
            change()
    assert AuditEvent.objects.get().actor_label == "Ada Admin"


@pytest.mark.parametrize(("retention", "left"), [(86400, 1), (0, 2)], ids=["a day", "for ever"])
def test_cleanup_removes_what_is_older_than_it_may_be(
    settings: Settings, capsys: pytest.CaptureFixture[str], retention: int, left: int
) -> None:
    settings.AUDIT_RETENTION = retention
    now = timezone.now()
    for age in (timedelta(hours=23), timedelta(hours=25)):
        AuditEvent.objects.create(action=Action.CHANGED, at=now - age)
    call_command("cleanup")
    assert f"Deleted audit events: {2 - left}" in capsys.readouterr().out
    assert AuditEvent.objects.count() == left


def test_the_log_is_the_same_in_every_language() -> None:
    with override("de"):
        assert Group._meta.verbose_name == "Gruppe"
        assert Target.of(Group(name="Staff")).type == "group"


def test_says_what_happened_and_when() -> None:
    at = timezone.now().replace(2026, 3, 1, 12, 30, 0)
    event = AuditEvent(action=Action.ADMIN_GRANTED, at=at)
    assert str(event) == "2026-03-01 12:30:00 Admin added"
