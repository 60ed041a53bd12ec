"""Measure every page of the admin on a filled database: `python -m bench.admin_pages`.

With `--people` it first fills the database, which must have nobody in it: afterwards nobody could
tell invented people from real ones. It EMPTIES the cache that CACHE_URL names.
"""

import argparse
import itertools
import logging
import os
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import django
from django.apps import apps
from django.conf import settings
from django.contrib.admin import site
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.seed import seed

MOST_QUERIES, MOST_MILLISECONDS = 30, 300  # of a page
NO_PAGE = (302, 403, 405)  # nothing to be seen at this address
ADMIN = "admin-of-the-benchmark"
SEARCHES = "q=person4321@example.com q=Person+4321 q=person q=nobody+is+here"
# Each list of the admin, and how it is narrowed and searched.
LISTS = {
    "signet_sessions_user": f"{SEARCHES} q=198765 q=e is_staff__exact=1 is_active__exact=0 p=3 o=1",
    "signet_sessions_session": f"{SEARCHES} alive=yes alive=no provider=staff holder__exact=script",
    "attempts_signinattempt": f"{SEARCHES} outcome=failed outcome=signed-in provider=staff day=30 "
    "provider=staff&outcome=failed diagnosis=clock_skew&provider=staff&day=7 diagnosis=clock_skew "
    "q=7F3K-Q2MD p=20",
    "audit_auditevent": f"{SEARCHES} action__exact=signed_in action__exact=sign_in_failed "
    "action__exact=suspended result__exact=refused q=198.51.7.7 p=150",
}
ALONE = "oidc_provider_app oidc_provider_appfailure signet_sessions_groupmembership web_site "
ALONE += "signet_sessions_signingkey providers_provider access_rules_accessrule"
LISTS |= dict.fromkeys(ALONE.split(), "")
Page = tuple[str, str]  # name and path
Figures = tuple[int, float]  # most queries, and median milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.admin_pages", description=__doc__)
    parser.add_argument("--people", type=int, help="how many to put into an empty database")
    parser.add_argument("--sign-ins", type=int, default=1_000_000, help="how many they have made")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if options.people:
        fill(options.people, options.sign_ins)
    client = signed_in()
    found = [page for page in pages() if _open(client, page) not in NO_PAGE]  # all work done once
    costs = {page: _costs(client, page, options.rounds) for page in found}
    print(f"{'':80}{'empty cache':>20}{'full cache':>20}")
    for (name, _), sides in sorted(costs.items(), key=lambda item: -max(ms for _, ms in item[1])):
        print(f"{name:80}" + "".join(f"{queries:6} {taken:10.0f} ms" for queries, taken in sides))
    figures = itertools.chain(*costs.values())
    if any(many > MOST_QUERIES or long > MOST_MILLISECONDS for many, long in figures):
        sys.exit(f"over {MOST_QUERIES} queries or {MOST_MILLISECONDS} ms")


def fill(people: int, sign_ins: int) -> None:
    """Migrate and fill an empty database, and count its days, as the background thread does."""
    from attempts.daily import keep_a_day

    call_command("migrate", verbosity=0)
    if apps.get_model("signet_sessions", "User").objects.exists():
        sys.exit("There are people in this database. Take another one.")
    seed(people, sign_ins)
    while keep_a_day():
        pass
    with connection.cursor() as cursor:  # the database learns how the rows are spread
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def signed_in() -> Client:
    """Return the browser of a new admin, who has just signed in by password."""
    from oidc_provider.first_key import make_first_key

    make_first_key()  # or its page is not there
    people: Any = apps.get_model("signet_sessions", "User").objects
    people.filter(username=ADMIN).delete()
    password = secrets.token_urlsafe()
    people.create_superuser(ADMIN, password)
    client = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})
    form = {"username": ADMIN, "password": password, "next": reverse("admin:index")}
    if client.post(reverse("admin:login"), form).status_code != 302:
        sys.exit("The password form refuses; is ADMIN_PASSWORD_LOGIN on?")
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
        case "Site":  # has its page before it has its row
            return model(pk=1)
    return model.objects.order_by("pk").first()


def _costs(client: Client, page: Page, rounds: int) -> list[Figures]:
    """Open the page again and again, with an empty cache and with a full one."""
    pairs = []
    for _ in range(rounds):
        cache.clear()
        pairs.append((measured(client, page), measured(client, page)))
    sides = (zip(*side, strict=True) for side in zip(*pairs, strict=True))
    return [(max(queries), statistics.median(taken)) for queries, taken in sides]


def measured(client: Client, page: Page) -> Figures:
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        _open(client, page)
    return len(queries), (time.perf_counter() - began) * 1000


def _open(client: Client, page: Page) -> int:
    """Get a page, or the beginning of a long answer. Return the status."""
    response: Any = client.get(page[1])
    if response.streaming:
        list(itertools.islice(response.streaming_content, 100))
        # It is closed when it is forgotten; `close` would close the database's connection as well.
    if response.status_code not in (200, *NO_PAGE):
        sys.exit(f"{page[1]} answers {response.status_code}")
    return int(response.status_code)


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # or there is a warning for each page without permission
    main()
