"""`manage.py reencrypt`: seal everything with a new key of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from encryption.fields import reencrypt_all


class Command(BaseCommand):
    help = (
        "Seal every encrypted value in the database with the first of ENCRYPTION_KEYS. When it"
        " succeeds, the other keys can be removed."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        broken = []
        for column in reencrypt_all():
            self.stdout.write(
                f"{column.name}\t{column.resealed} re-encrypted\t{column.current} had the first key"
            )
            broken += [f"{column.name} of row {row}" for row in column.broken]
        if broken:
            listed = "\n".join(broken)
            raise CommandError(f"these cannot be opened with any of ENCRYPTION_KEYS:\n{listed}")
