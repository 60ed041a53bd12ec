"""How an application is registered at a provider (RFC 6749 §2), in that provider's own words.

The pages of developer consoles were compared with the providers' public documentation in 2026-11.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RegistrationGuide:
    """Where to go and what to do there, step by step.

    Text between asterisks in a step is a name on the provider's pages. `also_called` are words by
    which somebody may search for the provider.
    """

    steps: tuple[str, ...]
    console: str = ""  # address of the developer console, with {base_url} or {origin}
    client_id: str = "Client ID"  # what the provider calls these three
    client_secret: str = "Client secret"  # noqa: S105 - a label
    redirect_uri: str = "Redirect URI"
    base_url: str = ""  # what to enter as base URL, where it can be entered
    note: str = ""  # what surprises people
    also_called: tuple[str, ...] = ()
    is_general: bool = False  # holds for every provider, and was read at none


def general_guide(name: str, *, takes_secret: bool, needs_base_url: bool) -> RegistrationGuide:
    """Return the guide for a kind that we have not described."""
    secret = " and the *client secret*" if takes_secret else ""
    address = ("Enter the address of the server as the *base URL*.",) if needs_base_url else ()
    steps = (
        f"Sign in at {name} as a developer and look for *OAuth*, *API* or *apps*.",
        "Create an application for the web, which may be called a client or an integration.",
        "Paste the redirect URI where it asks for a *redirect URI* or *callback URL*.",
        f"Copy the *client ID*{secret} into the form.",
        *address,
    )
    return RegistrationGuide(steps, is_general=True)
