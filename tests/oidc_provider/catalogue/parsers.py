"""Read a snippet as the app would, and give the strings in it."""

import ast
import configparser
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from oidc_provider.catalogue import FilledSnippet, Format


def strings_in(snippet: FilledSnippet) -> list[str]:
    """Return every string of a snippet. Raises what a parser raises."""
    return [*PARSERS[snippet.format](snippet.text)]


def _env(text: str) -> Iterator[str]:
    """Let a shell read the variables, as nobody agrees better on quotes."""
    script = 'eval "$1" && exec env -0'
    environment = {"PATH": os.defpath}
    ran = subprocess.run(
        ["sh", "-aeuc", script, "sh", text], env=environment, check=True, capture_output=True
    )
    found = dict(each.split("=", 1) for each in ran.stdout.decode().rstrip("\0").split("\0"))
    for line in text.splitlines():
        name = re.fullmatch(r"([A-Z][A-Z0-9_]*)=.*", line)
        if name is None:
            raise ValueError(line)
        yield (value := found[name[1]])
        if value.startswith(('{"', "[{")):
            yield from _leaves(json.loads(value))


def _yaml(text: str) -> Iterator[str]:
    for value in _leaves(yaml.safe_load(text)):
        yield value
        if "\n" in value:  # a document within the document
            yield from _yaml(value)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from (*_leaves(name), *_leaves(each))
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str):
        yield value


def _ini(text: str) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    for section in parser.sections():
        yield from parser[section].values()


def _python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _javascript(text: str) -> Iterator[str]:
    for string in re.findall(r'"(?:[^"\\\n]|\\.)*"', text):
        yield json.loads(string)


def _ruby(text: str) -> Iterator[str]:
    for string in re.findall(r"'((?:[^'\\]|\\.)*)'", text):
        yield re.sub(r"\\([\\'])", r"\1", string)


def _apache(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for string in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
            yield re.sub(r'\\([\\"])', r"\1", string)


def _shell(text: str) -> Iterator[str]:
    yield from shlex.split(text.replace("\\\n", " "), comments=True)


def _fields(text: str) -> Iterator[str]:
    for line in text.splitlines():
        label, colon, value = line.partition(": ")
        if not (label and colon and value):
            raise ValueError(line)
        yield value


PARSERS: dict[Format, Callable[[str], Iterator[str]]] = {
    Format.ENV: _env,
    Format.YAML: _yaml,
    Format.INI: _ini,
    Format.PYTHON: _python,
    Format.JAVASCRIPT: _javascript,
    Format.CSHARP: _javascript,
    Format.RUBY: _ruby,
    Format.APACHE: _apache,
    Format.SHELL: _shell,
    Format.FIELDS: _fields,
}
