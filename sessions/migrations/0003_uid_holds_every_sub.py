"""Let the column with the id of an account hold every `sub`: 255 characters, and a tenant before it.

The table is allauth's, whose bound of 191 characters is one of MySQL's indexes. SQLite knows no
bound, and on PostgreSQL a wider one rewrites nothing.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

WIDEN = "ALTER TABLE socialaccount_socialaccount ALTER COLUMN uid TYPE varchar(320)"


def widen(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(WIDEN)


class Migration(migrations.Migration):
    dependencies = [
        ("signet_sessions", "0002_people_found_faster"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations = [migrations.RunPython(widen, migrations.RunPython.noop)]
