"""Our site at an address of its own, and a provider that its people come from."""

import shlex
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from audit.models import COMMAND_LINE
from oidc_provider.catalogue import FilledSnippet, Format
from oidc_provider.models import Grant
from providers.models import Provider
from sessions.groups import give
from sessions.models import User
from simulator.process import SimulatorProcess, start_simulator
from tests.browser.conftest import free_port
from tests.fakes import OUR_DOMAINS
from tests.processes import site
from tests.processes.conftest import SITES, sites_database

T = TypeVar("T")
SLUG = "demo"  # of the provider


@dataclass(frozen=True)
class Registration:
    """What an admin has after adding an app, and pastes there."""

    issuer: str
    client_id: str
    client_secret: str
    app: str  # its address
    private_key: str  # a JWK, if it has one in the place of a secret
    snippets: tuple[FilledSnippet, ...]

    def snippet(self, format_: Format, title: str = "") -> str:
        """Return the text of the first snippet of this format whose title has these words."""
        return next(
            each.text for each in self.snippets if each.format is format_ and title in each.title
        )

    def environment(self) -> dict[str, str]:
        """Return the variables that are to be set at the app."""
        lines = [each.text for each in self.snippets if each.format is Format.ENV]
        return dict(line.split("=", 1) for text in lines for line in shlex.split(text))


@dataclass(frozen=True)
class Signet:
    """The running site."""

    issuer: str
    database_url: str
    simulator: SimulatorProcess
    blocker: DjangoDbBlocker

    def redeemed(self, app: Registration) -> int:
        """Return how many codes and refresh tokens the app has redeemed so far."""
        grants = Grant.objects.filter(app__slug=app.client_id)
        return self.at_site(lambda: sum(grants.values_list("generation", flat=True)))

    def add_provider(self) -> None:
        given = self.simulator.providers()[SLUG]
        provider = Provider(slug=SLUG, kind=given["kind"], name=given["name"])
        provider.base_url, provider.vouches_for = given["base_url"], OUR_DOMAINS
        provider.client_id, provider.client_secret = given["client_id"], given["client_secret"]
        self.at_site(lambda: Provider.objects.bulk_create([provider]))

    def give_alice(self, group: str) -> None:
        """Put Alice into a group by hand, after she has been here."""
        self.at_site(lambda: give(User.objects.get(name="Alice Archer"), group, COMMAND_LINE))

    def at_site(self, work: Callable[[], T]) -> T:
        """Do this as a command of the site would, with its address and its database.

        It has a thread of its own: Playwright has an event loop, and Django wants none.
        """

        def in_thread() -> T:
            with (
                sites_database(self.database_url, self.blocker),
                override_settings(BASE_URL=self.issuer),
            ):
                connections[DEFAULT_DB_ALIAS] = connections[SITES]  # for this thread
                return work()

        with ThreadPoolExecutor(1) as threads:
            return threads.submit(in_thread).result()


@contextmanager
def running(folder: Path, blocker: DjangoDbBlocker) -> Iterator[Signet]:
    issuer = f"http://localhost:{free_port()}"
    database_url, log = f"sqlite:///{folder / 'db.sqlite3'}", folder / "log"
    with (
        start_simulator(issuer) as simulator,
        site.start("issuer", database_url, log, base_url=issuer, threads=8),
    ):
        signet = Signet(issuer, database_url, simulator, blocker)
        signet.add_provider()
        yield signet
    assert "Traceback" not in log.read_text()
