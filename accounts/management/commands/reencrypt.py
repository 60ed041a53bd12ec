"""`manage.py reencrypt`: seal everything with a new key of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encryption.fields import reencrypt_all
from web.commands import Command as SignetCommand


class Command(SignetCommand):
    help = gettext_lazy(
        "Encrypt every secret in the database with the first key of ENCRYPTION_KEYS. Afterwards, "
        "you can remove the other keys."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = []
        for column in reencrypt_all():
            changed = _("{number} re-encrypted").format(number=column.resealed)
            unchanged = _("{number} unchanged").format(number=column.current)
            self.stdout.write(f"{column.name}\t{changed}\t{unchanged}")
            words = _("{column} of row {row}")
            broken += [words.format(column=column.name, row=row) for row in column.broken]
        if broken:
            words = _("No key of ENCRYPTION_KEYS can decrypt these values:")
            raise CommandError("\n".join([words, *broken]))
