"""A visitor's way through the simulator, over real HTTP, without a browser."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.test import Client

from oauth_client.slow import WAITED
from providers.models import Provider
from simulator.process import SimulatorProcess
from tests.fakes import OUR_DOMAINS

STAYS = "stays_at_provider"
BACK = "http://localhost:8000/"
SECONDS = 11  # within which every answer has come; what is sent for it ends after ten


@dataclass
class Stage:
    """The simulator, with its three providers registered here."""

    simulator: SimulatorProcess

    def register(self, **changes: Any) -> None:
        """Add the simulator's providers as the admin would."""
        for given in self.simulator.providers().values():
            provider = Provider()
            names = ("slug", "kind", "name", "base_url", "client_id", "client_secret")
            for name in names:
                setattr(provider, name, given[name])
            provider.vouches_for = OUR_DOMAINS
            for name, value in changes.items():
                setattr(provider, name, value)
            provider.full_clean()
            Provider.objects.bulk_create([provider])

    def sign_in(self, browser: Client, slug: str, person: str, decision: str = "allow") -> str:
        """Press the button, choose at the provider, come back; returns where the visitor ends."""
        return self.come_back(browser, self.go(browser, slug, person, decision))

    def go(self, browser: Client, slug: str, person: str, decision: str = "allow") -> str:
        """Press the button and choose at the provider; returns where the visitor is sent then."""
        url = _location(lambda: browser.post(f"/sign-in/{slug}/"))
        if url.startswith("/sign-in/failed/"):
            return url
        return self.simulator.choose(url, person, decision) or STAYS

    def come_back(self, browser: Client, url: str) -> str:
        """Arrive at the redirect URI; whoever has been sent elsewhere is there already.

        `waited` leaves out the page for a provider that was slow before.
        """
        if not url.startswith(BACK):
            return url
        back = urlsplit(url)
        query = dict(parse_qsl(back.query)) | {WAITED: "1"}
        return _location(lambda: browser.get(back.path, query))


def _location(ask: Callable[[], Any]) -> str:
    """Return where an answer leads that has to come in time."""
    began = monotonic()
    response = ask()
    assert monotonic() - began < SECONDS
    assert response.status_code == 303
    return str(response["Location"])
