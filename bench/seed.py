"""Fill a database with people and sign-ins to measure with: `python -m bench.seed`.

Takes the settings of the environment, migrates, and writes 90 days of sign-ins that look like life:
several providers, quiet weekends, a few causes of most failures, one bad day. It refuses a database
that has people in it, because nobody can tell made-up people from real ones afterwards.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench import seed_rows

BATCH = 10_000  # rows of one statement, on SQLite
INSERT = "INSERT INTO {} ({}) VALUES ({})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.seed", description=__doc__)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--attempts", type=int, default=1_000_000)
    parser.add_argument("--force", action="store_true", help="although there are people")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    if apps.get_model("signet_sessions", "User").objects.exists() and not options.force:
        sys.exit("There are people in this database. Take another one, or --force.")
    seed(options.users, options.attempts)
    with connection.cursor() as cursor:  # the database learns how the rows are spread
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def seed(users: int, attempts: int) -> None:
    """Write the rows, table by table."""
    started = time.perf_counter()
    _add_providers()
    for table, columns, rows in seed_rows.tables(users, attempts, timezone.now()):
        _write(table, columns, rows)
        print(f"{time.perf_counter() - started:6.1f} s  {table}", flush=True)


def _add_providers() -> None:
    """Register the providers that the sign-ins were made at."""
    provider_model = apps.get_model("providers", "Provider")
    for position, (slug, kind, name) in enumerate(seed_rows.PROVIDERS):
        if not provider_model.objects.filter(slug=slug).exists():
            provider = provider_model(slug=slug, kind=kind, name=name, position=position)
            provider.client_id, provider.client_secret = f"client-of-{slug}", "made up"
            provider.save()


def _write(table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write the rows in the fastest way that the database has."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        statement = INSERT.format(table, ", ".join(columns), ", ".join(["%s"] * len(columns)))
        for batch in seed_rows.batches(rows, BATCH):
            cursor.executemany(statement, [_for_sqlite(row) for row in batch])


def _for_sqlite(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Write times and UUIDs as Django does there."""
    return tuple(_value_for_sqlite(value) for value in row)


def _value_for_sqlite(value: Any) -> Any:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return str(value.replace(tzinfo=None))
        case _:
            return value


if __name__ == "__main__":
    main()
