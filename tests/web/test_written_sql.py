"""Statements that are written out do what Django's own would."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from audit.models import AuditEvent
from sessions.models import Session
from web.written_sql import find_all, insert

pytestmark = pytest.mark.django_db
FIND = """
SELECT 7 AS before, session.*, 8 AS after FROM signet_sessions_session AS session WHERE id = %s
"""


def key_of(pk: object) -> Any:
    return Session._meta.pk.get_db_prep_save(pk, connection)


def test_a_row_is_found_as_the_model_keeps_it(
    alices_session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        ((found, others),) = find_all(Session, FIND, [key_of(alices_session.pk)])
    stored = Session.objects.get()
    for field in Session._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(stored, field.attname)
    assert others == {"before": 7, "after": 8}
    assert not found._state.adding


def test_what_is_not_there_is_not_found() -> None:
    assert find_all(Session, FIND, [key_of(uuid4())]) == []


def test_what_is_inserted_is_what_django_would_save(alices_session: Session) -> None:
    rows = [vars(alices_session) | {"id": uuid4(), "groups": ["a", "ä"]} for _ in range(3)]
    insert(Session, rows[:1])
    insert(Session, rows[1:])
    for row in rows:
        stored = Session.objects.get(pk=row["id"])
        for field in Session._meta.concrete_fields:
            assert getattr(stored, field.attname) == row[field.attname]


def test_the_database_numbers_rows_and_a_place_replaces_a_value() -> None:
    event = vars(AuditEvent(action="added", before={"a": None}, reason="x"))
    insert(AuditEvent, [event], {"reason": "upper(%s)"})
    stored = AuditEvent.objects.get()
    assert (stored.pk is not None, stored.reason, stored.before) == (True, "X", {"a": None})
    assert stored.at == event["at"]
