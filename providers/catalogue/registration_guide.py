"""What there is to know about registering an application at one kind of provider."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Registration:
    """Where to go and what to do there, step by step.

    What stands between asterisks in a step is written so on the provider's pages. `also_called`
    are words by which somebody may search for it.
    """

    console: str  # address of the developer console, see `console_url`
    steps: tuple[str, ...]
    client_id: str = "Client ID"  # what the provider calls these three
    client_secret: str = "Client secret"  # noqa: S105 - a label
    redirect_uri: str = "Redirect URI"
    base_url: str = ""  # what to enter as base URL, where it can be entered
    note: str = ""  # what surprises people
    also_called: tuple[str, ...] = ()
    is_general: bool = False  # holds for every provider, and was read at none
