"""`manage.py admin grant EMAIL`: make somebody an admin who has signed in with that address."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

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
        if not people.update(is_staff=True, is_superuser=True):
            message = f"nobody has signed in here with the verified address {address}"
            raise CommandError(message)
        self.stdout.write(f"{address} is an admin now")
