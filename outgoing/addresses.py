"""Resolve names in time, and judge their addresses (OWASP ASVS 5.0 §1.3.6; IANA registries)."""

import os
import re
import socket
import threading
import tomllib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple

IPAddress = IPv4Address | IPv6Address
NAME = re.compile(r"[a-z0-9_.-]+")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
LOOKUPS_IN_FLIGHT = 16


Reach = Enum("Reach", ["NEVER", "LOOPBACK", "PRIVATE", "PUBLIC"])  # how far an address reaches


_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_NETWORKS = {
    ip_network(text): Reach[reached]
    for reached, texts in _TABLES["networks"].items()
    for text in texts
}
_NAMES = _TABLES["names"]
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class AddressPolicy:
    """Say which destinations a provider may have.

    Public addresses are always allowed, over https only. The admin may choose `allow_private`: it
    also allows http, and loopback, private, carrier-grade and unique local addresses. If `BASE_URL`
    is loopback, `allow_loopback` also allows http and loopback addresses.
    """

    allow_private: bool
    allow_loopback: bool

    @property
    def schemes(self) -> tuple[str, ...]:
        """Return the schemes that are allowed for at least one destination."""
        return ("https", "http") if self.allow_private or self.allow_loopback else ("https",)

    def allows(self, address: IPAddress, scheme: str) -> bool:
        """Judge one resolved address. If it contains IPv4 addresses, judge those instead."""
        return all(self._allows(reach(each), scheme) for each in _embedded(address) or [address])

    def allows_host(self, host: str, scheme: str) -> bool:
        """Judge a host that a proxy resolves, if the host shows which network it belongs to.

        An address shows it, and so do some names. For other names, only the proxy can tell.
        """
        name = host.lower().rstrip(".")
        try:
            address = ip_address(name)
        except ValueError:
            reached = _reach_of_name(name)
            return reached is Reach.PUBLIC or self._allows(reached, scheme)
        has_zone = "%" in name  # of a link-local one (RFC 6874); elsewhere readers differ on it
        return not has_zone and self.allows(address, scheme)

    def _allows(self, reached: Reach, scheme: str) -> bool:
        if reached is Reach.PUBLIC:
            return scheme == "https"
        if reached is Reach.PRIVATE:
            return self.allow_private
        return reached is Reach.LOOPBACK and (self.allow_private or self.allow_loopback)


def reach(address: IPAddress) -> Reach:
    """Tell how far an address reaches: NEVER if no network of a list contains it."""
    found = (reached for network, reached in _NETWORKS.items() if address in network)
    return next(found, Reach.NEVER)


def _reach_of_name(name: str) -> Reach:
    """Tell how far a name reaches; PUBLIC where it does not show.

    A name that ends in a number is an unusual spelling of an IPv4 address: octal, hexadecimal or
    with fewer parts (url.spec.whatwg.org, 3.5). Programs read it differently, so it is refused.
    """
    last = name.rpartition(".")[2]
    if not NAME.fullmatch(name) or NUMBER.fullmatch(last) or name in _NAMES["metadata"]:
        return Reach.NEVER
    if last == "localhost" or name in _NAMES["loopback"]:
        return Reach.LOOPBACK
    is_private = "." not in name or name.endswith(tuple(_NAMES["private_zones"]))
    return Reach.PRIVATE if is_private else Reach.PUBLIC


def _embedded(address: IPAddress) -> list[IPAddress]:
    """Return the IPv4 addresses that a gateway would pass the packets on to.

    Mapped (RFC 4291 §2.5.5.2), 6to4 (RFC 3056 §2), Teredo (RFC 4380 §4), NAT64 (RFC 6052 §2.1).
    """
    if isinstance(address, IPv4Address):
        return []
    if address in _NAT64:
        return [IPv4Address(int(address) & 0xFFFF_FFFF)]
    candidates = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return [each for each in candidates if each is not None]


class Address(NamedTuple):
    """A resolved address, as `socket.connect` takes it."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def ip(self) -> IPAddress:
        return ip_address(self.sockaddr[0])


def look_up(host: str, port: int) -> list[Address]:
    """Ask the system, however long that takes."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]


class Resolver:
    """Looks names up in daemon threads, one for each name: `getaddrinfo` has no timeout.

    A lookup that hangs costs one thread of `LOOKUPS_IN_FLIGHT`, however many callers want the name.
    It delays no caller beyond the caller's limit, nor the end of the process.
    """

    def __init__(self, lookup: Callable[[str, int], list[Address]] = look_up) -> None:
        self._lookup = lookup
        self.start_anew()

    def start_anew(self) -> None:
        """Begin with no lookup and no lock. A forked child has none of its parent's threads."""
        self._lock = threading.Lock()
        self._in_flight: dict[tuple[str, int], Future[list[Address]]] = {}

    def resolve(self, host: str, port: int, limit: float) -> list[Address]:
        """Return all addresses in the order of RFC 6724 §6. Raises `OSError` or `ValueError`."""
        name = (host, port)
        with self._lock:
            future = self._in_flight.get(name)
            if future is None:
                if len(self._in_flight) >= LOOKUPS_IN_FLIGHT:
                    raise OSError("too many lookups in flight")
                future = Future()
                threading.Thread(target=self._run, args=(name, future), daemon=True).start()
                self._in_flight[name] = future
        return future.result(limit)

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
