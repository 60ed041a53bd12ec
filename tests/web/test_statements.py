"""Statements that are written out do what Django's own would."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sessions.models import Session, User
from web.statements import change, database_value, find_all, insert

pytestmark = pytest.mark.django_db
FIND = """
SELECT 7 AS before, session.*, 8 AS after FROM signet_sessions_session AS session WHERE id = %s
"""
KEY = Session._meta.pk


def test_a_row_is_found_as_the_model_keeps_it(
    alices_session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        ((found, others),) = find_all(Session, FIND, [database_value(KEY, alices_session.pk)])
    stored = Session.objects.get()
    for field in Session._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(stored, field.attname)
    assert others == {"before": 7, "after": 8}
    assert not found._state.adding


def test_what_is_not_there_is_not_found() -> None:
    assert find_all(Session, FIND, [database_value(KEY, uuid4())]) == []


def test_a_row_is_inserted_as_save_does(alice: User) -> None:
    now = timezone.now()
    session = Session(user=alice, groups=["a"], auth_time=now, expires_at=now + timedelta(1))
    insert(session)
    stored = Session.objects.get()
    assert {field.attname: getattr(stored, field.attname) for field in Session._meta.fields} == {
        field.attname: getattr(session, field.attname) for field in Session._meta.fields
    }
    session.name = "phone"
    session.save()  # an UPDATE by now
    assert Session.objects.get().name == "phone"


@pytest.mark.usefixtures("parallel_database")
def test_a_row_that_is_there_is_not_replaced(alices_session: Session) -> None:
    with pytest.raises(IntegrityError):
        insert(Session.objects.get())


def test_a_change_says_how_many_rows_it_found(alices_session: Session) -> None:
    statement = "UPDATE signet_sessions_session SET name = 'phone' WHERE id = %s"
    assert change(statement, [database_value(KEY, alices_session.pk)]) == 1
    assert change(statement, [database_value(KEY, uuid4())]) == 0
