"""Which redirect URIs may be registered, and which of them a request names (RFC 9700 §2.1)."""

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

MAX_LENGTH = 1000  # characters
LOOPBACK = ("127.0.0.1", "[::1]")  # RFC 8252 §7.3; §8.3 advises against `localhost`
HOSTS_AT_HOME = (*LOOPBACK, "localhost")
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+")  # RFC 8252 §7.1: with a dot
VISIBLE = re.compile(r"[!-\[\]-~]+")  # ASCII without blank and backslash
NEVER = ("javascript", "data", "vbscript", "file", "about", "blob")


def problem_of(uri: str, schemes: Collection[str] = ()) -> str:
    """Return the code of what is wrong with a redirect URI, "" if it may be registered.

    `schemes` are those without a dot that the app's kind is known to use.
    """
    if not VISIBLE.fullmatch(uri) or len(uri) > MAX_LENGTH:
        return "characters"
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 - is read here for its error
    except ValueError:
        return "unreadable"
    if "#" in uri:
        return "fragment"
    if "*" in uri:
        return "wildcard"
    if parts.scheme in ("https", "http"):
        return _problem_of_web(uri, parts.netloc, parts.scheme)
    is_private = PRIVATE_SCHEME.fullmatch(parts.scheme) or parts.scheme in schemes
    return "" if is_private and parts.scheme not in NEVER else "scheme"


def _problem_of_web(uri: str, netloc: str, scheme: str) -> str:
    host = host_of(uri)
    if "@" in netloc:
        return "userinfo"
    if not host or not uri.startswith(f"{scheme}://"):
        return "host"
    return "" if scheme == "https" or host in HOSTS_AT_HOME else "http"


def host_of(uri: str) -> str:
    """Return the host of a URI, IPv6 in brackets; "" for none."""
    host = (urlsplit(uri).hostname or "").lower()
    return f"[{host}]" if ":" in host else host


def is_registered(uri: str, registered: Sequence[str]) -> bool:
    """Tell whether a request's redirect URI is registered, compared as a string.

    Only the port of a loopback address is free: a native app listens where it can (RFC 8252 §7.3).
    """
    if uri in registered:
        return True
    without = _without_port(uri)
    return without != "" and without in map(_without_port, registered)


def _without_port(uri: str) -> str:
    """Return a loopback URI with its port taken out, "" for every other."""
    match = re.fullmatch(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?([/?].*)?", uri)
    return f"{match[1]}{match[2] or ''}" if match else ""


def origin_of(uri: str) -> str:
    """Return scheme, host and port as a browser's `Origin` header has them; "" for an app's own."""
    parts = urlsplit(uri)
    if parts.scheme not in ("https", "http"):
        return ""
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return f"{parts.scheme}://{host_of(uri)}{port}"
