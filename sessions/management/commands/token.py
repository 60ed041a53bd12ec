"""`manage.py token explain`: the token checker, for a terminal."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from protocol.jws import MAX_LENGTH
from sessions.token_checker.checks import OK
from sessions.token_checker.explanation import explain, pasted
from web import commands
from web.shown import pretty

READ = MAX_LENGTH + 1024  # bytes; no token is longer


class Command(commands.Command):
    help = gettext_lazy("Say what a token is, whose it is, and why it would be refused.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        explaining = actions.add_parser("explain", help=str(self.help))
        where = _("where the token is; standard input otherwise")
        explaining.add_argument("--file", type=Path, help=where)

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        explanation = explain(pasted(_read(file)))
        self.stdout.write(f"{explanation.what}.")
        if explanation.whose:
            self.stdout.write(_("It names {person}.").format(person=explanation.whose))
        if explanation.claims and not explanation.is_proven:
            self.stdout.write(_("What it says is not proven."))
        for check in explanation.checks:
            status = check.status if check.status == OK else check.status.upper()
            self.stdout.write(f"{status:8} {check.name:9} {check.sentence}")
            for name, value in check.values:
                self.stdout.write(f"{'':18} {name}: {value}")
        if explanation.header:
            self.stdout.write(f"header {pretty(explanation.header)}")
            self.stdout.write(f"claims {pretty(explanation.claims)}")
        if explanation.reason:
            words = _("It would be refused. {reason}")
            raise CommandError(words.format(reason=explanation.reason))
        if not explanation.is_accepted:
            raise CommandError(_("This token cannot be checked now."))
        self.stdout.write(_("It would be accepted."))


def _read(file: Path | None) -> str:
    """Return what was given. It is no argument, because other processes could read that."""
    try:
        raw = file.read_bytes()[:READ] if file else sys.stdin.buffer.read(READ)
    except OSError:
        raise CommandError(_("cannot read {file}").format(file=file)) from None
    return raw.decode("utf-8", "replace")
