"""What is left to do until a fresh site can be relied on, each with the page that does it."""

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
from web.refused_next import refused_origins


class State(StrEnum):
    """How far an item is. What is fine is done for a small site, and says when it is not."""

    DONE = "done"
    FINE = "fine"
    OPEN = "open"


@dataclass(frozen=True)
class Item:
    """One line of the list. `url` is empty where a setting of the environment does it."""

    state: State
    name: str
    words: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Checklist:
    """All of it."""

    items: list[Item]

    @property
    def done(self) -> int:
        return sum(item.state != State.OPEN for item in self.items)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.items)


def checklist(request: HttpRequest) -> Checklist:
    return Checklist([*(item(request) for item in ITEMS), *_refused_origins()])


def _admin(request: HttpRequest) -> Item:
    """Look at this admin alone: nobody gets here who is none."""
    name = "An admin"
    if SocialAccount.objects.filter(user_id=request.user.pk).exists():
        url = f"{reverse('admin:signet_sessions_user_changelist')}?is_staff__exact=1"
        return Item(State.DONE, name, "You are one, and come through a provider.", url, "Admins")
    if not _has_provider():
        return Item(State.FINE, name, "You are one, with a password.")
    words = "You are one, with a password. Connect an account at a provider to come that way too."
    return Item(State.FINE, name, words, reverse("account_connections"), "Connect")


def _has_provider() -> bool:
    return Provider.objects.filter(enabled=True).exists()


def _public_url(request: HttpRequest) -> Item:
    name, elsewhere = "The public address", other_address(request)
    if elsewhere:
        words = (
            f"BASE_URL is {settings.BASE_URL}, and your browser seems to be at {elsewhere}. "
            "Redirect URIs and cookies belong to BASE_URL: make both the same."
        )
        return Item(State.OPEN, name, words)
    if not settings.BASE_URL.startswith("https://"):
        words = f"{settings.BASE_URL} is fine on this machine. For visitors, BASE_URL needs https."
        return Item(State.FINE, name, words)
    words = f"{settings.BASE_URL} is where your browser is, and it is https."
    return Item(State.DONE, name, words)


def _addresses(request: HttpRequest) -> Item:
    name, forwarding = "Visitors' addresses", addresses.forwarding(request)
    if not forwarding.hides_visitors:
        return Item(State.DONE, name, "Visitors are told apart by address.")
    words = (
        f"All visitors seem to come from {forwarding.address}. What is limited by "
        "address is limited for all of them together, and anybody can use it up. "
    )
    return Item(State.OPEN, name, words + _addresses_fix(forwarding))


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


def _provider(_: HttpRequest) -> Item:
    names = list(Provider.objects.filter(enabled=True).values_list("name", flat=True)[:4])
    name = "A provider"
    if not names:
        words = "Nobody can sign in yet. Choose a provider; it takes two pasted values."
        return Item(State.OPEN, name, words, reverse("admin:providers_provider_add"), "Add one")
    listed = ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
    url = reverse("admin:providers_provider_changelist")
    return Item(State.DONE, name, f"Visitors can choose {listed}.", url, "Providers")


def _sign_in(_: HttpRequest) -> Item:
    name = "A first sign-in"
    worked = SignInAttempt.objects.filter(diagnosis="", process__in=("sign_in", "connect"))
    if worked.exists() or Session.objects.exclude(provider="").exists():
        return Item(State.DONE, name, "Somebody came through a provider: it works.")
    if not _has_provider():
        return Item(State.OPEN, name, "Nobody can come through a provider before there is one.")
    words = (
        f"Nobody has come through a provider yet. Open {settings.BASE_URL}{reverse('sign_in')} in "
        "a private window, or connect an account at a provider with yours."
    )
    return Item(State.OPEN, name, words, reverse("account_connections"), "Connect")


def _signing_key(_: HttpRequest) -> Item:
    name, url = "A signing key", reverse("admin:signet_sessions_signingkey_changelist")
    if has_signing_key():
        return Item(State.DONE, name, "Session JWTs are signed, and keys rotate.", url, "Keys")
    return Item(State.OPEN, name, "Nobody can be signed in without one.", url, "Make one")


def _database(_: HttpRequest) -> Item:
    return database(connection.vendor)


def database(vendor: str) -> Item:
    """Tell what such a database is fit for."""
    name = "The database"
    if vendor == "postgresql":
        return Item(State.DONE, name, "PostgreSQL is fit for any number of processes.")
    if settings.WEB_CONCURRENCY > 1:
        words = f"SQLite is for one process, and here are {settings.WEB_CONCURRENCY}."
        return Item(State.OPEN, name, f"{words} Set DATABASE_URL to a PostgreSQL database.")
    words = "SQLite is fine for one process. For more, set DATABASE_URL to a PostgreSQL database."
    return Item(State.FINE, name, words)


def _cache(_: HttpRequest) -> Item:
    name = "The cache"
    if settings.CACHE_URL != "locmem://":
        return Item(State.DONE, name, "Redis is shared by all processes.")
    words = "A cache in the process is fine for one. For more, set CACHE_URL to a Redis."
    return Item(State.FINE, name, words)


def _refused_origins() -> list[Item]:
    """Name the origins to which visitors were to be sent back and were not, if there are any."""
    origins = refused_origins()
    if not origins:
        return []
    listed = ", ".join(origins[:3]) + (" and more" if len(origins) > 3 else "")
    words = (
        f"In the last days visitors were to go on to {listed} after signing in, and were not sent "
        "there. If that is one of your apps, add it to ALLOWED_REDIRECT_ORIGINS. If not, leave it: "
        "anybody can make such a link."
    )
    return [Item(State.OPEN, "Where visitors go on", words)]


ITEMS: tuple[Callable[[HttpRequest], Item], ...] = (
    _admin,
    _public_url,
    _addresses,
    _provider,
    _sign_in,
    _signing_key,
    _database,
    _cache,
)
