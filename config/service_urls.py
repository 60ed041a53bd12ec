"""The URLs of the database, the cache and the proxy for outgoing requests.

The libraries that read them ignore mistakes, such as a host where none belongs or a second server.
Here each mistake raises `ValueError`, which says what is allowed. It never repeats the URL, which
may hold a password. A client is loaded only where a setting needs it: psycopg takes 9 MB of each
process, redis-py 6 MB (measured 2026-12).
"""

import re
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url

from config.hosts import canonical_origin

URL = re.compile(r"[!#-;=?-~]+")  # no blank, no quote, no <angle brackets>, no other alphabet
DATABASE = "must begin with sqlite:/// or postgres://"
POSTGRES = "must be a URL such as postgres://user:password@host/name"
SQLITE = "must be sqlite:/// and the path of a file, four slashes before an absolute one"
CACHE = "must be locmem:// or begin with redis://, rediss:// or unix://"
REDIS = "must be a URL such as redis://host:6379/0, or unix:///run/redis.sock?db=0"
PROXY = "must be a URL such as http://proxy.example:3128"
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
DJANGO_OPTIONS = {"assume_role", "isolation_level", "server_side_binding"}  # a pool is our own


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for the URL of a database."""
    if url.lower().startswith("sqlite:"):
        return _sqlite(url)
    parts = _split(url, POSTGRES)
    if parts.fragment or parts.port == 0:  # dj_database_url drops both
        raise ValueError(POSTGRES)
    try:
        parsed = dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.ParseError):
        raise ValueError(POSTGRES) from None
    if parsed["ENGINE"] != "django.db.backends.postgresql":
        raise ValueError(DATABASE)
    return _postgres(parsed)


def _sqlite(url: str) -> dict[str, Any]:
    """Read `sqlite:///relative` and `sqlite:////absolute`; threads cannot share one in memory."""
    path = url[len("sqlite:///") :]
    is_file = url.lower().startswith("sqlite:///") and not path.endswith("/")
    if not is_file or not path or ":memory:" in path or "?" in path:
        raise ValueError(SQLITE)
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(path)}


def _postgres(parsed: dict[str, Any]) -> dict[str, Any]:
    """Check the name and libpq's options now, not only at the first connection."""
    from psycopg import IsolationLevel, ProgrammingError, conninfo  # noqa: PLC0415 - see above

    options = parsed.get("OPTIONS", {})
    parsed["NAME"] = str(parsed["NAME"]).removesuffix("/")
    if (not parsed["NAME"] and "service" not in options) or "/" in parsed["NAME"]:
        raise ValueError(POSTGRES)
    parameters = {name: value for name, value in options.items() if name not in DJANGO_OPTIONS}
    try:  # the checks that psycopg and Django make when they connect
        conninfo.make_conninfo(**parameters)
        conninfo.timeout_from_conninfo(parameters)
        IsolationLevel(options.get("isolation_level", IsolationLevel.READ_COMMITTED))
    except (ProgrammingError, ValueError):
        raise ValueError(f"{POSTGRES}, with parameters that PostgreSQL knows") from None
    return parsed


def cache(url: str) -> str:
    """Return the URL of a Redis, or `locmem://`."""
    if url == "locmem://":
        return url
    if not url.startswith(REDIS_SCHEMES):
        raise ValueError(CACHE)
    parts = _split(url, REDIS)
    host, is_socket = parts.netloc.rpartition("@")[2], parts.scheme == "unix"
    is_place = parts.path not in ("", "/") and not host if is_socket else bool(parts.hostname)
    is_number = is_socket or re.fullmatch("/?|/[0-9]{1,9}/?", parts.path)
    # For Django, a comma or semicolon begins a second server.
    if not is_place or not is_number or parts.port == 0 or re.search("[,;#]", url):
        raise ValueError(REDIS)
    from redis import ConnectionPool, RedisError  # noqa: PLC0415 - see above

    try:  # only this reads the parameters; it opens no connection
        ConnectionPool.from_url(url).make_connection()
    except (RedisError, TypeError, ValueError):
        raise ValueError(f"{REDIS}, with parameters that redis-py knows") from None
    return url


def outgoing_proxy(url: str) -> str:
    """Return the URL of a proxy as `requests` takes it, with name and password."""
    parts = _split(url, PROXY)
    without_user = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    if canonical_origin(without_user.geturl()) is None:
        raise ValueError(PROXY)
    return f"{parts.scheme}://{parts.netloc}"


def _split(url: str, allowed: str) -> SplitResult:
    """Return the parts of a URL. Refuse characters that no URL has (RFC 3986 §2)."""
    if not URL.fullmatch(url):
        raise ValueError(allowed)
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - is read here for its error
    except ValueError:
        raise ValueError(allowed) from None
    return parts
