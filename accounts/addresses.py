"""From which address does a request come? The header is believed from `TRUSTED_PROXIES` alone."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address nearest to us that is not a trusted proxy's (RFC 7239 §8.1).

    Each proxy adds to the end of `X-Forwarded-For` whom it was called by, so the header is read
    from its end, and only for as long as a trusted proxy wrote it.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    caller: str = request.META.get("REMOTE_ADDR", "")
    address = caller
    for claimed in reversed([part.strip() for part in forwarded if part.strip()]):
        if not _is_trusted(address):
            break
        address = claimed
    return address if address == caller or parsed_address(address) else caller


def hides_visitors(request: HttpRequest) -> bool:
    """Tell whether a proxy stands before us of which no visitor's address is learned.

    All of them then seem to come from it, and share every limit by address.
    """
    caller = request.META.get("REMOTE_ADDR", "")
    if client_address(request) != caller:
        return False
    parsed = parsed_address(caller)
    is_proxy = _is_trusted(caller) or (parsed is not None and parsed.is_loopback)
    return "X-Forwarded-For" in request.headers or (settings.IS_HTTPS and is_proxy)


def _is_trusted(address: str) -> bool:
    parsed = parsed_address(address)
    return parsed is not None and any(parsed in network for network in settings.TRUSTED_PROXIES)


def parsed_address(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address as it is compared, None for what is none.

    One of IPv4 that a socket for both writes as IPv6 (RFC 4291 §2.5.5.2) is one of IPv4.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
