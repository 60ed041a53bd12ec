"""`manage.py sessions revoke`: end one session, those of one person, or all."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.admin_pages.people_search import uuids
from accounts.identity import clean_email
from audit.models import COMMAND_LINE, Action, Target
from audit.recording import record
from sessions.lifetime import revoke_all
from sessions.models import Session, User


class Command(BaseCommand):
    help = "End sessions: every service that asks here refuses them within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        revoke = actions.add_parser("revoke", help="end sessions")
        which = revoke.add_mutually_exclusive_group(required=True)
        which.add_argument("--user", help="a person: id, verified email address or user name")
        which.add_argument("--session", help="one session: its sid")
        which.add_argument("--all", action="store_true", help="every session of everybody")
        which.add_argument(
            "--restored",
            action="store_true",
            help="every session that a backup of the database has brought back. Run it right after"
            " you restore one (docs/restore-a-backup.md)",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        chosen, target = _chosen(options)
        end = Session.End.RESTORED if options["restored"] else Session.End.ENDED_BY_ADMIN
        reason = end.value if options["restored"] else ""
        with transaction.atomic():
            after = {"sessions": revoke_all(chosen, end)}
            record(Action.SESSIONS_ENDED, COMMAND_LINE, target, after=after, reason=reason)
        self.stdout.write(f"sessions ended: {after['sessions']}")


def _chosen(options: dict[str, Any]) -> tuple[QuerySet[Session], Target]:
    if options["all"] or options["restored"]:
        return Session.objects.all(), Target("everybody", label="everybody")
    if options["user"] is not None:
        person = _person(options["user"])
        return person.sessions.all(), Target.of(person)
    sid = options["session"]
    found = Session.objects.filter(pk__in=uuids(sid))
    if not found.exists():
        raise CommandError(f"there is no session {sid}")
    return found, Target("session", sid)


def _person(named: str) -> User:
    address = Q(emailaddress__email=clean_email(named), emailaddress__verified=True)
    matches = Q(pk__in=uuids(named)) | address | Q(username=named)
    person = User.objects.filter(matches).first()
    if person is None:
        raise CommandError(f"there is nobody known as {named}")
    return person
