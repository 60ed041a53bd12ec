"""`manage.py keys list | rotate | revoke | import`: the keys that sign our tokens."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import COMMAND_LINE
from sessions.signing_keys import life, rotation
from sessions.signing_keys.importing import KeyImportError, import_pem
from sessions.signing_keys.models import SigningKey
from web.commands import Command as SignetCommand
from web.shown import minute

Purpose = SigningKey.Purpose
FOR = {"session": Purpose.SESSION, "id-token": Purpose.ID_TOKEN}
PASSPHRASE_VARIABLE = "SIGNET_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
AT_ONCE = gettext_lazy(
    "Services that cache the public keys may refuse the new tokens for up to {minutes} minutes. "
    "Nobody is signed out."
)


class Command(SignetCommand):
    help = gettext_lazy(
        "List, rotate, revoke and import the keys that sign session JWTs and ID tokens."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help=_("list the keys, with state and dates"))
        _add_for(listing, default=None)
        rotate = actions.add_parser(
            "rotate", help=_("publish a new key, which starts to sign after a few minutes")
        )
        rotate.add_argument(
            "--now",
            action="store_true",
            help=_("use it at once. {warning}").format(warning=_at_once()),
        )
        _add_for(rotate)
        revoking = _("refuse every token that this key has signed")
        revoke = actions.add_parser(  # without options: a KID may begin with a dash
            "revoke", help=revoking, prefix_chars="+", add_help=False
        )
        helping = _("key ID, as in `keys list`; after `--for` and a purpose, only a key for that")
        revoke.add_argument("words", nargs="+", metavar="KID", help=helping)
        take_in = actions.add_parser("import", help=_("import a private key"))
        take_in.add_argument("file", help=_("a PEM file: PKCS #8, PKCS #1 or SEC 1"))
        words = _("file with the passphrase; or set the environment variable {variable}")
        passphrase = words.format(variable=PASSPHRASE_VARIABLE)
        take_in.add_argument("--passphrase-file", help=passphrase)
        _add_for(take_in)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(**options)  # the parser lets only the four through

    def _list(self, *, purpose: str | None, **options: Any) -> None:
        keys, now = life.by_purpose(SigningKey.objects.order_by("created_at")), timezone.now()
        for name in FOR if purpose is None else [purpose]:
            rows = keys[FOR[name]]
            life.settle(rows, now)  # as they are now, whether or not it has been saved
            for row in rows:
                self._list_key(name, row, life.present(row, rows, now))

    def _list_key(self, purpose: str, row: SigningKey, phase: life.Phase) -> None:
        since = _("since {time}").format(time=minute(phase.begins_at))
        until = _("until {time}").format(time=minute(phase.ends_at)) if phase.ends_at else ""
        self.stdout.write("\t".join([row.kid, row.algorithm, row.state, since, until, purpose]))

    def _rotate(self, *, now: bool, purpose: str, **options: Any) -> None:
        key = rotation.rotate(purpose=FOR[purpose], at_once=now, actor=COMMAND_LINE)
        if key.state == SigningKey.State.SIGNING:
            self.stdout.write(_("Key {kid} signs from now on.").format(kid=key.kid))
            self.stderr.write(_at_once())
        else:
            self._tell_when(key)

    def _revoke(self, *, words: list[str], **options: Any) -> None:
        kid, purposes = _kid_and_purposes(words)
        before = SigningKey.objects.filter(kid=kid, purpose__in=purposes).first()
        if before is None:
            sentence = _("There is no key {kid}. To see all keys, run: manage.py keys list")
            raise CommandError(sentence.format(kid=kid))
        key = rotation.revoke(kid, actor=COMMAND_LINE)
        if before.state == key.state:
            sentence = _("Nothing has changed. Key {kid}: {state}. Its tokens are refused.")
        else:
            sentence = _("Key {kid} is revoked. Its tokens are refused.")
        self.stdout.write(sentence.format(kid=kid, state=key.get_state_display()))
        rows = SigningKey.objects.filter(purpose=key.purpose)
        signing = rows.get(state=SigningKey.State.SIGNING)
        self.stdout.write(_("Key {kid} signs now.").format(kid=signing.kid))

    def _import(
        self, *, file: str, passphrase_file: str | None, purpose: str, **options: Any
    ) -> None:
        # No option takes the passphrase itself: other processes could read it there.
        variable = os.environ.get(PASSPHRASE_VARIABLE, "").encode()
        passphrase = _read(passphrase_file).strip() if passphrase_file else variable
        try:
            key = import_pem(_read(file), passphrase or None, FOR[purpose])
        except KeyImportError as error:
            words = _("{file} was not imported. {reason}")
            raise CommandError(words.format(file=file, reason=error)) from None
        self._tell_when(key)

    def _tell_when(self, key: SigningKey) -> None:
        words = _("Key {kid} is published. It signs from {time}.")
        self.stdout.write(words.format(kid=key.kid, time=minute(key.signs_from)))


def _add_for(parser: CommandParser, default: str | None = "session") -> None:
    words = _("what the key signs: session JWTs, or ID tokens for apps")
    parser.add_argument("--for", dest="purpose", choices=FOR, default=default, help=words)


def _kid_and_purposes(words: list[str]) -> tuple[str, list[Purpose]]:
    """Read `[--for PURPOSE] KID`, in either order."""
    match words:
        case [kid]:
            return kid, list(Purpose)
        case ["--for", name, kid] | [kid, "--for", name] if name in FOR:
            return kid, [FOR[name]]
        case _:
            usage = "keys revoke [--for {purposes}] KID"
            raise CommandError(usage.format(purposes=" | ".join(FOR)))


def _at_once() -> str:
    return AT_ONCE.format(minutes=life.JWKS_MAX_AGE // 60)


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError:
        raise CommandError(_("Can't read {file}.").format(file=file)) from None
