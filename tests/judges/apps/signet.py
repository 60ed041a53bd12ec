"""Our site at an address of its own, a provider that its people come from, and apps of the team."""

import shlex
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from pytest_django import DjangoDbBlocker

from oidc_provider import catalogue
from oidc_provider.catalogue import AppKind, FilledSnippet, Format, Values
from oidc_provider.clients import digest_of, new_secret
from oidc_provider.models import App, Audience, Authentication, Grant
from protocol.authorization_server.metadata import PATHS
from providers.models import Provider
from sessions.models import GroupMembership, User
from simulator.process import SimulatorProcess, start_simulator
from tests.browser.conftest import free_port
from tests.fakes import OUR_DOMAINS
from tests.processes import site
from tests.processes.conftest import SITES, sites_database

T = TypeVar("T")
SLUG = "demo"  # of the provider
NAME = "signet"  # what apps call us


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

    def add_app(
        self,
        slug: str,
        kind_id: str,
        address: str,
        redirect_uri: str,
        bye: str,
        *,
        has_key: bool = False,
    ) -> Registration:
        """Add an app of this kind at this address. Alice may use it and nobody else.

        The paths count only where the kind leaves them to the app.
        """
        kind = catalogue.kind(kind_id)
        assert kind is not None
        secret = "" if kind.public or has_key else new_secret()
        key = new_key() if has_key else None
        back = kind.post_logout_redirect_uris(address, NAME) or (address + bye,)
        app = App(
            slug=slug,
            kind=kind.id,
            name=slug,
            redirect_uris=[*(kind.redirect_uris(address, NAME) or (address + redirect_uri,))],
            post_logout_redirect_uris=[*back],
            pkce=kind.pkce,
            authentication=_authentication(kind, has_key=has_key),
            secret_digest=digest_of(secret) if secret else "",
            jwks={"keys": [public_jwk(key)]} if key else {},
            audience=Audience.CHOSEN,
        )
        self._in_database(lambda: _save(app))
        endpoints = {name: self.issuer + path for name, path in PATHS.items()}
        values = Values(
            issuer=self.issuer,
            authorization_endpoint=endpoints["authorization_endpoint"],
            token_endpoint=endpoints["token_endpoint"],
            userinfo_endpoint=endpoints["userinfo_endpoint"],
            jwks_uri=endpoints["jwks_uri"],
            end_session_endpoint=endpoints["end_session_endpoint"],
            site="Signet",
            app=address,
            name=NAME,
            client_id=slug,
            client_secret=secret,
            redirect_uri=app.redirect_uris[0],
        )
        snippets = tuple(kind.snippets_with(values))
        private_key = RSAAlgorithm.to_jwk(key) if key else ""
        return Registration(self.issuer, slug, secret, address, private_key, snippets)

    def redeemed(self, app: Registration) -> int:
        """Return how many codes and refresh tokens the app has redeemed so far."""
        grants = Grant.objects.using(SITES).filter(app__slug=app.client_id)
        generations = grants.values_list("generation", flat=True)
        return self._in_database(lambda: sum(generations))

    def add_provider(self) -> None:
        given = self.simulator.providers()[SLUG]
        provider = Provider(slug=SLUG, kind=given["kind"], name=given["name"])
        provider.base_url, provider.vouches_for = given["base_url"], OUR_DOMAINS
        provider.client_id, provider.client_secret = given["client_id"], given["client_secret"]
        self._in_database(lambda: Provider.objects.using(SITES).bulk_create([provider]))

    def give_alice(self, group: str) -> None:
        """Put Alice into a group by hand, after she has been here."""
        self._in_database(lambda: _give(group))

    def _in_database(self, work: Callable[[], T]) -> T:
        """Do this in a thread of its own: Playwright has an event loop, and Django wants none."""

        def in_thread() -> T:
            with sites_database(self.database_url, self.blocker):
                return work()

        with ThreadPoolExecutor(1) as threads:
            return threads.submit(in_thread).result()


def _authentication(kind: AppKind, *, has_key: bool) -> Authentication:
    if kind.public:
        return Authentication.NONE
    return Authentication.PRIVATE_KEY if has_key else Authentication.SECRET


def new_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def public_jwk(key: RSAPrivateKey) -> dict[str, str]:
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"use": "sig", "alg": "RS256"}


def _save(app: App) -> None:
    app.save(using=SITES)
    app.people.add(User.objects.using(SITES).get(name="Alice Archer"))


def _give(group: str) -> None:
    alice = User.objects.using(SITES).get(name="Alice Archer")
    GroupMembership.objects.using(SITES).create(user=alice, group=group)
    alice.given_groups = [group]
    alice.save(update_fields=["given_groups"])


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
