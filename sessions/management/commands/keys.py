"""`manage.py keys list | rotate | revoke | import`: the keys that sign session JWTs."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.models import COMMAND_LINE
from sessions.models import SigningKey
from sessions.signing_keys import life, rotation
from sessions.signing_keys.importing import KeyImportError, import_pem
from web.shown import minute

PASSPHRASE_VARIABLE = "SIGNET_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
AT_ONCE = (
    "Services that keep our JWKS may refuse the new tokens until they look again, for up to"
    f" {life.JWKS_MAX_AGE // 60} minutes. People keep their sessions."
)


class Command(BaseCommand):
    help = "List, rotate, revoke and import the keys that sign session JWTs."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="the life of each key")
        rotate = actions.add_parser("rotate", help="publish a new key, which signs in some minutes")
        rotate.add_argument("--now", action="store_true", help=f"let it sign at once. {AT_ONCE}")
        revoking = "refuse every token of a key from now on"
        revoke = actions.add_parser(  # without options: a KID may begin with a dash
            "revoke", help=revoking, prefix_chars="+", add_help=False
        )
        revoke.add_argument("kid", help="as `keys list` shows it")
        take_in = actions.add_parser("import", help="take in a private key")
        take_in.add_argument("file", help="a PEM file: PKCS #8, PKCS #1 or SEC 1")
        passphrase = f"or the environment variable {PASSPHRASE_VARIABLE}"
        take_in.add_argument("--passphrase-file", help=passphrase)

    def handle(self, *_: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(**options)  # the parser lets only the four through

    def _list(self, **_: Any) -> None:
        rows, now = list(SigningKey.objects.order_by("created_at")), timezone.now()
        life.settle(rows, now)  # as they are now, whether or not it has been saved
        for row in rows:
            phase = life.present(row, rows, now)
            since = f"since {minute(phase.begins_at)}"
            until = f"until {minute(phase.ends_at)}" if phase.ends_at else ""
            self.stdout.write("\t".join([row.kid, row.algorithm, row.state, since, until]).rstrip())

    def _rotate(self, *, now: bool, **_: Any) -> None:
        key = rotation.rotate(at_once=now, actor=COMMAND_LINE)
        if key.state == SigningKey.State.SIGNING:
            self.stdout.write(f"{key.kid} signs from now on")
            self.stderr.write(AT_ONCE)
        else:
            self.stdout.write(f"{key.kid} is published and signs from {minute(key.signs_from)}")

    def _revoke(self, *, kid: str, **_: Any) -> None:
        before = SigningKey.objects.filter(kid=kid).values_list("state", flat=True).first()
        try:
            key = rotation.revoke(kid, actor=COMMAND_LINE)
        except SigningKey.DoesNotExist:
            raise CommandError(f"there is no key {kid}; `manage.py keys list` shows all") from None
        state = "revoked" if before != key.state else f"{key.state} already"
        self.stdout.write(f"{kid} is {state}; none of its tokens is accepted any more")
        signing = SigningKey.objects.get(state=SigningKey.State.SIGNING)
        self.stdout.write(f"{signing.kid} signs")

    def _import(self, *, file: str, passphrase_file: str | None, **_: Any) -> None:
        # No option takes the passphrase itself: other processes could read it there.
        variable = os.environ.get(PASSPHRASE_VARIABLE, "").encode()
        passphrase = _read(passphrase_file).strip() if passphrase_file else variable
        try:
            key = import_pem(_read(file), passphrase or None)
        except KeyImportError as error:
            raise CommandError(f"{file} is not imported: {error}") from None
        verb = "signs" if key.state == SigningKey.State.SIGNING else "is published and signs"
        self.stdout.write(f"{key.kid} {verb} from {minute(key.signs_from)}")


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError:
        raise CommandError(f"cannot read {file}") from None
