"""Statements that are written out do what Django's own would."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from sessions.models import Session
from web.written_sql import find_all

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
