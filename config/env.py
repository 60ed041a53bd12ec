"""Read settings from the environment. A start that fails names all bad ones."""

import base64
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.env_values import CONTROL, cleaned, is_guessable, is_placeholder
from config.hosts import (
    Network,
    canonical_host,
    canonical_network,
    canonical_origin,
    is_loopback,
    is_too_wide,
)

MAX_FILE = 2**16  # bytes of a secret's file
Value = TypeVar("Value")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # what `Authorization: Bearer` carries, RFC 6750 §2.1
AUDIENCE = re.compile(r"[!#-+.-\[\]-~-]+")  # visible ASCII that JSON does not escape, no comma


class SettingsError(ImproperlyConfigured):
    """The site cannot start: each line names a setting and what it may be."""


class Environment:
    """The process environment, with one method for each shape that a setting can have."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: dict[str, str] = {}
        self._doubts: dict[str, str] = {}  # shown if there is no more precise problem

    def refuse(self, name: str, allowed: str) -> None:
        """Note that `name` is unusable. The value is not repeated: it may be a secret."""
        self._problems.setdefault(name, allowed)

    def check(self) -> None:
        """Raise `SettingsError` if anything has been refused."""
        problems = self._doubts | self._problems
        if problems:
            raise SettingsError("\n".join(f"{name}: {text}" for name, text in problems.items()))

    def text(self, name: str, default: str = "") -> str:
        """Return `name` without the quotes and blanks of env files, or else `default`."""
        return self._judged(name, self._variables.get(name, "")) or default

    def secret(self, name: str) -> str:
        """Return `name`, or the content of the file that `name`_FILE names."""
        return self._judged(name, self._found(name))

    def secrets(self, name: str) -> list[str]:
        return self._parts(name, self._found(name))

    def names(self, name: str) -> list[str]:
        return self._parts(name, self._variables.get(name, ""))

    def random(self, name: str, *, shortest: int) -> str:
        """Return a secret of at least `shortest` characters that nobody can guess."""
        value = self.secret(name)
        if value and not is_random(value, shortest):
            self.refuse(name, f"must be set to at least {shortest} random characters")
        return value

    def bearer(self, name: str, *, shortest: int) -> str:
        """Return a secret that a program will send as a Bearer token (RFC 6750 §2.1)."""
        value = self.random(name, shortest=shortest)
        if value and not TOKEN.fullmatch(value):
            self.refuse(name, "must be random letters and digits; - . _ ~ + / are allowed, too")
        return value

    def url(self, name: str, default: Value, read: Callable[[str], Value]) -> Value:
        """Return what `read` makes of a URL; its `ValueError` says what is allowed."""
        try:
            value = self.secret(name)
            return read(value) if value else default
        except ValueError as error:
            self.refuse(name, str(error))
            return default

    def audiences(self, name: str, own: str, *, room: int) -> list[str]:
        """Return the values of `aud` (RFC 7519 §4.1.3): `own` and others, in `room` bytes."""
        values = [own if canonical_origin(value) == own else value for value in self.names(name)]
        audiences = list(dict.fromkeys(values)) or [own]
        if own not in audiences:
            self.refuse(name, "must be a comma-separated list with BASE_URL in it")
        if not all(map(AUDIENCE.fullmatch, audiences)):
            self.refuse(name, "must be a comma-separated list of URLs or names, without blanks")
        if sum(len(each) + len('"",') for each in audiences) > room:
            self.refuse(name, f"must have at most {room} characters in all: a cookie carries it")
        return audiences

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, str(default)).lower()
        if value not in ("true", "false"):
            self.refuse(name, "must be true or false")
        return value == "true"

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.refuse(name, f"must be {' or '.join(', '.join(allowed).rsplit(', ', 1))}")
        return value

    def subset(self, name: str, allowed: tuple[str, ...]) -> list[str]:
        """Return the listed names, or all that are allowed if the setting is absent."""
        names = self.names(name) or list(allowed)
        if not set(names) <= set(allowed):
            self.refuse(name, f"must be a comma-separated list out of {', '.join(allowed)}")
        return names

    def whole(self, name: str, default: int, *, low: int, high: int, unit: str = "") -> int:
        value = self.text(name, str(default))
        if re.fullmatch("[0-9]{1,12}", value) and low <= int(value) <= high:
            return int(value)
        self.refuse(name, f"must be a whole number{unit} from {low} to {high}")
        return default

    def seconds(self, name: str, default: int, *, low: int, high: int) -> int:
        return self.whole(name, default, low=low, high=high, unit=" of seconds")

    def bind(self, name: str, default: str) -> str:
        """Return where a server listens: `address:port`, or `unix:` and an absolute path."""
        value = self.text(name, default)
        address, _, port = value.rpartition(":")
        is_port = re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 2**16
        is_address = canonical_host(address) or address in ("0.0.0.0", "[::]")  # noqa: S104 - asked for
        if not (is_port and is_address) and not value.startswith("unix:/"):
            self.refuse(name, "must be address:port, such as 0.0.0.0:8000, or unix:/path")
        return value

    def origin(self, name: str, default: str) -> str:
        value = canonical_origin(self.text(name, default))
        if value is None:
            self.refuse(name, "must be an origin such as https://id.example.com, without a path")
        return value or default

    def origins(self, name: str, *, is_https: bool) -> list[str]:
        """Return origins. If the site is on https, they must be too, unless they are loopback."""
        allowed = "must be comma-separated origins such as https://app.example.com"
        origins = self._each(name, canonical_origin, allowed)
        for parts in map(urlsplit, origins):
            if is_https and parts.scheme != "https" and not is_loopback(parts.hostname or ""):
                self.refuse(name, "must begin with https://, unless their host is loopback")
        return origins

    def hosts(self, name: str) -> list[str]:
        """Return host names and addresses as Django compares them."""
        allowed = "must be a comma-separated list of host names without wildcards, such as "
        return self._each(name, canonical_host, f"{allowed}id.example.com, without scheme and port")

    def networks(self, name: str) -> list[Network]:
        try:
            networks = [canonical_network(value) for value in self.names(name)]
        except ValueError:
            self.refuse(name, "must be comma-separated networks such as 10.0.0.0/8, fd00::/8")
            return []
        if any(map(is_too_wide, networks)):
            allowed = "must be comma-separated networks of your proxies such as 10.0.0.0/8, "
            self.refuse(name, f"{allowed}and no large part of the Internet")
        return networks

    def keys(self, name: str) -> list[bytes]:
        """Return 256-bit keys from their base64url or base64 spelling (RFC 4648 §4, §5)."""
        try:
            keys = [_base64url(value) for value in self.secrets(name)]
        except ValueError:
            keys = [b""]
        if any(len(key) != 32 for key in keys):
            self.refuse(name, "must be comma-separated base64url of 32 bytes each")
        elif any(map(is_guessable, keys)):
            self.refuse(name, "must be comma-separated base64url of 32 random bytes each")
        return keys

    def folders(self, name: str) -> list[Path]:
        """Return the one folder that is named, or none."""
        value = self.text(name)
        folder = Path(value)
        if value and not (folder.is_absolute() and folder.is_dir()):
            self.refuse(name, "must be the absolute path of a folder")
        return [folder] if value else []

    def _each(self, name: str, read: Callable[[str], str | None], allowed: str) -> list[str]:
        """Return what `read` makes of each value of a list; None is refused."""
        values = [read(value) for value in self.names(name)]
        if None in values:
            self.refuse(name, allowed)
        return [value for value in values if value is not None]

    def _found(self, name: str) -> str:
        """Return a secret from the variable or from its file; never from both."""
        value, file_name = self._variables.get(name, ""), self.text(f"{name}_FILE")
        if not file_name:
            return value
        if cleaned(value):
            self.refuse(name, f"set either {name} or {name}_FILE, not both")
        content = None
        with suppress(OSError, ValueError), Path(file_name).open("rb") as file:
            content = file.read(MAX_FILE + 1).decode("utf-8")
        if content is None or len(content.encode()) > MAX_FILE:
            self.refuse(f"{name}_FILE", "must be the path of a readable text file")
            return ""
        if not cleaned(content):
            self.refuse(f"{name}_FILE", "must be the path of a file that is not empty")
        return content

    def _parts(self, name: str, value: str) -> list[str]:
        """Return the parts of a list, each without its quotes and blanks."""
        parts = cleaned(value).split(",")
        return [part for each in parts if (part := self._judged(name, each))]

    def _judged(self, name: str, value: str) -> str:
        """Clean a value, and doubt it if it has several lines or is a placeholder."""
        value = cleaned(value)
        if CONTROL.search(value):
            self._doubts[name] = "must have no line breaks or control characters"
        elif is_placeholder(value):
            self._doubts[name] = "must be a value of your own, and not one from an example"
        return value


def is_random(secret: str, shortest: int) -> bool:
    """Tell whether a secret is long enough, hard to guess and no placeholder."""
    return len(secret) >= shortest and not is_guessable(secret) and not is_placeholder(secret)


def _base64url(value: str) -> bytes:
    bare = value.rstrip("=").replace("+", "-").replace("/", "_")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
