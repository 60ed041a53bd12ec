"""How an application is registered at a provider (RFC 6749 §2), in that provider's own words.

The pages of developer consoles were compared with the providers' public documentation in 2026-11.
Of a kind that is not described here, no more is said than holds for every provider.
"""

from urllib.parse import urlsplit

from providers.catalogue.entry import Kind
from providers.catalogue.registration.companies import COMPANIES
from providers.catalogue.registration.entry import Registration
from providers.catalogue.registration.own_servers import OWN_SERVERS

__all__ = ["DESCRIBED", "Registration", "console_url", "registration_of"]

DESCRIBED: dict[str, Registration] = {**COMPANIES, **OWN_SERVERS}


def registration_of(kind: Kind) -> Registration:
    """Return how one registers there; in general terms for a kind that is not described."""
    return DESCRIBED.get(kind.id) or _general(kind)


def console_url(kind: Kind, base_url: str = "") -> str:
    """Return the address of the developer console; "" where none is known, or not without a base.

    A pattern has `{base_url}` for the provider's address, and `{origin}` for its scheme and host.
    """
    address = (base_url or kind.base_url).rstrip("/")
    console = registration_of(kind).console
    if "{" in console and not address:
        return ""
    parts = urlsplit(address)
    return console.format(base_url=address, origin=f"{parts.scheme}://{parts.netloc}")


def _general(kind: Kind) -> Registration:
    secret = " and the *client secret*" if kind.takes_secret else ""
    address = ("Enter the address of the server as the *base URL*.",) if kind.needs_base_url else ()
    return Registration(
        console="",
        steps=(
            f"Sign in at {kind.name} as a developer and look for *OAuth*, *API* or *apps*.",
            "Create an application for the web, which may be called a client or an integration.",
            "Paste the redirect URI where it asks for a *redirect URI* or *callback URL*.",
            f"Copy the *client ID*{secret} into the form.",
            *address,
        ),
        is_general=True,
    )
