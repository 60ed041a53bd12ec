"""A visitor's way through the simulator, over real HTTP, without a browser."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.test import Client

from oauth_client.models import Provider
from tests.simulator_process import SimulatorProcess

STAYS = "stays_at_provider"
SECONDS = 20


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
            for name, value in changes.items():
                setattr(provider, name, value)
            provider.full_clean()
            provider.save()

    def sign_in(self, browser: Client, slug: str, person: str, decision: str = "allow") -> str:
        """Press the button, choose at the provider, come back; returns where the visitor ends."""
        url = self.choose(browser.post(f"/sign-in/{slug}/")["Location"], person, decision)
        if url is None:
            return STAYS
        back = urlsplit(url)
        assert back.netloc == "localhost:8000"
        return str(browser.get(back.path, dict(parse_qsl(back.query)))["Location"])

    def choose(self, url: str, person: str, decision: str = "allow") -> str | None:
        """Choose somebody on the provider's page; None when it does not send the visitor back."""
        page = requests.get(url, timeout=SECONDS, allow_redirects=False)
        while page.is_redirect and "/callback/" not in page.headers["Location"].partition("?")[0]:
            page = requests.get(page.headers["Location"], timeout=SECONDS, allow_redirects=False)
        if page.is_redirect:
            return page.headers["Location"]
        if page.status_code != 200:
            return None
        form = {"person": person, "decision": decision}
        answer = requests.post(page.url, form, timeout=SECONDS, allow_redirects=False)
        return answer.headers["Location"]
