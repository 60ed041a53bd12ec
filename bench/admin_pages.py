"""Measure every page of the admin on a filled database: `python -m bench.admin_pages`.

Takes the settings of the environment and what `bench.seed` has written. It signs in by the admin's
password form, as an admin that it makes, and opens each page with an empty cache and with a full
one; so it EMPTIES the cache that CACHE_URL names. The worst come first.
"""

import argparse
import logging
import os
import secrets
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode, urlsplit
from wsgiref.util import setup_testing_defaults

import django
from django.apps import apps
from django.conf import settings
from django.contrib.admin import site
from django.core.cache import cache
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.module_loading import import_string

MOST_QUERIES, MOST_MILLISECONDS = 30, 300  # of a page
DAYS_OVER = 29  # that the home of the admin shows beside today
PATIENCE = 120  # seconds
LINES = 100  # of an export
NO_PAGE = (302, 403, 405)  # nothing to be seen at this address
ADMIN = "admin-of-the-benchmark"


@dataclass(frozen=True)
class Page:
    """What an admin opens."""

    name: str
    path: str


@dataclass(frozen=True)
class Cost:
    """What a page costs with an empty cache and with a full one: most queries, and median ms."""

    page: Page
    empty: tuple[int, float]
    full: tuple[int, float]

    @property
    def is_over(self) -> bool:
        figures = (self.empty, self.full)
        return any(many > MOST_QUERIES or long > MOST_MILLISECONDS for many, long in figures)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.admin_pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    logging.disable(logging.WARNING)  # says of each page without permission that it is one
    _run_for_a_while()
    client = _signed_in()
    measured = (cost_of(client, page, options.rounds) for page in pages())
    costs = [cost for cost in measured if cost]
    print_table(costs)
    if any(cost.is_over for cost in costs):
        sys.exit(f"over {MOST_QUERIES} queries or {MOST_MILLISECONDS} ms")


def _run_for_a_while() -> None:
    """Answer a request as a server does, and wait until the background thread has caught up."""
    environ: dict[str, Any] = {"PATH_INFO": "/healthz"}
    setup_testing_defaults(environ)
    import_string(settings.WSGI_APPLICATION)(environ, lambda *_: None)
    kept: Any = apps.get_model("attempts", "SignInDay").objects
    began = time.monotonic()
    while kept.count() < DAYS_OVER and time.monotonic() - began < PATIENCE:
        time.sleep(1)


def _signed_in() -> Client:
    """Return the browser of a new admin, as good as one who has just signed in by password."""
    people: Any = apps.get_model("signet_sessions", "User").objects
    people.filter(username=ADMIN).delete()
    password = secrets.token_urlsafe()
    people.create_superuser(ADMIN, password)
    client = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})
    form = {"username": ADMIN, "password": password, "next": reverse("admin:index")}
    answer = client.post(reverse("admin:login"), form)
    if answer.status_code != 302:
        sys.exit(f"The password form answers {answer.status_code}; is ADMIN_PASSWORD_LOGIN on?")
    return client


def pages() -> Iterator[Page]:
    """Return every page of the admin, the lists also as one narrows and searches them."""
    yield Page("home", reverse("admin:index"))
    for name, queries in LISTS.items():
        for query in ({}, *queries):
            yield _list(name, **query)
    yield from _pages_of_rows()
    yield from _more_of_people()
    yield from _more_of_settings()


LISTS: dict[str, list[dict[str, str]]] = {
    "signet_sessions_user": [
        *({"q": term} for term in ("person199999@example.com", "Person 4321", "person", "nobody")),
        *({"q": term} for term in ("198765", "e", "p", "is here")),
        {"is_staff__exact": "1"},
        {"is_active__exact": "0"},
        {"p": "3"},
        {"o": "1"},
    ],
    "signet_sessions_session": [
        {"alive": "yes"},
        {"alive": "no"},
        {"provider": "staff"},
        {"holder__exact": "script"},
        {"q": "person199999@example.com"},
        {"q": "Person 4321"},
        {"q": "person"},
    ],
    "signet_sessions_signingkey": [],
    "attempts_signinattempt": [
        {"outcome": "failed"},
        {"outcome": "signed-in"},
        {"provider": "staff"},
        {"provider": "staff", "outcome": "failed"},
        {"diagnosis": "clock_skew"},
        {"diagnosis": "clock_skew", "provider": "staff", "day": "7"},
        {"day": "30"},
        {"q": "person4321@example.com"},
        {"q": "7F3K-Q2MD"},
        {"p": "20"},
    ],
    "providers_provider": [],
    "access_rules_accessrule": [],
    "audit_auditevent": [
        {"action__exact": "signed_in"},
        {"action__exact": "sign_in_failed"},
        {"action__exact": "suspended"},
        {"result__exact": "refused"},
        {"q": "person4321@example.com"},
        {"q": "Person 4321"},
        {"q": "198.51.7.7"},
        {"q": "nobody is here"},
        {"p": "150"},
    ],
}


