"""`manage.py admin grant EMAIL`: make the person an admin who has proven this address."""

from collections.abc import Iterator
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity import clean_email
from accounts.proven_addresses import proof_of
from accounts.vouching import SINCE
from audit.models import COMMAND_LINE, Action, Target
from audit.recording import difference, record, snapshot
from sessions.models import User
from web.commands import Command as SignetCommand
from web.shown import minute, visible


class Command(SignetCommand):
    help = gettext_lazy("Make a person an admin.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        grant = actions.add_parser("grant", help=_("make a person an admin"))
        grant.add_argument("email", help=_("an address that the person's provider has verified"))

    @transaction.atomic
    def handle(self, *args: Any, email: str, **options: Any) -> None:
        address = clean_email(email)
        proof = proof_of(address)
        if proof is None:
            raise CommandError(_why_not(address, email.strip()))
        person, accounts, vouching = proof
        if not person.is_active:
            words = _("{person} is suspended. Reinstate this person first.")
            raise CommandError(words.format(person=visible(person.display_name)))
        for line in _found(person, accounts, vouching):
            self.stdout.write(line)
        before = snapshot(person)
        person.is_staff = person.is_superuser = True
        person.save(update_fields=["is_staff", "is_superuser"])
        was, now = difference(before, snapshot(person))
        record(Action.ADMIN_GRANTED, COMMAND_LINE, Target.of(person), before=was, after=now)
        self.stdout.write(_("{address} is now an admin.").format(address=address))


def _found(
    person: User, accounts: list[SocialAccount], vouching: list[SocialAccount]
) -> Iterator[str]:
    """Describe the owner of the address, so that the operator notices a mistake."""
    at = parse_datetime(min(str(account.extra_data.get(SINCE, "")) for account in vouching))
    since = minute(at) if at else _("an unknown time")
    words = _("Person: {name} ({id})")
    yield words.format(name=visible(person.display_name), id=person.pk)
    listed = ", ".join(f"{each.provider} {visible(each.uid)}" for each in accounts)
    yield _("Connected accounts: {accounts}").format(accounts=listed)
    by = ", ".join(account.provider for account in vouching)
    yield _("Address verified since {time} by {providers}").format(time=since, providers=by)


def _why_not(address: str, typed: str) -> str:
    if address and User.objects.filter(email=address).exists():
        words = _(
            "{address} is not verified at the moment. Ask the person to sign in again with a "
            "provider that verifies the address."
        )
        return words.format(address=address)
    words = _("Nobody has signed in with the verified address {address}.")
    return words.format(address=visible(typed))
