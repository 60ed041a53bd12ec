"""The load: visitors who sign in, over connections that stay open, and count how it went."""

import ipaddress
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from typing import TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.provider import code_for
from bench.sites import Site

T = TypeVar("T")
CSRF = "0123456789abcdefghijklmnopqrstuv"  # the cookie and the field; Django compares the two
SECONDS = 60  # for an answer
_sign_ins = itertools.count()


class SignInRefusedError(Exception):
    """A sign-in that did not end signed in."""


class Visitor:
    """A browser of one visitor after another; only the connection is kept."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._http = HTTPConnection("127.0.0.1", site.port, timeout=SECONDS)
        self._cookies: dict[str, str] = {}
        self._address = _address(0)

    def sign_in(self, sub: str, slug: str = "demo") -> None:
        """Press the button, come back with a code, be signed in."""
        self._cookies = {self._site.csrf_cookie: CSRF}
        self._address = _address(next(_sign_ins))
        asked = self._post(self._site.start_path.format(slug))
        query = parse_qs(urlsplit(asked).query)
        if "redirect_uri" not in query:
            raise SignInRefusedError(asked)
        code = code_for(sub, query.get("nonce", [""])[0])
        callback = urlsplit(query["redirect_uri"][0]).path
        self._get(f"{callback}?{urlencode({'code': code, 'state': query['state'][0]})}")
        if self._site.session_cookie not in self._cookies:
            raise SignInRefusedError(self._site.name)

    def cookie(self, name: str) -> str:
        return self._cookies[name]

    def ask_who_is_signed_in(self) -> None:
        response = self._send("GET", self._site.session_path)
        if response.status != 200:
            raise SignInRefusedError(response.status)

    def _post(self, path: str) -> str:
        return self._send("POST", path, urlencode({"csrfmiddlewaretoken": CSRF})).headers[
            "Location"
        ]

    def _get(self, path: str) -> None:
        self._send("GET", path)

    def _send(self, method: str, path: str, body: str | None = None) -> HTTPResponse:
        origin = f"localhost:{self._site.port}"
        headers = {"Host": origin, "Origin": f"http://{origin}", "X-Forwarded-For": self._address}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._http.request(method, path, body, headers)
        response = self._http.getresponse()
        response.read()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        return response


def _address(number: int) -> str:
    """Return where the visitor of a sign-in comes from: no network begins more than a site lets it.

    A hundred come from each, so that what is measured is a count that is there already.
    """
    return str(ipaddress.ip_address("10.0.0.1") + number // 100)


def all_at_once(do: Callable[[T], None], each: Iterable[T]) -> None:
    """Do it for each in a thread of its own, and wait for all of them."""
    threads = [threading.Thread(target=do, args=(one,)) for one in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass
class Crowd:
    """Several visitors at once, for a while."""

    site: Site
    clients: int
    seconds: float
    slug: str = "demo"
    done: list[float] = field(default_factory=list)  # seconds that each sign-in took
    refused: int = 0

    def run(self) -> "Crowd":
        """Let everybody sign in again and again until the time is over."""
        end = time.monotonic() + self.seconds
        visit = self._visitor(end)
        all_at_once(visit, range(self.clients))
        return self

    @property
    def per_second(self) -> float:
        return len(self.done) / self.seconds

    def _visitor(self, end: float) -> Callable[[int], None]:
        def visit(number: int) -> None:
            visitor = Visitor(self.site)
            while (begun := time.monotonic()) < end:
                try:
                    visitor.sign_in(f"crowd-{number}", self.slug)
                except SignInRefusedError:
                    self.refused += 1
                else:
                    self.done.append(time.monotonic() - begun)

        return visit