def _list(name: str, **query: str) -> Page:
    words = " ".join(f"{key}={value}" for key, value in query.items())
    path = reverse(f"admin:{name}_changelist")
    return Page(f"list of {name} {words}".strip(), f"{path}?{urlencode(query)}")


def _pages_of_rows() -> Iterator[Page]:
    """Return the pages of one row of each model: to change, to look at, to remove, its history."""
    for model in site._registry:  # noqa: SLF001 - the one way to ask which there are
        row: Any = model._default_manager.order_by("pk").first()  # noqa: SLF001 - documented by Django
        name = f"{model._meta.app_label}_{model._meta.model_name}"  # noqa: SLF001 - the same
        for kind in ("change", "history", "delete") if row else ():
            yield Page(f"{name}: {kind}", reverse(f"admin:{name}_{kind}", args=[row.pk]))


def _more_of_people() -> Iterator[Page]:
    """Return what else there is of somebody who has signed in very often, and of a session."""
    attempts: Any = apps.get_model("attempts", "SignInAttempt").objects
    often = attempts.exclude(user=None).order_by().values_list("user").annotate(n=Count("*"))
    person = often.order_by("-n")[0][0]
    for kind in ("change", "suspend", "end_sessions"):
        path = reverse(f"admin:signet_sessions_user_{kind}", args=[person])
        yield Page(f"somebody who signs in often: {kind}", path)
    failed = attempts.exclude(diagnosis="").latest("created_at")
    path = reverse("admin:attempts_signinattempt_change", args=[failed.pk])
    yield Page("the last failure", path)
    sessions: Any = apps.get_model("signet_sessions", "Session").objects
    alive = sessions.filter(revoked_at=None).latest("expires_at")
    yield Page("end a session", reverse("admin:signet_sessions_session_end", args=[alive.pk]))
    yield Page("end everybody's sessions", reverse("admin:signet_sessions_session_end_everybodys"))


def _more_of_settings() -> Iterator[Page]:
    """Return what else there is of providers, keys and the log."""
    providers: Any = apps.get_model("providers", "Provider").objects
    for provider in providers.order_by("pk"):
        for kind in ("change", "check", "try"):
            path = reverse(f"admin:providers_provider_{kind}", args=[provider.pk])
            yield Page(f"provider {provider.slug}: {kind}", path)
    add = reverse("admin:providers_provider_add")
    yield Page("add a provider: the catalogue", add)
    yield Page("add a provider: the form", f"{add}?kind=github")
    yield Page("add a rule", reverse("admin:access_rules_accessrule_add"))
    yield Page("rotate the signing key", reverse("admin:signet_sessions_signingkey_rotate"))
    for name in ("csv", "jsonl"):
        path = reverse("admin:audit_auditevent_export", args=[name])
        yield Page(f"export.{name}, its beginning", path)


def cost_of(client: Client, page: Page, rounds: int) -> Cost | None:
    """Open the page again and again; None where there is none."""
    if _opened(client, page) in NO_PAGE:  # and what a process does once is done now
        return None
    empty, full = [], []
    for _ in range(rounds):
        cache.clear()
        empty.append(_measured(client, page))
        full.append(_measured(client, page))
    return Cost(page, *(_medians(side) for side in (empty, full)))


def _measured(client: Client, page: Page) -> tuple[int, float]:
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        _opened(client, page)
        taken = time.perf_counter() - began
    return len(queries), taken * 1000


def _opened(client: Client, page: Page) -> int:
    """Get a page, of a long answer the beginning; returns the status."""
    answer: Any = client.get(page.path)
    if answer.streaming:
        list(islice(answer.streaming_content, LINES))
        # It is closed when it is forgotten; `close` would close the database's connection as well.
    if answer.status_code not in (200, *NO_PAGE):
        sys.exit(f"{page.path} answers {answer.status_code}")
    return int(answer.status_code)


def _medians(figures: list[tuple[int, float]]) -> tuple[int, float]:
    queries, milliseconds = zip(*figures, strict=True)
    return max(queries), statistics.median(milliseconds)


def print_table(costs: Iterable[Cost]) -> None:
    """Print the slowest first, with a mark where a page is over."""
    print(f"{'':70}{'empty cache':>20}{'full cache':>20}")
    for cost in sorted(costs, key=lambda cost: -max(cost.empty[1], cost.full[1])):
        sides = "".join(f"{number:6} {taken:10.0f} ms" for number, taken in (cost.empty, cost.full))
        print(f"{cost.page.name:70}{sides}{'  OVER' if cost.is_over else ''}")


if __name__ == "__main__":
    main()
