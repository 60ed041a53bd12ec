"""An index for words within names and addresses, where the database has trigrams.

`accounts.admin_pages.people_search` asks the same without it, and waits longer. PostgreSQL makes the extension
for whoever may create in the database; a server without it, or another's database, is no reason
not to start.
"""

import logging
from typing import Any

from django.db import DatabaseError, migrations, transaction

logger = logging.getLogger(__name__)
EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = """
    CREATE INDEX IF NOT EXISTS person_texts ON signet_sessions_user USING gin (
        upper(name::text) gin_trgm_ops, upper(email::text) gin_trgm_ops,
        upper(username::text) gin_trgm_ops, upper(handle::text) gin_trgm_ops
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
    dependencies = [("signet_sessions", "0001_initial")]

    operations = [migrations.RunPython(add_index, remove_index)]
