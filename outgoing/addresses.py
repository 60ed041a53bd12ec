"""Which addresses a provider may have (OWASP ASVS 5.0 §1.3.6; IANA special-purpose registries)."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
NAME = re.compile(r"[a-z0-9_.-]+")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Reach(Enum):
    """How far an address reaches."""

    NEVER = auto()
    LOOPBACK = auto()
    PRIVATE = auto()
    PUBLIC = auto()


@dataclass(frozen=True)
class AddressPolicy:
    """Say which destinations a provider may have.

    Public addresses are always allowed, and over https only. `allow_private` is the admin's word
    for this provider: http, loopback, private, carrier-grade and unique local addresses.
    `allow_loopback` says that `BASE_URL` itself is loopback: http and loopback.
    """

    allow_private: bool
    allow_loopback: bool

    def allows_scheme(self, scheme: str) -> bool:
        """Tell whether any destination may be reached by this scheme."""
        return scheme == "https" or (scheme == "http" and self._allows_near)

    def allows(self, address: IPAddress, scheme: str) -> bool:
        """Judge one resolved address, by the IPv4 addresses inside it if it carries any."""
        judged = _embedded(address) or (address,)
        return all(self._allows(reach(each), scheme) for each in judged)

    def allows_host(self, host: str, scheme: str) -> bool:
        """Judge a host without resolving it: an address, or a name that tells where it leads.

        For what a proxy resolves. Any other name may still lead anywhere; only the proxy can tell.
        """
        name = host.lower().rstrip(".")
        try:
            address = ip_address(name)
        except ValueError:
            reached = _reach_of_name(name)
            return reached is Reach.PUBLIC or self._allows(reached, scheme)
        has_zone = "%" in name  # of a link-local one (RFC 6874); elsewhere readers differ on it
        return not has_zone and self.allows(address, scheme)

    @property
    def _allows_near(self) -> bool:
        return self.allow_private or self.allow_loopback

    def _allows(self, reached: Reach, scheme: str) -> bool:
        if reached is Reach.PUBLIC:
            return scheme == "https"
        if reached is Reach.PRIVATE:
            return self.allow_private
        return reached is Reach.LOOPBACK and self._allows_near


def reach(address: IPAddress) -> Reach:
    """Tell how far an address reaches. What no registry calls global reaches nothing."""
    for networks, reached in _REACHES:
        if any(address in network for network in networks):
            return reached
    return Reach.NEVER


def _reach_of_name(name: str) -> Reach:
    """Tell how far a name reaches by itself; PUBLIC where it does not tell.

    What ends in a number is an IPv4 address in another spelling than the usual (octal, hexadecimal,
    with fewer parts: url.spec.whatwg.org, 3.5). Programs differ on which one, so it is refused.
    """
    last = name.rpartition(".")[2]
    if not NAME.fullmatch(name) or NUMBER.fullmatch(last) or name in _METADATA_NAMES:
        return Reach.NEVER
    if last == "localhost" or name in _LOOPBACK_NAMES:
        return Reach.LOOPBACK
    is_private = "." not in name or name.endswith(_PRIVATE_ZONES)
    return Reach.PRIVATE if is_private else Reach.PUBLIC


def _embedded(address: IPAddress) -> tuple[IPAddress, ...]:
    """Return the IPv4 addresses that a gateway would pass the packets on to.

    Mapped (RFC 4291 §2.5.5.2), 6to4 (RFC 3056 §2), Teredo (RFC 4380 §4), NAT64 (RFC 6052 §2.1).
    """
    if isinstance(address, IPv4Address):
        return ()
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    candidates = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return tuple(each for each in candidates if each is not None)


def _networks(*texts: str) -> list[IPNetwork]:
    return [ip_network(text) for text in texts]


_NAT64 = IPv6Network("64:ff9b::/96")

_NEVER = _networks(
    "0.0.0.0/8",  # "this network", unspecified
    "100.100.100.200/32",  # metadata, Alibaba Cloud
    "168.63.129.16/32",  # metadata, Azure
    "169.254.0.0/16",  # link-local, and the metadata of nearly every cloud
    "192.0.0.0/24",  # protocol assignments, and the metadata of Oracle Cloud
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # 6to4 relays, deprecated
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/3",  # multicast, reserved, broadcast
    "2001::/23",  # protocol assignments
    "2001:db8::/32",  # documentation
    "3fff::/20",  # documentation
    "fd00:ec2::/32",  # metadata, AWS
    "fd20:ce::/32",  # metadata, Google Cloud
    "fd00:42::/32",  # metadata, Scaleway
)
_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _networks("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_PUBLIC = _networks("0.0.0.0/0", "2000::/3")

_METADATA_NAMES = frozenset(
    {
        "instance-data",  # AWS
        "instance-data.ec2.internal",
        "metadata",  # Google Cloud
        "metadata.goog",
        "metadata.google.internal",
        "metadata.packet.net",  # Equinix
        "metadata.platformequinix.com",
        "metadata.tencentyun.com",
        "rancher-metadata",
    }
)
_LOOPBACK_NAMES = frozenset(
    {
        "localhost.localdomain",
        "localhost6",
        "localhost6.localdomain6",
        "ip6-localhost",
        "ip6-loopback",
    }
)
# What is never public: RFC 6762 §3 and appendix G, RFC 8375, and what ICANN keeps for private use
# (2024-07-29). Kubernetes shortens the names of services to `.svc`.
_PRIVATE_ZONES = (
    ".corp",
    ".home",
    ".home.arpa",
    ".internal",
    ".intranet",
    ".lan",
    ".local",
    ".localdomain",
    ".private",
    ".svc",
)

# The first that holds an address decides.
_REACHES = (
    (_NEVER, Reach.NEVER),
    (_LOOPBACK, Reach.LOOPBACK),
    (_PRIVATE, Reach.PRIVATE),
    (_PUBLIC, Reach.PUBLIC),
)
