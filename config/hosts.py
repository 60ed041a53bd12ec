"""Hosts, origins and networks, in the spelling that browsers send."""

import ipaddress
import re
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")  # RFC 1123 §2.1; IDNs in their xn-- form
ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")  # url.spec.whatwg.org §3.5
MAX_NAME = 253  # RFC 1035 §2.3.4, without the last dot
DEFAULT_PORTS = {"http": 80, "https": 443}

# A wider network has more than proxies in it, unless it is private.
WIDEST = {4: 12, 6: 24}  # bits; content delivery networks publish narrower ones
# These stand for the whole Internet: "no address yet" (RFC 1122 §3.2.1.3), and every IPv4 address
# behind a gateway (RFC 6052 §2.1).
MEANS_ALL = [ipaddress.ip_network(network) for network in ("0.0.0.0/8", "::/128", "64:ff9b::/96")]
PRIVATE = [
    *map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")),
    *map(ipaddress.ip_network, ("100.64.0.0/10", "fc00::/7", "fe80::/10")),
]
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")  # RFC 4291 §2.5.5.2


def canonical_host(value: str) -> str | None:
    """Return a host name or address as Django compares it, IPv6 in brackets; None if it is none."""
    host = value.lower().removesuffix(".")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" not in bare and not ENDS_IN_NUMBER.fullmatch(host):
        return host if len(host) <= MAX_NAME and NAME.fullmatch(host) else None
    try:  # IPv4 only as four numbers: few programs accept `127.1` or `0x7f.1`
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if address.is_unspecified or getattr(address, "scope_id", None):
        return None
    return f"[{address}]" if address.version == 6 else str(address)


def canonical_origin(value: str) -> str | None:
    """Return an origin (RFC 6454) as browsers send it, without a final dot; None if it is none."""
    try:
        parts = urlsplit(value)
        host, port = canonical_host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
    is_usable = value.isascii() and parts.scheme in DEFAULT_PORTS and port != 0
    if host is None or has_more or not is_usable:
        return None
    is_default = port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address never leaves this machine (RFC 6761 §6.3)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def canonical_network(value: str) -> Network:
    """Return a network, as IPv4 if it maps IPv4. Raises `ValueError`."""
    network = ipaddress.ip_network(value)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(MAPPED):
        first = network.network_address.ipv4_mapped
        return ipaddress.ip_network(f"{first}/{network.prefixlen - MAPPED.prefixlen}")
    return network


def is_too_wide(network: Network) -> bool:
    """Tell whether a network has other addresses than those of our proxies."""
    if any(_is_within(network, private) for private in PRIVATE):
        return False
    is_wide = network.prefixlen < WIDEST[network.version]
    return is_wide or any(_is_within(network, each) for each in MEANS_ALL)


def _is_within(inner: Network, outer: Network) -> bool:
    """Compare as `subnet_of` does, which raises for networks of different versions."""
    first, last = inner.network_address, inner.broadcast_address
    return first in outer and last in outer
