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
from web.commands import Command as SignetCommand
from web.shown import pretty

READ = MAX_LENGTH + 1024  # bytes; no token is longer


class Command(SignetCommand):
    help = gettext_lazy("Explain a token: what it is, whose it is, and whether it is accepted.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        explaining = actions.add_parser("explain", help=str(self.help))
        where = _("file with the token; without it, standard input is read")
        explaining.add_argument("--file", type=Path, help=where)

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        explanation = explain(pasted(_read(file)))
        self.stdout.write(explanation.what)
        if explanation.whose:
            self.stdout.write(_("Person: {name}").format(name=explanation.whose))
        if explanation.claims and not explanation.is_proven:
            self.stdout.write(_("The contents are not verified."))
        for check in explanation.checks:
            status = check.status if check.status == OK else check.status.upper()
            self.stdout.write(f"{status:8} {check.name:9} {check.sentence}")
            for name, value in check.values:
                self.stdout.write(f"{'':18} {name}: {value}")
        if explanation.header:
            self.stdout.write(_("Header: {json}").format(json=pretty(explanation.header)))
            self.stdout.write(_("Claims: {json}").format(json=pretty(explanation.claims)))
        if explanation.reason:
            words = _("The token is refused. {reason}")
            raise CommandError(words.format(reason=explanation.reason))
        if not explanation.is_accepted:
            raise CommandError(_("The token can't be checked now."))
        self.stdout.write(_("The token is accepted."))


def _read(file: Path | None) -> str:
    """Return what was given. It is no argument, because other processes could read that."""
    try:
        raw = file.read_bytes()[:READ] if file else sys.stdin.buffer.read(READ)
    except OSError:
        raise CommandError(_("Can't read {file}.").format(file=file)) from None
    return raw.decode("utf-8", "replace")
