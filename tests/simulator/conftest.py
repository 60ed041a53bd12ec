import pytest

from simulator.process import SimulatorProcess
from tests.simulator.client import Client


@pytest.fixture
def simulator(simulated_providers: SimulatorProcess) -> SimulatorProcess:
    return simulated_providers


@pytest.fixture
def github(simulator: SimulatorProcess) -> Client:
    return Client(
        simulator.url,
        "github",
        "/github/login/oauth/authorize",
        "/github/login/oauth/access_token",
        scope="user:email read:org",
    )


@pytest.fixture
def google(simulator: SimulatorProcess) -> Client:
    return Client(simulator.url, "google", "/google/o/oauth2/v2/auth", "/google/token")


@pytest.fixture
def demo(simulator: SimulatorProcess) -> Client:
    return Client(simulator.url, "demo", "/demo/authorize", "/demo/token")


@pytest.fixture(params=["github", "google", "demo"])
def provider(request: pytest.FixtureRequest) -> Client:
    client: Client = request.getfixturevalue(request.param)
    return client
