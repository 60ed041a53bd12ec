"""`manage.py memberships check`: ask providers again about people who are signed in."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access_rules.recheck import check_all
from web.commands import Command as SignetCommand

LISTED = 50  # people without an answer


class Command(SignetCommand):
    help = gettext_lazy("Ask providers again whether people who are signed in are still allowed.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser(
            "check", help=_("check everybody whose last check is older than MEMBERSHIP_MAX_AGE")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tally = check_all(timezone.now())
        self.stdout.write(_("Still allowed: {number}").format(number=tally.confirmed))
        self.stdout.write(_("Could not be checked: {number}").format(number=tally.waiting))
        words = _("No longer allowed: {number} (sessions ended: {ended})")
        self.stdout.write(words.format(number=tally.refused, ended=tally.ended))
        words = _("{provider} did not answer about {name} ({id}): {reason}")
        for account, why in tally.unanswered[:LISTED]:
            about = {"name": account.user.display_name, "id": account.user.pk, "reason": why}
            self.stdout.write(words.format(provider=account.provider, **about))
        if (more := len(tally.unanswered) - LISTED) > 0:
            words = ngettext(
                "{number} more person is not listed.", "{number} more people are not listed.", more
            )
            self.stdout.write(words.format(number=more))
