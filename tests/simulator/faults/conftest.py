import pytest

from tests.simulator.client import Client


@pytest.fixture(params=["google", "demo"])
def issuer(request: pytest.FixtureRequest) -> Client:
    client: Client = request.getfixturevalue(request.param)
    return client
