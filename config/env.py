"""Read settings from the environment, and say of a bad one its name and what is allowed.

Problems are collected, so that one start names all of them; `Environment.check` raises.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9.-]+|[a-f0-9:.]+")  # a name or an address, as Django knows hosts


class SettingsError(ImproperlyConfigured):
    """The site cannot start: each line names a setting and what it may be."""


class Environment:
    """The process environment, with one method for each shape that a setting can have."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    def refuse(self, name: str, allowed: str) -> None:
        """Note that `name` is unusable. The value is not repeated: it may be a secret."""
        self._problems.append(f"{name}: {allowed}")

    def check(self) -> None:
        """Raise `SettingsError` if anything has been refused."""
        if self._problems:
            raise SettingsError("\n".join(self._problems))

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def secret(self, name: str) -> str:
        """Return `name`, or what the file named by `name`_FILE holds, without space around it."""
        file_name = self.text(f"{name}_FILE")
        if not file_name:
            return self.text(name)
        if self.text(name):
            self.refuse(name, f"set either {name} or {name}_FILE, not both")
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.refuse(f"{name}_FILE", "must be the path of a readable text file")
            return ""

    def secrets(self, name: str) -> list[str]:
        return _split(self.secret(name))

    def names(self, name: str) -> list[str]:
        return _split(self.text(name))

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, str(default)).lower()
        if value not in ("true", "false"):
            self.refuse(name, "must be true or false")
        return value == "true"

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.refuse(name, f"must be {_either(allowed)}")
        return value

    def subset(self, name: str, allowed: tuple[str, ...]) -> list[str]:
        """Return the listed names; all that are allowed when the setting is absent."""
        chosen = self.names(name) or list(allowed)
        if not set(chosen) <= set(allowed):
            self.refuse(name, f"must be a comma-separated list out of {', '.join(allowed)}")
        return chosen

    def whole(self, name: str, default: int, *, low: int, high: int, unit: str = "") -> int:
        value = self.text(name, str(default))
        if re.fullmatch("[0-9]{1,12}", value) and low <= int(value) <= high:
            return int(value)
        self.refuse(name, f"must be a whole number{unit} from {low} to {high}")
        return default

    def seconds(self, name: str, default: int, *, low: int, high: int) -> int:
        return self.whole(name, default, low=low, high=high, unit=" of seconds")

    def origin(self, name: str, default: str) -> str:
        """Return an origin (RFC 6454) such as `https://id.example.com`, in its one spelling."""
        value = canonical_origin(self.text(name, default))
        if value is None:
            self.refuse(name, "must be an origin such as https://id.example.com, without a path")
        return value or default

    def origins(self, name: str) -> list[str]:
        values = [canonical_origin(value) for value in self.names(name)]
        if None in values:
            self.refuse(name, "must be comma-separated origins such as https://app.example.com")
        return [value for value in values if value is not None]

    def networks(self, name: str) -> list[Network]:
        try:
            return [ipaddress.ip_network(value) for value in self.names(name)]
        except ValueError:
            self.refuse(name, "must be comma-separated networks such as 10.0.0.0/8, fd00::/8")
            return []

    def keys(self, name: str) -> list[bytes]:
        """Return 256-bit keys from their base64url spelling (RFC 4648 §5)."""
        try:
            keys = [_base64url(value) for value in self.secrets(name)]
        except (binascii.Error, ValueError):
            keys = [b""]
        if any(len(key) != 32 for key in keys):
            self.refuse(name, "must be comma-separated base64url of 32 bytes each")
        return keys


def canonical_origin(value: str) -> str | None:
    """Return scheme, host and port in lower case without a default port, or None for no origin."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    if not value.isascii() or not _is_bare_origin(parts):
        return None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    is_default = port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address never leaves this machine (RFC 6761 §6.3)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_bare_origin(parts: SplitResult) -> bool:
    extras = (parts.path not in ("", "/"), parts.query, parts.fragment, "@" in parts.netloc)
    is_host = HOST.fullmatch(parts.hostname or "") is not None
    return parts.scheme in DEFAULT_PORTS and is_host and not any(extras)


def _base64url(value: str) -> bytes:
    padded = value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _either(allowed: tuple[str, ...]) -> str:
    return allowed[0] if len(allowed) == 1 else f"{', '.join(allowed[:-1])} or {allowed[-1]}"
