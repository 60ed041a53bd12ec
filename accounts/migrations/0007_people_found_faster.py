"""An index for words within names and addresses, where the database has trigrams.

`accounts.admin_pages.people_search` asks the same without it, and waits longer. PostgreSQL makes the extension
for whoever may create in the database; a server without it, or another's database, is no reason
not to start.
"""

import logging
from typing import Any

from django.db import DatabaseError, migrations, models, transaction

logger = logging.getLogger(__name__)
EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = """
    CREATE INDEX IF NOT EXISTS person_texts ON accounts_user USING gin (
        upper(name::text) gin_trgm_ops, upper(email::text) gin_trgm_ops, upper(username::text) gin_trgm_ops
    )
"""


def add_index(_: Any, editor: Any) -> None:
    if editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(editor.connection.alias), editor.connection.cursor() as cursor:
            cursor.execute(EXTENSION)
            cursor.execute(INDEX)
    except DatabaseError as error:
        logger.warning("people are searched without an index (pg_trgm): %s", type(error).__name__)


def remove_index(_: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX IF EXISTS person_texts")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_session_no_longer_allowed"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["-date_joined", "-id"], name="person_joined"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_staff", True)),
                fields=["-date_joined", "-id"],
                name="admin_joined",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_active", False)),
                fields=["-date_joined", "-id"],
                name="suspended_joined",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("kind", "client")),
                fields=["-expires_at", "-id"],
                name="client_session",
            ),
        ),
        migrations.RunPython(add_index, remove_index),
    ]
