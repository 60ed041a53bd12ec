"""Our site, started once, and each app of somebody else's making, started where a test needs it."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.browser.conftest import do_without
from tests.judges.apps import signet as site
from tests.judges.apps.adding import GROUP
from tests.judges.apps.judge import Judge
from tests.judges.apps.person import Person
from tests.judges.apps.signet import Registration, Signet
from tests.npm import NotInstalledError


@pytest.fixture(scope="session")
def signet(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Signet]:
    """Run the site. Alice has been there before, and is one of the staff."""
    with site.running(tmp_path_factory.mktemp("signet"), django_db_blocker) as signet:
        assert Person("alice", signet).open(f"{signet.issuer}/account/").ok
        signet.give_alice(GROUP)
        yield signet


@pytest.fixture(scope="module")
def app(
    request: pytest.FixtureRequest, signet: Signet, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Registration]:
    """Run the judge of the test, for all tests of it."""
    judge: Judge = request.param
    try:
        with judge.running(signet, tmp_path_factory.mktemp(judge.id)) as given:
            yield given
    except NotInstalledError as reason:
        do_without(str(reason))


@pytest.fixture
def alice(signet: Signet) -> Person:
    """Alice, who may use every app."""
    return Person("alice", signet)


@pytest.fixture
def bob(signet: Signet) -> Person:
    """Bob, who can sign in here, but may use no app."""
    return Person("bob", signet)
