"""Statements that are written out do what Django's own would."""

from copy import copy
from typing import Any
from uuid import uuid4

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.signals import post_init, pre_init
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit.models import AuditEvent
from providers.models import Provider
from sessions.models import Session, User
from web.written_sql import find_all, insert, insert_row, instance, new_row

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
    assert found._state.db == stored._state.db


@pytest.mark.parametrize("model", [Provider, Session, SocialAccount, User])
def test_no_signal_waits_for_a_row_that_is_made_without_one(model: type[Model]) -> None:
    assert not pre_init.has_listeners(model)
    assert not post_init.has_listeners(model)


def test_a_new_row_is_what_the_constructor_makes(alices_session: Session) -> None:
    given = {"user_id": alices_session.user_id, "auth_time": timezone.now()}
    ours, djangos = new_row(Session, **given), Session(**given)
    assert ours.pk != djangos.pk
    ours.pk, ours.refreshed_at = djangos.pk, djangos.refreshed_at
    assert vars(ours) | {"_state": None} == vars(djangos) | {"_state": None}
    assert (ours._state.adding, ours._state.db) == (djangos._state.adding, djangos._state.db)
    assert ours.groups is not new_row(Session).groups


def test_a_column_that_was_not_read_loads_when_somebody_needs_it(alices_session: Session) -> None:
    alice = instance(User, {"id": alices_session.user_id, "name": "another"})
    assert (alice.email, alice.name) == ("alice@example.com", "another")


def test_what_is_not_there_is_not_found() -> None:
    assert find_all(Session, FIND, [key_of(uuid4())]) == []


def test_what_is_inserted_is_what_django_would_save(alices_session: Session) -> None:
    rows = [vars(alices_session) | {"id": uuid4(), "groups": ["a", "ä"]} for _ in range(3)]
    insert(Session, rows[:1])
    insert(Session, rows[1:])
    for row in rows:
        assert_stored(row)


def assert_stored(row: dict[str, Any]) -> None:
    stored = vars(Session.objects.get(pk=row["id"]))
    names = [field.attname for field in Session._meta.concrete_fields]
    assert {name: stored[name] for name in names} == {name: row[name] for name in names}


@pytest.mark.parametrize("holds", [True, False])
def test_an_instance_is_inserted_if_a_condition_holds(
    *, holds: bool, alices_session: Session, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = copy(alices_session)
    other.pk, other._state = uuid4(), ModelState()
    with django_assert_num_queries(1):
        assert insert_row(other, "%s = 7", [7 if holds else 8]) is holds
    assert Session.objects.filter(pk=other.pk).exists() is holds
    if holds:
        assert_stored(vars(other))
        other.save(force_update=True)


def test_the_database_numbers_rows_and_a_place_replaces_a_value() -> None:
    event = vars(AuditEvent(action="added", before={"a": None}, reason="x"))
    insert(AuditEvent, [event], {"reason": "upper(%s)"})
    stored = AuditEvent.objects.get()
    assert (stored.pk is not None, stored.reason, stored.before) == (True, "X", {"a": None})
    assert stored.at == event["at"]
