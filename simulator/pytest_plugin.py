"""Fixtures for tests that sign somebody in: `pytest_plugins = ["simulator.pytest_plugin"]`."""

from collections.abc import Iterator

import pytest

from simulator.process import SimulatorProcess, start_simulator


@pytest.fixture(scope="session")
def simulator_redirect_origins() -> tuple[str, ...]:
    """Sites laid out like Signet that may sign people in; override it in your conftest.py.

    Anybody else registers a redirect URI with `simulated_providers.register`.
    """
    return ()


@pytest.fixture(scope="session")
def simulator_process(simulator_redirect_origins: tuple[str, ...]) -> Iterator[SimulatorProcess]:
    """One simulator for the whole session, on a free port."""
    with start_simulator(*simulator_redirect_origins) as process:
        yield process


@pytest.fixture
def simulated_providers(simulator_process: SimulatorProcess) -> SimulatorProcess:
    """A GitHub, a Google and an OpenID Provider with nothing armed and nothing remembered."""
    simulator_process.reset()
    return simulator_process
