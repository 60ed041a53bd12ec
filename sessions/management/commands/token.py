"""`manage.py token explain`: the token checker, for a terminal."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from protocol.jws import MAX_LENGTH
from sessions.token_checker.checks import OK
from sessions.token_checker.explanation import explain, pasted
from web.shown import pretty

READ = MAX_LENGTH + 1024  # bytes; no token is longer


class Command(BaseCommand):
    help = "Say what a token is, whose it is, and why it would be refused."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        explaining = actions.add_parser("explain", help=self.help)
        where = "where the token is; standard input otherwise"
        explaining.add_argument("--file", type=Path, help=where)

    def handle(self, *_: Any, file: Path | None, **__: Any) -> None:
        explanation = explain(pasted(_read(file)))
        whose = f", of {explanation.whose}" if explanation.whose else ""
        self.stdout.write(f"{explanation.what}{whose}.")
        if explanation.claims and not explanation.is_proven:
            self.stdout.write("What it says is not proven.")
        for check in explanation.checks:
            status = check.status if check.status == OK else check.status.upper()
            self.stdout.write(f"{status:8} {check.name:9} {check.sentence}")
            for name, value in check.values:
                self.stdout.write(f"{'':18} {name}: {value}")
        if explanation.header:
            self.stdout.write(f"header {pretty(explanation.header)}")
            self.stdout.write(f"claims {pretty(explanation.claims)}")
        if explanation.reason:
            raise CommandError(f"It would be refused. {explanation.reason}")
        if not explanation.is_accepted:
            raise CommandError("This token cannot be checked now.")
        self.stdout.write("It would be accepted.")


def _read(file: Path | None) -> str:
    """Return what was given. It is no argument, because other processes could read that."""
    try:
        raw = file.read_bytes()[:READ] if file else sys.stdin.buffer.read(READ)
    except OSError:
        raise CommandError(f"cannot read {file}") from None
    return raw.decode("utf-8", "replace")
