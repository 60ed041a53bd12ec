"""The steps that are left before people can rely on a new site, and the page for each.

`checklist.toml` has the words; the functions here choose among them.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse

from attempts.models import SignInAttempt
from oauth_client.admin_pages.guide import other_address
from providers.models import Provider
from sessions.models import Session
from sessions.signing_keys.keyring import has_signing_key
from web.addresses import forwarding
from web.redirects import refused_origins

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


class State(StrEnum):
    """The state of an item. `FINE` is good enough for a small site, and counts as done."""

    DONE = "done"
    FINE = "fine"
    OPEN = "open"


@dataclass(frozen=True)
class Item:
    """One line of the list. `url` is empty where a setting of the environment is the answer."""

    name: str
    state: State
    words: str
    url: str
    link: str


@dataclass(frozen=True)
class Checklist:
    """All items, and how many are done."""

    items: list[Item]

    @property
    def done(self) -> int:
        return sum(item.state != State.OPEN for item in self.items)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.items)


def checklist(request: HttpRequest) -> Checklist:
    items = [judge(request) for judge in JUDGES]
    if origins := refused_origins():
        items.append(_item("refused_origins", "some", origins=_listed(origins)))
    return Checklist(items)


def _item(name: str, verdict: str, **values: object) -> Item:
    """Make the line of an item, with these values in its words."""
    entry = WORDS[name][verdict]
    url = reverse(entry["page"]) + entry.get("query", "") if "page" in entry else ""
    words = entry["words"].format(**values)
    return Item(WORDS[name]["name"], State(entry["state"]), words, url, entry.get("link", ""))


def _admin(request: HttpRequest) -> Item:
    """Look at this admin alone: nobody else sees the list."""
    if SocialAccount.objects.filter(user_id=request.user.pk).exists():
        return _item("admin", "with_account")
    return _item("admin", "with_password" if _has_provider() else "without_provider")


def _has_provider() -> bool:
    return Provider.objects.filter(enabled=True).exists()


def _public_address(request: HttpRequest) -> Item:
    base_url: str = settings.BASE_URL
    if elsewhere := other_address(request):
        return _item("public_address", "elsewhere", base_url=base_url, elsewhere=elsewhere)
    scheme = "https" if base_url.startswith("https://") else "http"
    return _item("public_address", scheme, base_url=base_url)


def _addresses(request: HttpRequest) -> Item:
    """Say what is left to do at the proxy, or in the settings, or at both."""
    route = forwarding(request)
    if not route.hides_visitors:
        return _item("addresses", "known")
    verdict = "unnamed" if route.is_forwarded else "hidden"
    if route.is_by_trusted_proxy:
        verdict = "silent"
    if route.unreadable:
        verdict = "unreadable"
    return _item("addresses", verdict, address=route.address, unreadable=route.unreadable)


def _provider(_: HttpRequest) -> Item:
    names = list(Provider.objects.filter(enabled=True).values_list("name", flat=True)[:4])
    return _item("provider", "some" if names else "none", names=_listed(names))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")


def _first_sign_in(_: HttpRequest) -> Item:
    worked = SignInAttempt.objects.filter(diagnosis="", process__in=("sign_in", "connect"))
    if worked.exists() or Session.objects.exclude(provider="").exists():
        return _item("first_sign_in", "worked")
    if not _has_provider():
        return _item("first_sign_in", "without_provider")
    return _item("first_sign_in", "missing", sign_in=f"{settings.BASE_URL}{reverse('sign_in')}")


def _signing_key(_: HttpRequest) -> Item:
    return _item("signing_key", "signs" if has_signing_key() else "none")


def _database(_: HttpRequest) -> Item:
    return database(connection.vendor)


def database(vendor: str) -> Item:
    """Tell what such a database is fit for."""
    if vendor == "postgresql":
        return _item("database", "postgresql")
    processes: int = settings.WEB_CONCURRENCY
    return _item("database", "shared_file" if processes > 1 else "file", processes=processes)


def _cache(_: HttpRequest) -> Item:
    return _item("cache", "own" if settings.CACHE_URL == "locmem://" else "shared")


JUDGES: list[Callable[[HttpRequest], Item]] = [
    _admin,
    _public_address,
    _addresses,
    _provider,
    _first_sign_in,
    _signing_key,
    _database,
    _cache,
]
