"""`manage.py admin grant EMAIL`: make somebody an admin who has signed in with that address."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

import audit
from accounts.models import User


class Command(BaseCommand):
    """Admins of this site."""

    help = "Make somebody who has signed in with a verified address an admin."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        grant = actions.add_parser("grant", help="make somebody an admin")
        grant.add_argument("email", help="an address that their provider has verified")

    def handle(self, *_: Any, email: str, **__: Any) -> None:
        address = email.strip().lower()
        people = User.objects.filter(emailaddress__email=address, emailaddress__verified=True)
        person = people.first()
        if person is None:
            message = f"nobody has signed in here with the verified address {address}"
            raise CommandError(message)
        with transaction.atomic():
            before = audit.snapshot(person)
            person.is_staff = person.is_superuser = True
            person.save(update_fields=["is_staff", "is_superuser"])
            was, now = audit.difference(before, audit.snapshot(person))
            target = audit.Target.of(person)
            action = audit.Action.ADMIN_GRANTED
            audit.record(action, audit.COMMAND_LINE, target, before=was, after=now)
        self.stdout.write(f"{address} is an admin now")
