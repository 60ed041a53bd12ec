"""`manage.py token explain`: the token checker, for a terminal."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from protocol.jws import MAX_LENGTH
from sessions.token_checker import Finding, Outcome, explain, pasted
from web.shown import pretty

READ = MAX_LENGTH + 1024  # bytes: what is longer is no token


class Command(BaseCommand):
    """Tokens that somebody holds."""

    help = "Say of a token what it is, whose, and why it would be refused."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        explaining = actions.add_parser("explain", help=self.help)
        explaining.add_argument(
            "--file", type=Path, help="where the token is; standard input otherwise"
        )

    def handle(self, *_: Any, file: Path | None, **__: Any) -> None:
        explanation = explain(pasted(_read(file)))
        whose = f", of {explanation.whose}" if explanation.whose else ""
        self.stdout.write(f"{explanation.what}{whose}.")
        if explanation.claims and not explanation.is_proven:
            self.stdout.write("Nobody vouches for what it says.")
        for finding in explanation.findings:
            self._write(finding)
        if explanation.header:
            self.stdout.write(f"header {pretty(explanation.header)}")
            self.stdout.write(f"claims {pretty(explanation.claims)}")
        if explanation.reason:
            raise CommandError(f"It would be refused. {explanation.reason}")
        if not explanation.is_accepted:
            raise CommandError("Nobody can say now whether it would be accepted.")
        self.stdout.write("It would be accepted.")

    def _write(self, finding: Finding) -> None:
        word = finding.outcome.upper() if finding.outcome != Outcome.OK else finding.outcome
        self.stdout.write(f"{word:8} {finding.check:9} {finding.sentence}")
        for name, value in finding.values:
            self.stdout.write(f"{'':18} {name}: {value}")


def _read(file: Path | None) -> str:
    """Return what was given; never from an argument, which other processes could read."""
    try:
        raw = file.read_bytes()[:READ] if file else sys.stdin.buffer.read(READ)
    except OSError:
        raise CommandError(f"cannot read {file}") from None
    return raw.decode("utf-8", "replace")
