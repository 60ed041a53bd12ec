from collections.abc import Iterator

import pytest

from tests.simulator.client import Client
from tests.simulator_process import SimulatorProcess, start_simulator

ORIGIN = "http://localhost:8000"


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorProcess]:
    with start_simulator(ORIGIN, "https://signet.example") as process:
        yield process


@pytest.fixture
def simulator(simulator_process: SimulatorProcess) -> SimulatorProcess:
    simulator_process.reset()
    return simulator_process


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
