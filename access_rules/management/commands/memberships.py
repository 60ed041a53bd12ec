"""`manage.py memberships check`: ask providers again about people who are signed in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from access_rules.recheck import check_all

LISTED = 50  # people without an answer


class Command(BaseCommand):
    help = "Ask providers again whether people who are signed in still may be; for a timer."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser(
            "check", help="ask about everybody whose last answer is older than MEMBERSHIP_MAX_AGE"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        tally = check_all(timezone.now())
        self.stdout.write(f"confirmed: {tally.confirmed}")
        self.stdout.write(f"kept without an answer: {tally.waiting}")
        self.stdout.write(f"no longer allowed: {tally.refused} (sessions ended: {tally.ended})")
        for account, why in tally.unanswered[:LISTED]:
            person = f"{account.user.display_name} ({account.user.pk})"
            self.stdout.write(f"no answer about {person} from {account.provider}: {why}")
        if len(tally.unanswered) > LISTED:
            self.stdout.write(f"and about {len(tally.unanswered) - LISTED} more")
