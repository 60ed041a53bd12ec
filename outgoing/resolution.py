"""Resolve names within a limit, which `getaddrinfo` itself does not know."""

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, NamedTuple

LOOKUPS_IN_FLIGHT = 16

Lookup = Callable[[str, int], list["Address"]]


class Address(NamedTuple):
    """A resolved address, as `socket.connect` takes it."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def ip(self) -> IPv4Address | IPv6Address:
        return ip_address(self.sockaddr[0])


def look_up(host: str, port: int) -> list[Address]:
    """Ask the system, however long that takes."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]


class Resolver:
    """Looks names up in daemon threads, one for each name.

    A lookup that hangs costs one thread of `LOOKUPS_IN_FLIGHT`, however many callers want the name.
    It delays no caller beyond the caller's limit, nor the end of the process.
    """

    def __init__(self, lookup: Lookup = look_up) -> None:
        self._lookup = lookup
        self.start_anew()

    def start_anew(self) -> None:
        """Begin with no lookup and no lock. A forked child has none of its parent's threads."""
        self._lock = threading.Lock()
        self._in_flight: dict[tuple[str, int], Future[list[Address]]] = {}

    def resolve(self, host: str, port: int, limit: float) -> list[Address]:
        """Return all addresses of a host, in the system's order (RFC 6724 §6).

        Raises `OSError` or `ValueError` when there is none within `limit` seconds.
        """
        return self._future((host, port)).result(limit)

    def _future(self, name: tuple[str, int]) -> Future[list[Address]]:
        with self._lock:
            if name not in self._in_flight:
                if len(self._in_flight) >= LOOKUPS_IN_FLIGHT:
                    raise OSError("too many lookups in flight")
                future: Future[list[Address]] = Future()
                threading.Thread(target=self._run, args=(name, future), daemon=True).start()
                self._in_flight[name] = future
            return self._in_flight[name]

    def _run(self, name: tuple[str, int], future: Future[list[Address]]) -> None:
        try:
            future.set_result(self._lookup(*name))
        except (OSError, ValueError) as error:  # a UnicodeError from the IDNA codec is a ValueError
            future.set_exception(error)
        finally:
            with self._lock:
                del self._in_flight[name]


_resolver = Resolver()
resolve = _resolver.resolve
os.register_at_fork(after_in_child=_resolver.start_anew)
