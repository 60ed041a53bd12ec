"""`manage.py site show | set`: whose site it is, as the admin's page says it, for scripts."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import COMMAND_LINE, Action, Target
from audit.recording import difference, record, snapshot
from web.commands import Command as SignetCommand
from web.commands import refused
from web.logo import MOST_BYTES
from web.models import Site, site_row
from web.shown import visible

TEXTS = ("name", "accent", "support", "terms", "privacy")
FIELDS = ("name", "logo", *TEXTS[1:])


class Command(SignetCommand):
    help = gettext_lazy("Show or set the name, logo, colour and links that visitors see.")

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("show", help=_("show the current values"))
        setting = actions.add_parser("set", help=_("change the values given, and keep the others"))
        setting.add_argument("--name", help=_("at the top of each page"))
        setting.add_argument("--logo", help=_("a PNG, JPEG, WebP or SVG file of at most 48 KiB"))
        setting.add_argument("--accent", help=_("the colour of buttons and links: #0d5c4d"))
        setting.add_argument("--support", help=_("an email address, or an https:// address"))
        setting.add_argument("--terms", help=_("the https:// address of your terms of use"))
        setting.add_argument("--privacy", help=_("the https:// address of your privacy policy"))
        clear = _("clear a field: {fields}").format(fields=", ".join(FIELDS))
        setting.add_argument("--clear", action="append", default=[], metavar="FIELD", help=clear)

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        if action == "set":
            self._set(**options)
        self._show()

    def _show(self) -> None:
        site = site_row()
        for name in FIELDS:
            value = site.logo_name if name == "logo" else getattr(site, name)
            self.stdout.write(f"{name}: {visible(value) if value else _('not set')}")

    @transaction.atomic
    def _set(self, *, clear: list[str], **options: Any) -> None:
        given = {name: options[name] for name in FIELDS if options[name] is not None}
        _refuse(given, clear)
        site = site_row()
        before = {} if site._state.adding else snapshot(site)  # noqa: SLF001 - as Django documents it
        try:
            _apply(site, given | dict.fromkeys(clear, ""))
            site.full_clean()
        except ValidationError as error:
            raise refused(error, {}) from None
        site.save()
        was, now = difference(before, snapshot(site))
        if was or now:
            record(Action.CHANGED, COMMAND_LINE, Target.of(site), before=was, after=now)


def _refuse(given: dict[str, str], clear: list[str]) -> None:
    """Raise `CommandError` if it is not clear what to do."""
    if unknown := next((name for name in clear if name not in FIELDS), None):
        words = _("There is no field {name}. The fields are: {fields}.")
        raise CommandError(words.format(name=visible(unknown), fields=", ".join(FIELDS)))
    if both := next((name for name in clear if name in given), None):
        raise CommandError(_("Set {name} or clear it, not both.").format(name=both))
    if not given and not clear:
        raise CommandError(_("Give at least one option, such as --name."))


def _apply(site: Site, values: dict[str, str]) -> None:
    """Set what is given. Raises `ValidationError` and `CommandError`."""
    for name, value in values.items():
        if name == "logo":
            _set_logo(site, _content(value) if value else b"")
        else:
            setattr(site, name, value.strip())


def _set_logo(site: Site, content: bytes) -> None:
    try:
        site.set_logo(content)
    except ValidationError as error:
        raise ValidationError({"logo": error.messages}) from None


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError:
        raise CommandError(_("{path} can't be read.").format(path=visible(path))) from None
