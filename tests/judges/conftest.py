"""The judges, each started once and only where a test asks for it."""

from collections.abc import Iterator

import pytest

from tests.judges.processes import Judge, registered_at_mock, start_idpyoidc, start_mock
from tests.judges.registration import ALGORITHMS, AUTH_METHODS, SECRET, client_id

Way = tuple[str, str, str]  # a judge, a method of sending the secret, an algorithm of ID tokens


def ways(judge: str) -> list[Way]:
    """Return every way of being registered there."""
    algorithms = ("RS256",) if judge == "mock" else ALGORITHMS
    return [(judge, auth_method, alg) for auth_method in AUTH_METHODS for alg in algorithms]


@pytest.fixture(scope="session")
def mock() -> Iterator[str]:
    with start_mock() as url:
        yield url


@pytest.fixture(scope="session")
def pkce() -> Iterator[str]:
    with start_idpyoidc("pkce") as url:
        yield url


@pytest.fixture(scope="session")
def plain() -> Iterator[str]:
    with start_idpyoidc("plain") as url:
        yield url


@pytest.fixture
def judge(request: pytest.FixtureRequest, db: None) -> Judge:
    """Return the judge of this name, which has registered us for this method and algorithm."""
    name, auth_method, algorithm = request.param
    url: str = request.getfixturevalue(name)
    if name == "mock":
        return registered_at_mock(url, auth_method)
    return Judge(url, client_id(auth_method, algorithm), SECRET, auth_method)
