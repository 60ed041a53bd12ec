"""`manage.py sessions revoke`: end one session, those of one person, or all."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_pages.people_search import uuids
from accounts.identity import clean_email
from audit.models import COMMAND_LINE, Action, Target
from audit.recording import record
from sessions.lifetime import revoke_all
from sessions.models import Session, User
from web.commands import Command as SignetCommand


class Command(SignetCommand):
    help = gettext_lazy("Sign people out. This takes effect within a second.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        revoke = actions.add_parser("revoke", help=_("end sessions"))
        which = revoke.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--user", help=_("one person: ID, verified email address, handle or username")
        )
        which.add_argument("--session", help=_("one session, by its sid"))
        which.add_argument("--all", action="store_true", help=_("all sessions"))
        which.add_argument(
            "--restored",
            action="store_true",
            help=_(
                "all sessions that a restored backup contains. Run this right after you restore a "
                "backup (docs/restore-a-backup.md)"
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen, target = _chosen(options)
        end = Session.End.RESTORED if options["restored"] else Session.End.ENDED_BY_ADMIN
        reason = end.value if options["restored"] else ""
        with transaction.atomic():
            after = {"sessions": revoke_all(chosen, end)}
            record(Action.SESSIONS_ENDED, COMMAND_LINE, target, after=after, reason=reason)
        self.stdout.write(_("Sessions ended: {number}").format(number=after["sessions"]))


def _chosen(options: dict[str, Any]) -> tuple[QuerySet[Session], Target]:
    if options["all"] or options["restored"]:
        return Session.objects.all(), Target("everybody", label="everybody")
    if options["user"] is not None:
        person = _person(options["user"])
        return person.sessions.all(), Target.of(person)
    sid = options["session"]
    found = Session.objects.filter(pk__in=uuids(sid))
    if not found.exists():
        raise CommandError(_("There is no session {sid}.").format(sid=sid))
    return found, Target("session", sid)


def _person(named: str) -> User:
    address = Q(emailaddress__email=clean_email(named), emailaddress__verified=True)
    matches = Q(pk__in=uuids(named)) | address | Q(username=named) | Q(handle=named)
    person = User.objects.filter(matches).first()
    if person is None:
        raise CommandError(_("There is no person {name}.").format(name=named))
    return person
