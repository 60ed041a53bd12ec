"""What all our commands share: their help is text that can be translated."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help: Any = ""  # a lazy text

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Look the help up in the language of now: `argparse` takes no lazy text."""
        self.help = str(self.help)
        return super().create_parser(prog_name, subcommand, **kwargs)
