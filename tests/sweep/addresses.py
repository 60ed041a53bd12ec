"""Every address of the site and the admin, out of the URL resolver: a new one is swept too."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.urls import URLResolver, get_resolver

GONE = UUID(int=4711)  # the key of no row
REFERENCE = "7F3K-Q2MD"
ROW = "ROW"  # stands for the key of a row in an address of the admin
ANSWERED_BY_MIDDLEWARE = (
    "/static/<url>",
    "/site/<url>",
    "/<url>",
    "/healthz",
    "/readyz",
    "/metrics",
)
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
# What stands in the places of an address. Each address is asked for once with each column.
VALUES: dict[str, tuple[str, ...]] = {
    "slug": ("demo", "no-such-provider", "x" * 600),
    "reference": (REFERENCE, "AAAA-0000", "AAAA-AAAA-AAAA"),
    "pk": (ROW, str(GONE), ROW),
    "object_id": (ROW, str(GONE), "%00", "9" * 400, "%ED%A0%80", "_00", "a/b", "١٢"),
    "content_type_id": ("1", "99999999999999999999999", "%00", "x"),
    "name": ("csv", "jsonl", "%00", "x" * 400),
    "secret": ("x", "%00", "x" * 400, "%ED%A0%80"),
    "key": ("x", "%00", "x" * 400, "%ED%A0%80"),
    "app_label": (
        *("signet_sessions", "audit", "providers", "attempts", "access_rules", "web"),
        "oidc_provider",
    ),
    "url": ("nowhere/", "%00", "%ED%A0%80/", "x" * 3000),
}
OPTIONAL, CHOICE = re.compile(r"\(\?:[^()]*\)\?"), re.compile(r"\(\?:([^()|]*)[^()]*\)")
# A group of a regular expression, which may have groups itself
GROUP = re.compile(r"\(\?P(<\w+>)(?:[^()]|\([^()]*\))*\)")


def routes() -> list[str]:
    """Return the addresses with their places, such as `/sign-in/<slug:slug>/`."""
    return [*ANSWERED_BY_MIDDLEWARE, *(f"/{route}" for route in _walk(get_resolver().url_patterns))]


def readable(route: str) -> str:
    """Return a route with places for its regular expressions, such as `failed/<reference>/`.

    Of several words it has the first, and nothing of what may be left out.
    """
    named = GROUP.sub(r"\1", route).replace("\\Z", "").translate({ord("^"): "", ord("$"): ""})
    return CHOICE.sub(r"\1", OPTIONAL.sub("", named)).replace("\\.", ".")


def filled(route: str) -> list[str]:
    """Return the addresses of a route: with what is known, unknown, and no key at all."""
    names = PLACE.findall(route)
    number = max((len(VALUES[name]) for name in names), default=1)
    return list(dict.fromkeys(_fill(route, column) for column in range(number)))


def _fill(route: str, column: int) -> str:
    def value(match: re.Match[str]) -> str:
        values = VALUES[match[1]]
        return values[min(column, len(values) - 1)]

    return PLACE.sub(value, route)


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + readable(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route
