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
        page = self.look(url)
        if page.url.startswith(f"{self.signet.issuer}/sign-in/"):
            page = self._sign_in(page)
        if page.ok and page.url.startswith(f"{self.signet.issuer}/oauth/authorize"):
            return self.press(page, "http://127.0.0.1")  # as its script does
        return page

    def look(self, url: str) -> Response:
        """Open an address, and do nothing there."""
        return self.http.get(url, timeout=PATIENCE)

    def sign_out_here(self) -> None:
        page = self.press(self.look(f"{self.signet.issuer}/account/"), "/sign-out/")
        assert page.ok
        assert not self.is_signed_in()

    def _sign_in(self, page: Response) -> Response:
        """Press the provider's button, and choose who it is there."""
        page = self.press(page, f"/sign-in/{SLUG}/")
        assert page.url.startswith(self.signet.simulator.url), page.text
        return self.http.post(
            page.url, {"person": self.name, "decision": "allow"}, timeout=PATIENCE
        )

    def leave(self, url: str) -> Response:
        """Sign out of an app. Where it does not say who it is, our site asks first."""
        page = self.look(url)
        if page.url.startswith(f"{self.signet.issuer}/oauth/logout"):
            return self.press(page, "/oauth/logout/confirm")
        return page

    def press(self, page: Response, action: str) -> Response:
        """Send the form of a page that begins with this address."""
        forms = Forms(page.url)
        forms.feed(page.text)
        form = next(form for form in forms.found if form.action.startswith(action))
        return self.http.post(urljoin(page.url, form.action), form.fields, timeout=PATIENCE)

    def go_back(self, page: Response, app: str) -> Response:
        """Go back to an app by the link or the form of our page."""
        if link := re.search(rf'<a [^>]*href="({re.escape(app)}[^"]*)"', page.text):
            return self.look(unescape(link[1]))
        return self.press(page, app)

    def is_signed_in(self) -> bool:
        return self._session().status_code == 200

    def sub(self) -> str:
        return str(self._session().json()["sub"])

    def _session(self) -> Response:
        answer = self.look(f"{self.signet.issuer}/api/session")
        assert answer.status_code in (200, 401)
        return answer
