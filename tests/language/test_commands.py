"""Every text of every command goes through the translations.

The first word of a list's line is for programs, so what stands between tabs is no language.
"""

import argparse
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError

from config.messages import ROOMS
from tests.language.pseudo import pseudo_language
from tests.language.texts import outside

COMMANDS = sorted(name for name, app in get_commands().items() if str(app) in ROOMS)
CALLS = (
    *("keys list", "keys rotate", "keys revoke x", "keys import /nowhere", "provider list"),
    *("provider add x --kind nowhere --client-id x", "provider check x", "provider remove x"),
    *("sessions revoke --user x", "sessions revoke --session x", "sessions revoke --all"),
    *("admin grant nobody@example.com", "memberships check", "cleanup", "reencrypt"),
)


def of_django() -> set[str]:
    parser = BaseCommand().create_parser("", "")
    return {action.dest for action in parser._actions} | {"skip_checks"}


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Give what a parser says of itself, of its options and of its actions."""
    yield str(parser.description or "")
    for action in parser._actions:
        if action.dest not in of_django():
            yield str(action.help or "")
        if isinstance(action, argparse._SubParsersAction):
            yield from (str(each.help or "") for each in action._choices_actions)
            for each in action.choices.values():
                yield from helps(each)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_can_be_translated(command: str) -> None:
    with pseudo_language():
        parser = load_command_class(str(get_commands()[command]), command).create_parser(
            "", command
        )
        found = [text for text in helps(parser) if outside(text)]
    assert found == []


def lines(call: str) -> list[str]:
    """Return the sentences that a command prints, and why it fails."""
    out, error = StringIO(), StringIO()
    try:
        call_command(*call.split(), stdout=out, stderr=error)
    except CommandError as fault:
        error.write(str(fault))
    return [line for line in (out.getvalue() + error.getvalue()).splitlines() if "\t" not in line]


@pytest.mark.django_db
@pytest.mark.parametrize("call", CALLS)
def test_what_every_command_prints_can_be_translated(call: str) -> None:
    with pseudo_language():
        found = [line for line in lines(call) if outside(line)]
    assert found == []
