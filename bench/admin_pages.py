"""Measure every page of the admin on a filled database: `python -m bench.admin_pages`.

Uses the settings of the environment, and the rows that `bench.seed` has written. It makes an admin
and signs in with the password form. Then it opens each page with an empty cache and with a full
cache. So it EMPTIES the cache that CACHE_URL names. The slowest pages come first.
"""

import argparse
import logging
import os
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

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

MOST_QUERIES, MOST_MILLISECONDS = 30, 300  # of a page
LINES = 100  # of an export
NO_PAGE = (302, 403, 405)  # nothing to be seen at this address
ADMIN = "admin-of-the-benchmark"
# Each list of the admin, and how it is narrowed and searched.
LISTS = {
    "signet_sessions_user": "q=person199999@example.com q=Person+4321 q=person q=nobody q=198765 "
    "q=e q=p q=is+here is_staff__exact=1 is_active__exact=0 p=3 o=1",
    "signet_sessions_session": "alive=yes alive=no provider=staff holder__exact=script "
    "q=person199999@example.com q=Person+4321 q=person",
    "signet_sessions_signingkey": "",
    "attempts_signinattempt": "outcome=failed outcome=signed-in provider=staff "
    "provider=staff&outcome=failed diagnosis=clock_skew "
    "diagnosis=clock_skew&provider=staff&day=7 day=30 q=person4321@example.com q=7F3K-Q2MD p=20",
    "providers_provider": "",
    "access_rules_accessrule": "",
    "audit_auditevent": "action__exact=signed_in action__exact=sign_in_failed "
    "action__exact=suspended result__exact=refused q=person4321@example.com q=Person+4321 "
    "q=198.51.7.7 q=nobody+is+here p=150",
}
Page = tuple[str, str]  # name and path
Figures = tuple[int, float]  # most queries, and median milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.admin_pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    logging.disable(logging.WARNING)  # or there is a warning for each page without permission
    from attempts.daily import keep_a_day

    while keep_a_day():  # as the background thread does
        pass
    client = signed_in()
    costs = {page: costs_of(client, page, rounds) for page in pages() if is_page(client, page)}
    _print_table(costs)
    if any(map(_is_over, costs.values())):
        sys.exit(f"over {MOST_QUERIES} queries or {MOST_MILLISECONDS} ms")


def signed_in() -> Client:
    """Return the browser of a new admin, who has just signed in by password."""
    people: Any = apps.get_model("signet_sessions", "User").objects
    people.filter(username=ADMIN).delete()
    password = secrets.token_urlsafe()
    people.create_superuser(ADMIN, password)
    client = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})
    form = {"username": ADMIN, "password": password, "next": reverse("admin:index")}
    status = client.post(reverse("admin:login"), form).status_code
    if status != 302:
        sys.exit(f"The password form answers {status}; is ADMIN_PASSWORD_LOGIN on?")
    return client


def pages() -> Iterator[Page]:
    """Return every page of the admin, and its lists also with filters and searches."""
    yield "home", reverse("admin:index")
    yield "providers_provider_add: github", f"{reverse('admin:providers_provider_add')}?kind=github"
    for name, queries in LISTS.items():
        for query in ("", *queries.split()):
            yield f"{name}_changelist {query}", f"{reverse(f'admin:{name}_changelist')}?{query}"
    for model, model_admin in site._registry.items():  # noqa: SLF001 - the one way to ask
        row = _row(model)
        for pattern in model_admin.get_urls():
            parameters = pattern.pattern.converters
            if pattern.name and (row or not parameters):
                key = "csv" if pattern.name.endswith("export") else row and row.pk
                values = dict.fromkeys(parameters, key)
                yield pattern.name, reverse(f"admin:{pattern.name}", kwargs=values)


def _row(model: Any) -> Any:
    """Return a row whose page shows much. If that is not known, return the first row."""
    match model.__name__:
        case "User":  # somebody who signs in very often
            users = apps.get_model("attempts", "SignInAttempt").objects.values_list("user")
            often = users.exclude(user=None).order_by().annotate(n=Count("*")).order_by("-n")
            return model.objects.get(pk=often[0][0])
        case "SignInAttempt":
            return model.objects.exclude(diagnosis="").latest("created_at")
        case "Session":
            return model.objects.filter(revoked_at=None).latest("expires_at")
    return model.objects.order_by("pk").first()


def is_page(client: Client, page: Page) -> bool:
    """Tell whether there is such a page. The first request also does all work that is done once."""
    return _open(client, page) not in NO_PAGE


def costs_of(client: Client, page: Page, rounds: int) -> tuple[Figures, Figures]:
    """Open the page again and again, with an empty cache and with a full one."""
    empty, full = [], []
    for _ in range(rounds):
        cache.clear()
        empty.append(measured(client, page))
        full.append(measured(client, page))
    return _medians(empty), _medians(full)


def measured(client: Client, page: Page) -> Figures:
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        _open(client, page)
        taken = time.perf_counter() - began
    return len(queries), taken * 1000


def _open(client: Client, page: Page) -> int:
    """Get a page, or the beginning of a long answer. Return the status."""
    response: Any = client.get(page[1])
    if response.streaming:
        list(islice(response.streaming_content, LINES))
        # It is closed when it is forgotten; `close` would close the database's connection as well.
    if response.status_code not in (200, *NO_PAGE):
        sys.exit(f"{page[1]} answers {response.status_code}")
    return int(response.status_code)


def _medians(figures: list[Figures]) -> Figures:
    queries, milliseconds = zip(*figures, strict=True)
    return max(queries), statistics.median(milliseconds)


def _is_over(costs: tuple[Figures, Figures]) -> bool:
    return any(many > MOST_QUERIES or long > MOST_MILLISECONDS for many, long in costs)


def _print_table(costs: dict[Page, tuple[Figures, Figures]]) -> None:
    """Print the slowest first, with a mark where a page is over."""
    print(f"{'':80}{'empty cache':>20}{'full cache':>20}")
    for page, sides in sorted(costs.items(), key=lambda item: -max(ms for _, ms in item[1])):
        figures = "".join(f"{queries:6} {taken:10.0f} ms" for queries, taken in sides)
        print(f"{page[0]:80}{figures}{'  OVER' if _is_over(sides) else ''}")


if __name__ == "__main__":
    main()
