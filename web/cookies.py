"""All our cookies: their names; set, read and delete them (RFC 6265 §4.2, §5.4).

Django strips Unicode white space around names. So a page on a sibling host could plant a cookie
that is `__Host-session` to Django, but not to the browser. Here only space and tab are stripped,
and a name has to be the same byte for byte.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from http.cookies import Morsel
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

# Django has one more, `scratch`. Together they stay under 7 KB (test_cookie_sizes.py).
SESSION = "session"
REFRESH = "refresh"
LAST_ASKED = "last-asked"  # when somebody last proved who they are; a new browser has none
LAST_USED = "last-used"  # slug of the provider through which somebody signed in here last
SIGN_IN = "signin-"  # and the first characters of a state: a sign-in in progress
FAILED = "failed-signin"  # what the page about a failed sign-in says
CHANGED_HERE = "changed-here"  # accounts that this browser has connected or disconnected
MADE = "made-token"  # the session of a script whose tokens the next page shows
JUST_MADE = "new-secret"  # of a link or an app; the next page shows it to the admin who made it
LATE = "late"  # ties forms and requests of apps that wait for a new sign-in to this browser
PROVEN = "proven"  # the key of an account that this browser has proven and may connect
SENT_NAME = "sent-name"  # what a provider sent by POST; its seal is bound to the state
CSRF = "csrf"  # Django reads it, and sets it by `web.csrf_strings`
LANGUAGE = "language"  # the visitor's choice; Django reads it
MOST_PAIRS = 1000  # of a request; browsers keep under 200 for a site
PRIVATE = "private, no-store"  # Cache-Control of every response that sets a cookie


def cookie_name(name: str) -> str:
    """Return the name as browsers get it: `__Host-` pins it to this host, by https only."""
    return f"{settings.COOKIE_PREFIX}{name}"


def parse(header: str) -> list[tuple[str, str]]:
    """Return the first `MOST_PAIRS` of a `Cookie` header in order, duplicates included."""
    parts = [part.partition("=") for part in header.split(";", MOST_PAIRS)[:MOST_PAIRS]]
    return [(name.strip(" \t"), value.strip(' \t"')) for name, equals, value in parts if equals]


def cookies_under(request: HttpRequest, prefix: str) -> list[tuple[str, str]]:
    """Return the request's cookies whose name starts with ours, in the order they were sent."""
    full = cookie_name(prefix)
    header = request.META.get("HTTP_COOKIE", "")
    return [(name, value) for name, value in parse(header) if name.startswith(full)]


def values_of(request: HttpRequest, name: str) -> list[str]:
    """Return every value that the request has under exactly this name of ours."""
    full = cookie_name(name)
    if full not in request.COOKIES:  # it has all names that `parse` finds
        return []
    header = request.META.get("HTTP_COOKIE", "")
    return [value for sent, value in parse(header) if sent == full]


class _Written(Morsel[str]):
    """A cookie of a response, whose attributes are written already, and do not change."""

    written = ""

    def OutputString(self, attrs: object = None) -> str:  # noqa: N802 - the name of http.cookies
        return f"{self.key}={self.coded_value}{self.written}"


def set_cookie(response: HttpResponse, name: str, value: str, *, max_age: int) -> None:
    """Set a cookie of the whole site: HttpOnly, SameSite=Lax, on https Secure; never cached.

    Setting and sending it takes a third of the time that Django's `set_cookie` needs (measured
    2026-12), and a sign-in sets six.
    """
    attributes, written = _attributes(max_age, int(time.time()), is_https=settings.IS_HTTPS)
    cookie = _Written.__new__(_Written)  # `__init__` sets each attribute by itself
    dict.update(cookie, attributes)
    cookie.written = written
    cookie.set(full := cookie_name(name), *response.cookies.value_encode(value))
    dict.__setitem__(response.cookies, full, cookie)
    response["Cache-Control"] = PRIVATE


@lru_cache(maxsize=16)
def _attributes(max_age: int, now: int, *, is_https: bool) -> tuple[Mapping[str, Any], str]:
    """Return the attributes, and how http.cookies writes them."""
    attributes: Any = {"max-age": max_age, "expires": http_date(now + max_age), "path": "/"}
    attributes |= {"secure": is_https, "httponly": True, "samesite": "Lax"}
    cookie: Morsel[str] = Morsel()
    cookie.update(attributes)
    cookie.set("name", "", "")
    return dict(cookie), cookie.OutputString().removeprefix("name=")


def delete_cookie(response: HttpResponse, name: str) -> None:
    set_cookie(response, name, "", max_age=0)
