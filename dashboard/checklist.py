"""What is left to do until a fresh site can be relied on, and on which page?"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse

from attempts.models import SignInAttempt
from oauth_client.admin.guide import other_address
from providers.models import Provider
from sessions.models import Session
from sessions.signing_keys.keyring import has_signing_key
from web import addresses
from web.addresses import Forwarding
from web.redirects import refused_origins


class State(StrEnum):
    """How far an item is. What is fine for a small site counts as done."""

    DONE = "done"
    FINE = "fine"
    OPEN = "open"


Judgement = tuple[State, str] | tuple[State, str, str, str]  # words, and a link with its text


@dataclass(frozen=True)
class Item:
    """One line of the list. `url` is empty where a setting of the environment is the answer."""

    name: str
    state: State
    words: str
    url: str = ""
    link: str = ""


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
    items = [Item(name, *judge(request)) for name, judge in ITEMS.items()]
    return Checklist([*items, *_refused_origins()])


def _admin(request: HttpRequest) -> Judgement:
    """Look at this admin alone: nobody else sees the list."""
    if SocialAccount.objects.filter(user_id=request.user.pk).exists():
        url = f"{reverse('admin:signet_sessions_user_changelist')}?is_staff__exact=1"
        return State.DONE, "You are one, and sign in through a provider.", url, "Admins"
    if not _has_provider():
        return State.FINE, "You are one, with a password."
    words = "You are one, with a password. Connect an account at a provider to sign in with it too."
    return State.FINE, words, reverse("account_connections"), "Connect"


def _has_provider() -> bool:
    return Provider.objects.filter(enabled=True).exists()


def _public_url(request: HttpRequest) -> Judgement:
    elsewhere = other_address(request)
    if elsewhere:
        words = (
            f"BASE_URL is {settings.BASE_URL}, and your browser seems to be at {elsewhere}. "
            "Redirect URIs and cookies belong to BASE_URL: make both the same."
        )
        return State.OPEN, words
    if not settings.BASE_URL.startswith("https://"):
        words = f"{settings.BASE_URL} is fine on this machine. For visitors, BASE_URL needs https."
        return State.FINE, words
    return State.DONE, f"{settings.BASE_URL} is where your browser is, and it is https."


def _addresses(request: HttpRequest) -> Judgement:
    forwarding = addresses.forwarding(request)
    if not forwarding.hides_visitors:
        return State.DONE, "Visitors are told apart by address."
    words = (
        f"All visitors seem to come from {forwarding.address}. So they share every limit by "
        "address, and anybody can use it up. "
    )
    return State.OPEN, words + _addresses_fix(forwarding)


def _addresses_fix(forwarding: Forwarding) -> str:
    """Say what is left to do at the proxy, or in the settings, or at both."""
    if forwarding.unreadable:
        return (
            f"This proxy sends “{forwarding.unreadable}” in X-Forwarded-For, which is no address. "
            "Let it send the address of whoever called it."
        )
    if forwarding.is_by_trusted_proxy:
        return "TRUSTED_PROXIES names this proxy. Let it send X-Forwarded-For too."
    if forwarding.is_forwarded:
        return "A proxy sends X-Forwarded-For. If it is yours, name it in TRUSTED_PROXIES."
    return "Let the proxy send X-Forwarded-For, and name it in TRUSTED_PROXIES."


def _provider(_: HttpRequest) -> Judgement:
    names = list(Provider.objects.filter(enabled=True).values_list("name", flat=True)[:4])
    if not names:
        words = "Nobody can sign in yet. Choose a provider; it takes two pasted values."
        return State.OPEN, words, reverse("admin:providers_provider_add"), "Add one"
    url = reverse("admin:providers_provider_changelist")
    return State.DONE, f"Visitors can choose {_listed(names)}.", url, "Providers"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")


def _sign_in(_: HttpRequest) -> Judgement:
    worked = SignInAttempt.objects.filter(diagnosis="", process__in=("sign_in", "connect"))
    if worked.exists() or Session.objects.exclude(provider="").exists():
        return State.DONE, "Somebody has signed in through a provider: it works."
    if not _has_provider():
        return State.OPEN, "Nobody can sign in through a provider before there is one."
    words = (
        f"Nobody has signed in through a provider yet. Open {settings.BASE_URL}"
        f"{reverse('sign_in')} in a private window, or connect your account at a provider."
    )
    return State.OPEN, words, reverse("account_connections"), "Connect"


def _signing_key(_: HttpRequest) -> Judgement:
    url = reverse("admin:signet_sessions_signingkey_changelist")
    if has_signing_key():
        return State.DONE, "Session JWTs are signed, and keys rotate.", url, "Keys"
    return State.OPEN, "Nobody can be signed in without one.", url, "Make one"


def _database(_: HttpRequest) -> Judgement:
    return database(connection.vendor)


def database(vendor: str) -> Judgement:
    """Tell what such a database is fit for."""
    if vendor == "postgresql":
        return State.DONE, "PostgreSQL is fit for any number of processes."
    if settings.WEB_CONCURRENCY > 1:
        words = f"SQLite is for one process, and here are {settings.WEB_CONCURRENCY}."
        return State.OPEN, f"{words} Set DATABASE_URL to a PostgreSQL database."
    words = "SQLite is fine for one process. For more, set DATABASE_URL to a PostgreSQL database."
    return State.FINE, words


def _cache(_: HttpRequest) -> Judgement:
    if settings.CACHE_URL != "locmem://":
        return State.DONE, "Redis is shared by all processes."
    return State.FINE, "A cache in the process is fine for one. For more, set CACHE_URL to a Redis."


def _refused_origins() -> list[Item]:
    """Name the origins to which visitors were not sent on, if there are any."""
    origins = refused_origins()
    if not origins:
        return []
    words = (
        f"In the last days, links asked to send visitors on to {_listed(origins)} after they sign "
        "in, and Signet refused. If that is one of your apps, add it to ALLOWED_REDIRECT_ORIGINS. "
        "If not, leave it: anybody can make such a link."
    )
    return [Item("Where visitors go on", State.OPEN, words)]


ITEMS: dict[str, Callable[[HttpRequest], Judgement]] = {
    "An admin": _admin,
    "The public address": _public_url,
    "Visitors' addresses": _addresses,
    "A provider": _provider,
    "A first sign-in": _sign_in,
    "A signing key": _signing_key,
    "The database": _database,
    "The cache": _cache,
}
