"""The steps that are left before people can rely on a new site, and the page for each.

`checklist.toml` has the words; the functions here choose among them.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.standing import Standing, standings
from diagnosis.entries import Advice, on_page
from encryption import SealBrokenError
from oauth_client.admin_pages.guide import other_address
from oidc_provider.models import App
from sessions.models import Session
from sessions.signing_keys.keyring import has_signing_key, loaded
from sessions.signing_keys.life import STALE_AFTER
from web.addresses import Forwarding, forwarding
from web.cache_errors import cache_errors
from web.redirects import refused_origins
from web.shown import in_code

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
    value: str = ""  # to paste, after the words
    answers: tuple[tuple[str, str], ...] = ()  # of a question: text and address of each

    @property
    def label(self) -> str:
        """Return the state of an item in the checklist, for screen readers."""
        return {"done": _("Done"), "fine": _("OK"), "open": _("To do")}[self.state]


def checklist(request: HttpRequest) -> list[Item]:
    known, route, origins = list(standings()), forwarding(request), refused_origins()
    elsewhere = other_address(request)
    broken = next((each for each in known if each.trouble), None)
    open_to_all = next((each for each in known if not each.provider.is_access_decided), None)
    first_sign_in = _first_sign_in(known)
    verdicts = {
        "admin": _admin(request, has_provider=bool(known)),
        "public_address": "elsewhere" if elsewhere else urlsplit(settings.BASE_URL).scheme,
        "addresses": _addresses(route),
        "provider": _provider(known),
        "access": _access(known),
        "first_sign_in": first_sign_in,
        "app": _app(first_sign_in),
        "signing_key": _signing_key(),
        "database": database(connection.vendor),
        "cache": _cache(),
        "refused_origins": "some" if origins else None,
    }
    values = {
        "address": route.address,
        "base_url": settings.BASE_URL,
        "elsewhere": elsewhere,
        "names": _listed([each.provider.name for each in known if each.works is not False]),
        "origins": _listed([in_code(origin) for origin in origins]),
        "processes": settings.WEB_CONCURRENCY,
        "sign_in": f"{settings.BASE_URL}{reverse('sign_in')}",
        "unreadable": route.unreadable,
    }
    values |= _about("broken", broken) | _about("everybody", open_to_all)
    return [_item(name, verdict, values) for name, verdict in verdicts.items() if verdict]


def _about(role: str, found: Standing | None) -> dict[str, str]:
    """Return name, key and trouble of the provider in this role, for words and addresses."""
    if found is None:
        return {}
    trouble = found.trouble or Advice("", "")
    return {
        role: found.provider.name,
        f"{role}_pk": str(found.provider.pk),
        f"{role}_trouble": format_html("{} {}", trouble.cause, trouble.fix),
        f"{role}_value": trouble.value,
    }


def _item(name: str, verdict: str, values: dict[str, Any]) -> Item:
    entry = WORDS[name][verdict]
    args = [values[entry["row"]]] if "row" in entry else []
    url = reverse(entry["page"], args=args) if "page" in entry else ""
    answers = tuple((_(text), url + query) for text, query in entry.get("answers", ()))
    words = on_page(entry["words"], values)
    url = "" if answers else url + entry.get("query", "")
    link = _(entry.get("link", ""))
    value = values.get(entry.get("value"), "")
    return Item(_(WORDS[name]["name"]), entry["state"], words, url, link, value, answers)


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


def _provider(known: list[Standing]) -> str:
    """Say whether a provider works, as its last check or sign-in shows."""
    if any(each.trouble for each in known):
        return "broken"
    if any(each.works for each in known):
        return "some"
    return "untried" if known else "none"


def _access(known: list[Standing]) -> str | None:
    """Ask who may sign in as soon as anybody could."""
    if not known:
        return None
    is_decided = all(each.provider.is_access_decided for each in known)
    return "decided" if is_decided else "anyone"


def _first_sign_in(known: list[Standing]) -> str:
    """Look at the last visitor of each provider; without a row, look for a session."""
    if not known:
        return "without_provider"
    fared = {each.signs_in for each in known}
    if True in fared:
        return "worked"
    if False in fared:
        return "fails"
    slugs = [each.provider.slug for each in known]
    return "worked" if Session.objects.filter(provider__in=slugs).exists() else "missing"


def _app(first_sign_in: str) -> str | None:
    """Suggest an app once people can sign in, until there is one."""
    has_worked = first_sign_in == "worked"
    return "none" if has_worked and not App.objects.exists() else None


def _signing_key() -> str:
    if not has_signing_key():
        return "none"
    try:
        loaded(STALE_AFTER)
    except SealBrokenError:
        return "unreadable"
    return "signs"


def _cache() -> str:
    try:
        cache.get("checklist")
    except cache_errors():
        return "silent"
    return "own" if settings.CACHE_URL == "locmem://" else "shared"


def database(vendor: str) -> str:
    """Tell what such a database is fit for."""
    if vendor == "postgresql":
        return "postgresql"
    return "shared_file" if settings.WEB_CONCURRENCY > 1 else "file"


def _listed(names: Sequence[str]) -> SafeString:
    listed = format_html_join(", ", "{}", [[name] for name in names[:3]])
    if len(names) <= 3:
        return listed
    return format_html(escape(_("{names} and more")), names=listed)
