"""What an admin pastes into an app: its text with our values, each quoted as the format needs.

A template writes a placeholder within the quotes of its format, YAML's for example as
`"{issuer}"`. `ESCAPES` keeps a value from ending them. Only environment variables have no quotes in
a template: there a value gets them if it needs them.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

# They stand for what is not known. Every format can hold them, and nobody takes them for a value.
MARKERS = {
    "client_id": "YOUR_CLIENT_ID",
    "client_secret": "YOUR_CLIENT_SECRET",
    "redirect_uri": "YOUR_REDIRECT_URI",
}


class Format(StrEnum):
    """How an app reads a snippet."""

    ENV = "env"  # lines NAME=value, as a shell, systemd and Docker Compose read them
    YAML = "yaml"
    INI = "ini"  # without quotes, as parsers do not agree on them: only our own secret fits
    PYTHON = "python"
    JAVASCRIPT = "javascript"
    CSHARP = "csharp"
    RUBY = "ruby"
    APACHE = "apache"
    SHELL = "shell"
    FIELDS = "fields"  # lines "Label: value", of a form in the app


@dataclass(frozen=True)
class Values:
    """What a snippet can say of us and of the app."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    site: str  # our name, as visitors read it
    app: str  # the app's base URL
    name: str  # the app's label for us; letters, digits and hyphens fit every app
    client_id: str  # "" for an app that has none yet
    client_secret: str = field(default="", repr=False)  # "" if it is not known any more
    redirect_uri: str = ""  # "" for the first one of the kind
    # A key of the app's own, where it needs one; 32 characters
    random: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def texts(self) -> dict[str, str]:
        """Return the text of each placeholder but `sign_out`."""
        texts = {each.name: getattr(self, each.name) for each in fields(self)}
        texts |= {name: texts[name] or marker for name, marker in MARKERS.items()}
        texts["discovery"] = f"{self.issuer}/.well-known/openid-configuration"
        return texts | {"app": self.app.rstrip("/")}


PLACEHOLDERS = ("discovery", "sign_out", *(each.name for each in fields(Values)))
PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def replaced(
    template: str, texts: Mapping[str, str], escape: Callable[[str], str] = lambda text: text
) -> str:
    """Put texts in the place of placeholders, on one line each and escaped."""

    def text_of(match: re.Match[str]) -> str:
        return escape("".join(filter(str.isprintable, texts[match[1]])))

    return PLACEHOLDER.sub(text_of, template)


@dataclass(frozen=True)
class FilledSnippet:
    """A snippet to copy."""

    format: Format
    title: str  # where it goes, or when it is needed
    text: str = field(repr=False)  # may contain the secret

    @property
    def lacks_secret(self) -> bool:
        """Tell whether it needs the client secret, which is not known."""
        return MARKERS["client_secret"] in self.text

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return label and value of each line of a form."""
        lines = [line.partition(": ") for line in self.text.splitlines()]
        return [(label, value) for label, _colon, value in lines]


@dataclass(frozen=True)
class Snippet:
    """A template. Its title is not translated yet."""

    format: Format
    text: str
    title: str = ""

    def filled(self, texts: Mapping[str, str]) -> str:
        text = self.text.strip("\n")
        if self.format is Format.ENV:
            return "\n".join(_variable(line, texts) for line in text.splitlines())
        return replaced(text, texts, ESCAPES[self.format])


def _in_json(text: str) -> str:
    r"""Escape for a string in double quotes. YAML, Python, JavaScript and C# read it alike."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _in_ruby(text: str) -> str:
    """Escape for single quotes: within others, Ruby runs the code in #{}."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _in_shell(text: str) -> str:
    """Escape for single quotes: end them, add one, begin again."""
    return text.replace("'", "'\\''")


def _in_apache(text: str) -> str:
    """Escape for double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


ESCAPES: dict[Format, Callable[[str], str]] = {
    Format.YAML: _in_json,
    Format.INI: str,
    Format.PYTHON: _in_json,
    Format.JAVASCRIPT: _in_json,
    Format.CSHARP: _in_json,
    Format.RUBY: _in_ruby,
    Format.APACHE: _in_apache,
    Format.SHELL: _in_shell,
    Format.FIELDS: str,
}


def _variable(line: str, texts: Mapping[str, str]) -> str:
    """Fill one line NAME=value. A value that begins like JSON is JSON."""
    name, _equals, template = line.partition("=")
    is_json = template.startswith(('{"', "[{"))
    return f"{name}={_quoted(replaced(template, texts, _in_quoted_json if is_json else str))}"


def _in_quoted_json(text: str) -> str:
    return _in_json(text).replace("'", "\\u0027")


def _quoted(value: str) -> str:
    """Quote a value if it needs that, as a shell, systemd and Docker Compose read it alike."""
    if re.fullmatch(r"[A-Za-z0-9@%+=:,./_~-]*", value):
        return value
    if "'" not in value:
        return f"'{value}'"
    return '"' + re.sub(r'["\\$`]', r"\\\g<0>", value) + '"'
