"""The index that finds people by words, and what a database without it does."""

from importlib import import_module

import pytest
from django.db import connection

from accounts.admin_pages import people_search
from sessions.models import User
from tests.pages import ROOT

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such index"),
]
MIGRATIONS = ROOT / "sessions" / "migrations"


def test_words_of_people_are_found_by_an_index() -> None:
    people = people_search.found(User.objects.order_by("-date_joined"), "archer al")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert "person_texts" in people.explain()


def test_a_database_that_refuses_the_index_is_migrated_all_the_same(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    [file] = MIGRATIONS.glob("*_people_found_faster.py")
    migration = import_module(f"sessions.migrations.{file.stem}")
    with connection.schema_editor() as editor:
        editor.execute("DROP INDEX person_texts")
        editor.execute("SET LOCAL ROLE pg_monitor")  # may neither create nor index anything
        migration.add_index(None, editor)
        editor.execute("RESET ROLE")
    assert "people are searched without an index" in caplog.text
    assert people_search.found(User.objects.all(), "archer").get() == alice
