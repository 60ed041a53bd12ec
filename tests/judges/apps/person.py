"""Somebody with a browser that shows nothing: it keeps cookies, follows redirects, fills forms."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin

from requests import Response, Session

from tests.judges.apps.signet import SLUG, Signet
from tests.sweep.forms import Forms

PATIENCE = 30  # seconds


def new_http() -> Session:
    http = Session()
    http.trust_env = False
    return http


@dataclass
class Person:
    """One of the provider's people."""

    name: str
    signet: Signet
    http: Session = field(default_factory=new_http)

    def open(self, url: str) -> Response:
        """Open an address and go on until a page is there. Signs in where our site asks for it."""
        page = self.http.get(url, timeout=PATIENCE)
        if page.url.startswith(f"{self.signet.issuer}/sign-in/"):
            return self._sign_in(page)
        return page

    def _sign_in(self, page: Response) -> Response:
        """Press the provider's button, and choose who it is there."""
        page = self.press(page, f"/sign-in/{SLUG}/")
        assert page.url.startswith(self.signet.simulator.url), page.text
        return self.http.post(
            page.url, {"person": self.name, "decision": "allow"}, timeout=PATIENCE
        )

    def leave(self, url: str) -> Response:
        """Sign out of an app. Where it does not say who it is, our site asks first."""
        page = self.http.get(url, timeout=PATIENCE)
        if page.url.startswith(f"{self.signet.issuer}/oauth/logout"):
            return self.press(page, "/oauth/logout/confirm")
        return page

    def press(self, page: Response, action: str) -> Response:
        """Send the form of a page that goes to this address."""
        forms = Forms(page.url)
        forms.feed(page.text)
        form = next(form for form in forms.found if form.action == action)
        return self.http.post(urljoin(page.url, action), form.fields, timeout=PATIENCE)

    def follow(self, page: Response, text: str) -> Response:
        """Follow the link with this text."""
        links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page.text, re.DOTALL)
        (address,) = [unescape(address) for address, content in links if text in content]
        return self.http.get(urljoin(page.url, address), timeout=PATIENCE)

    def is_signed_in(self) -> bool:
        return self._session().status_code == 200

    def sub(self) -> str:
        return str(self._session().json()["sub"])

    def _session(self) -> Response:
        answer = self.http.get(f"{self.signet.issuer}/api/session", timeout=PATIENCE)
        assert answer.status_code in (200, 401)
        return answer
