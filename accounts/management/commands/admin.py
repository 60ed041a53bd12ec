"""`manage.py admin grant EMAIL`: make the person an admin who has proven this address."""

from collections.abc import Iterator
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.dateparse import parse_datetime

from accounts.identity import clean_email
from accounts.proven_addresses import proof_of
from accounts.vouching import SINCE
from audit.models import COMMAND_LINE, Action, Target
from audit.recording import difference, record, snapshot
from sessions.models import User
from web.shown import minute, visible


class Command(BaseCommand):
    help = "Make the person an admin for whose address a connected account vouches now."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        grant = actions.add_parser("grant", help="make somebody an admin")
        grant.add_argument("email", help="an address that their provider has verified")

    @transaction.atomic
    def handle(self, *_: Any, email: str, **__: Any) -> None:
        address = clean_email(email)
        proof = proof_of(address)
        if proof is None:
            raise CommandError(_why_not(address, email.strip()))
        person, accounts, vouching = proof
        if not person.is_active:
            raise CommandError(f"{visible(person.display_name)} is suspended: reinstate them first")
        for line in _found(person, accounts, vouching):
            self.stdout.write(line)
        before = snapshot(person)
        person.is_staff = person.is_superuser = True
        person.save(update_fields=["is_staff", "is_superuser"])
        was, now = difference(before, snapshot(person))
        record(Action.ADMIN_GRANTED, COMMAND_LINE, Target.of(person), before=was, after=now)
        self.stdout.write(f"{address} is an admin now")


def _found(
    person: User, accounts: list[SocialAccount], vouching: list[SocialAccount]
) -> Iterator[str]:
    """Describe the owner of the address, so that the operator notices a mistake."""
    at = parse_datetime(min(str(account.extra_data.get(SINCE, "")) for account in vouching))
    since = minute(at) if at else "before Signet recorded it"
    yield f"person: {visible(person.display_name)} ({person.pk})"
    yield f"accounts: {', '.join(f'{each.provider} {visible(each.uid)}' for each in accounts)}"
    yield f"proven since: {since}, by {' and '.join(account.provider for account in vouching)}"


def _why_not(address: str, typed: str) -> str:
    if address and User.objects.filter(email=address).exists():
        return (
            f"{address} is not proven now: somebody here has it, and no account of theirs vouches "
            "for it. They have to sign in again, and their provider has to call it verified."
        )
    return f"nobody has signed in here with the verified address {visible(typed)}"
