import socket
import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from outgoing.addresses import LOOKUPS_IN_FLIGHT, Address, Resolver, resolve

FOUND = [Address(socket.AF_INET, ("192.0.2.1", 443))]


class Hanging:
    """A lookup that takes as long as the test wants."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.released = threading.Event()

    def __call__(self, host: str, port: int) -> list[Address]:
        self.names.append(host)
        self.released.wait(5)
        return FOUND


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    hanging = Hanging()
    yield hanging
    hanging.released.set()


def test_asks_the_system() -> None:
    assert "127.0.0.1" in [str(address.ip) for address in resolve("127.0.0.1", 80, 2)]


def test_gives_a_hanging_lookup_up_at_its_limit(hanging: Hanging) -> None:
    began = monotonic()
    with pytest.raises(TimeoutError):
        Resolver(hanging).resolve("a.example", 443, 0.1)
    assert monotonic() - began < 1


def test_looks_one_name_up_once_for_all_who_wait(hanging: Hanging) -> None:
    resolver = Resolver(hanging)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            resolver.resolve("a.example", 443, 0.01)
    assert hanging.names == ["a.example"]


def test_looks_a_name_up_again_when_the_first_lookup_has_ended(hanging: Hanging) -> None:
    resolver = Resolver(hanging)
    hanging.released.set()
    assert resolver.resolve("a.example", 443, 2) == FOUND
    while resolver._in_flight:
        threading.Event().wait(0.001)
    assert resolver.resolve("a.example", 443, 2) == FOUND
    assert hanging.names == ["a.example", "a.example"]


def test_refuses_a_lookup_when_too_many_hang(hanging: Hanging) -> None:
    resolver = Resolver(hanging)
    for number in range(LOOKUPS_IN_FLIGHT):
        with pytest.raises(TimeoutError):
            resolver.resolve(f"{number}.example", 443, 0)
    with pytest.raises(OSError, match="too many"):
        resolver.resolve("another.example", 443, 2)


@pytest.mark.parametrize("error", [socket.gaierror(-2), UnicodeError("label too long")])
def test_passes_the_lookup_s_error_on(error: Exception) -> None:
    def fail(host: str, port: int) -> list[Address]:
        raise error

    with pytest.raises(type(error)):
        Resolver(fail).resolve("a.example", 443, 2)
