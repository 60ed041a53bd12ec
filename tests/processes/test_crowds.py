"""Sixty-four people come at once, to one server with the default settings."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.processes import crowd, site
from tests.processes.conftest import sites_database
from tests.processes.crowd import IN, LoadProvider

PEOPLE = 64


@pytest.fixture(scope="module")
def provider() -> Iterator[LoadProvider]:
    with crowd.load_provider() as provider:
        yield provider


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url_with_providers(
    request: pytest.FixtureRequest,
    provider: LoadProvider,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> str:
    """A database that knows a provider which answers, and one which hangs once it has a code."""
    folder = tmp_path_factory.mktemp("crowds")
    url: str = f"sqlite:///{folder / 'db.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("database_url")
    with site.start("crowds", url, folder / "log"), sites_database(url, django_db_blocker):
        crowd.add_provider("answers", f"{provider.origin}/op")
        crowd.add_provider("hangs", f"{provider.origin}/hang/op")
    return url


@pytest.mark.parametrize("seconds", [0.05, 1])
def test_everybody_gets_in_while_the_provider_answers(
    url_with_providers: str, provider: LoadProvider, seconds: float, tmp_path: Path
) -> None:
    provider.take(seconds)
    with site.start("crowded", url_with_providers, tmp_path / "log") as server:
        cold = crowd.all_at_once(server, "answers", PEOPLE)
        warm = crowd.all_at_once(server, "answers", PEOPLE)
    assert (cold, warm) == (Counter({IN: PEOPLE}), Counter({IN: PEOPLE}))


def test_documents_and_keys_are_fetched_before_anybody_comes(
    url_with_providers: str, provider: LoadProvider, tmp_path: Path
) -> None:
    provider.take(0)
    provider.number_of_requests()
    asked = 0

    def has_asked_for_all() -> bool:
        nonlocal asked
        asked += provider.number_of_requests()
        return asked == 4  # the document and the keys of both

    with site.start("prepared", url_with_providers, tmp_path / "log") as server:
        site.until(has_asked_for_all)
        assert crowd.sign_in(server, "answers", "alice") == IN
        assert provider.number_of_requests() == 2  # the token and userinfo


def test_a_provider_that_hangs_keeps_nobody_from_another(
    url_with_providers: str, provider: LoadProvider, tmp_path: Path
) -> None:
    provider.take(0)
    with (
        site.start("beside", url_with_providers, tmp_path / "log") as server,
        ThreadPoolExecutor(1) as threads,
    ):
        hanging = threads.submit(crowd.all_at_once, server, "hangs", PEOPLE)
        others = crowd.all_at_once(server, "answers", 16)
        assert others == Counter({IN: 16})
        assert IN not in hanging.result()
