"""The steps that are left before people can rely on a new site, and the page for each.

`checklist.toml` has the words; the functions here choose among them.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
from web.addresses import Forwarding, forwarding
from web.redirects import refused_origins

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@dataclass(frozen=True)
class Item:
    """One line of a list. `url` is empty where a setting of the environment is the answer.

    `state` is "done", "fine" or "open"; for what expires, it is "fine", "warning" or "error".
    """

    name: str
    state: str
    words: str
    url: str
    link: str = ""


def checklist(request: HttpRequest) -> list[Item]:
    providers = list(Provider.objects.filter(enabled=True).values_list("name", flat=True)[:4])
    elsewhere, route, origins = other_address(request), forwarding(request), refused_origins()
    verdicts = {
        "admin": _admin(request, has_provider=bool(providers)),
        "public_address": "elsewhere" if elsewhere else urlsplit(settings.BASE_URL).scheme,
        "addresses": _addresses(route),
        "provider": "some" if providers else "none",
        "first_sign_in": _first_sign_in(has_provider=bool(providers)),
        "signing_key": "signs" if has_signing_key() else "none",
        "database": database(connection.vendor),
        "cache": "own" if settings.CACHE_URL == "locmem://" else "shared",
    }
    values = {
        "address": route.address,
        "base_url": settings.BASE_URL,
        "elsewhere": elsewhere,
        "names": _listed(providers),
        "origins": _listed(origins),
        "processes": settings.WEB_CONCURRENCY,
        "sign_in": f"{settings.BASE_URL}{reverse('sign_in')}",
        "unreadable": route.unreadable,
    }
    verdicts |= {"refused_origins": "some"} if origins else {}
    return [_item(name, verdict, values) for name, verdict in verdicts.items()]


def _item(name: str, verdict: str, values: dict[str, Any]) -> Item:
    entry = WORDS[name][verdict]
    url = reverse(entry["page"]) + entry.get("query", "") if "page" in entry else ""
    words = entry["words"].format(**values)
    return Item(WORDS[name]["name"], entry["state"], words, url, entry.get("link", ""))


def _admin(request: HttpRequest, *, has_provider: bool) -> str:
    """Look at this admin alone: nobody else sees the list."""
    if SocialAccount.objects.filter(user_id=request.user.pk).exists():
        return "with_account"
    return "with_password" if has_provider else "without_provider"


def _addresses(route: Forwarding) -> str:
    """Say what is left to do at the proxy, or in the settings, or at both."""
    if not route.hides_visitors:
        return "known"
    if route.unreadable:
        return "unreadable"
    if route.is_by_trusted_proxy:
        return "silent"
    return "unnamed" if route.is_forwarded else "hidden"


def _first_sign_in(*, has_provider: bool) -> str:
    worked = SignInAttempt.objects.filter(diagnosis="", process__in=("sign_in", "connect"))
    if worked.exists() or Session.objects.exclude(provider="").exists():
        return "worked"
    return "missing" if has_provider else "without_provider"


def database(vendor: str) -> str:
    """Tell what such a database is fit for."""
    if vendor == "postgresql":
        return "postgresql"
    return "shared_file" if settings.WEB_CONCURRENCY > 1 else "file"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
