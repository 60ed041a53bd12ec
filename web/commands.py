"""What all our commands share: help that can be translated, and errors that name options."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

NOT_OPTIONS = {"slug": "slug", NON_FIELD_ERRORS: "", "": ""}


class Command(BaseCommand):
    help: Any = ""  # a lazy text

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Look the help up in the language of now: `argparse` takes no lazy text."""
        self.help = str(self.help)
        return super().create_parser(prog_name, subcommand, **kwargs)


def refused(error: ValidationError, options: Mapping[str, str]) -> CommandError:
    """Return a line for each sentence, after the option with the value that is refused.

    `options` names those that are not called as their field is.
    """
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    names = {**NOT_OPTIONS, **options}
    lines = [
        ": ".join(filter(None, (names.get(field, option(field)), sentence)))
        for field, sentences in by_field.items()
        for sentence in sentences
    ]
    return CommandError("\n".join(lines))


def option(field: str) -> str:
    """Return the option that sets a field of a row."""
    return f"--{field.replace('_', '-')}"
