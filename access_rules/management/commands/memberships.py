"""`manage.py memberships check`: ask providers again about people who are signed in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from access_rules.recheck import check_all

LISTED = 50  # people about whom there was no answer


class Command(BaseCommand):
    """Memberships that access rules ask for."""

    help = "Ask providers again whether people who are signed in still may be; for a timer."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("check", help="ask about those last asked MEMBERSHIP_MAX_AGE ago")

    def handle(self, *_: Any, **options: Any) -> None:
        report = check_all(timezone.now())
        self.stdout.write(f"confirmed: {report.confirmed}")
        self.stdout.write(f"kept without an answer: {report.waiting}")
        self.stdout.write(f"no longer allowed: {report.refused} (sessions ended: {report.ended})")
        for account in report.unanswered[:LISTED]:
            person = f"{account.user.display_name} ({account.user.pk})"
            self.stdout.write(f"no answer about {person} from {account.provider}: {account.why}")
        if len(report.unanswered) > LISTED:
            self.stdout.write(f"and about {len(report.unanswered) - LISTED} more")
