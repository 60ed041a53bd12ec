"""Many people who sign in at once, and the provider that they come from."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from providers.models import Provider
from simulator.load_provider import CLIENT_ID, CLIENT_SECRET, code_for
from tests.browser.conftest import free_port
from tests.conftest import BASE_URL
from tests.processes.conftest import SITES
from tests.processes.site import ROOT, Site, new_browser

PATIENCE = 60  # seconds
CSRF = "0123456789abcdefghijklmnopqrstuv"
IN = "signed in"


@dataclass(frozen=True)
class LoadProvider:
    """The OpenID Provider of the benchmark: it takes as long as it is told to."""

    origin: str

    def take(self, seconds: float) -> None:
        """Take so long for every answer from now on."""
        self._control(f"?latency={seconds}")

    def number_of_requests(self) -> int:
        """Return how many have come since this was last asked."""
        return self._control("")

    def _control(self, query: str) -> int:
        with urlopen(f"{self.origin}/control{query}", timeout=PATIENCE) as response:
            number: int = json.load(response)["requests"]
            return number


@contextmanager
def load_provider() -> Iterator[LoadProvider]:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "simulator.load_provider", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("ready ")
            yield LoadProvider(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def add_provider(slug: str, issuer: str) -> None:
    provider = Provider(slug=slug, kind="openid_connect", name=slug, client_id=CLIENT_ID)
    provider.base_url, provider.client_secret = issuer, CLIENT_SECRET
    Provider.objects.using(SITES).bulk_create([provider])  # `save` looks for its people elsewhere


def sign_in(site: Site, slug: str, sub: str) -> str:
    """Press the button and come back with a code; say what came of it."""
    with new_browser() as browser:
        headers = {"Origin": BASE_URL, "Cookie": f"csrf={CSRF}"}
        begun = browser.post(
            f"{site.url}/sign-in/{slug}/",
            {"csrfmiddlewaretoken": CSRF},
            headers=headers,
            allow_redirects=False,
            timeout=PATIENCE,
        )
        query = parse_qs(urlsplit(begun.headers.get("Location", "")).query)
        if "nonce" not in query:
            return f"not begun: {begun.status_code} {begun.headers.get('Location', '')[:16]}"
        code = code_for(sub, query["nonce"][0])
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in begun.cookies)
        answer = browser.get(
            f"{site.url}/sign-in/{slug}/callback/",
            params={"code": code, "state": query["state"][0]},
            headers={"Cookie": cookies},
            allow_redirects=False,
            timeout=PATIENCE,
        )
    return IN if "session" in answer.cookies else f"not in: {answer.status_code}"


def all_at_once(site: Site, slug: str, people: int) -> Counter[str]:
    """Let so many people sign in at the same time; count what came of it."""
    with ThreadPoolExecutor(people) as threads:
        return Counter(threads.map(lambda n: sign_in(site, slug, f"{slug}-{n}"), range(people)))
