"""The load: browsers that sign in, and programs that refresh, over connections that stay open."""

import ipaddress
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from bench.provider import CLIENT_ID, code_for
from bench.sites import Provider, Site

CSRF = "0123456789abcdefghijklmnopqrstuv"  # the cookie and the field; Django compares the two
SECONDS = 60  # until a response has to be there
_sign_ins = itertools.count()


class RefusedError(Exception):
    """A sign-in or a refresh that did not succeed."""


class Visitor:
    """A browser of one visitor after another; only the connection is kept."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._http = HTTPConnection("127.0.0.1", site.port, timeout=SECONDS)
        self.cookies: dict[str, str] = {}
        self._address = _address(0)

    def sign_in(self, sub: str, slug: str = "demo") -> None:
        """Press the button, come back with a code, be signed in."""
        self.cookies = {self._site.csrf_cookie: CSRF}
        self._address = _address(next(_sign_ins))
        form = urlencode({"csrfmiddlewaretoken": CSRF})
        location = self._send("POST", self._site.start_path.format(slug), form).headers["Location"]
        query = parse_qs(urlsplit(location).query)
        if "redirect_uri" not in query:
            raise RefusedError(location)
        code = code_for(sub, query.get("nonce", [""])[0])
        callback = urlsplit(query["redirect_uri"][0]).path
        self._send("GET", f"{callback}?{urlencode({'code': code, 'state': query['state'][0]})}")
        if self._site.session_cookie not in self.cookies:
            raise RefusedError(self._site.name)

    def ask_who_is_signed_in(self) -> None:
        response = self._send("GET", self._site.session_path)
        if response.status != 200:
            raise RefusedError(response.status)

    def _send(self, method: str, path: str, body: str | None = None) -> HTTPResponse:
        origin = f"localhost:{self._site.port}"
        headers = {"Host": origin, "Origin": f"http://{origin}", "X-Forwarded-For": self._address}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._http.request(method, path, body, headers)
        response = self._http.getresponse()
        response.read()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return response


def _address(number: int) -> str:
    """Return the address of a sign-in's visitor. It changes after each hundred sign-ins.

    A site may limit the sign-ins from one network. With a hundred from each address, most of them
    meet a count that exists already.
    """
    return str(ipaddress.ip_address("10.0.0.1") + number // 100)


class Program:
    """A program with a refresh token."""

    def __init__(self, site: Site, provider: Provider, sub: str) -> None:
        self._site = site
        self._http = HTTPConnection("127.0.0.1", site.port, timeout=SECONDS)
        if site.app_sign_in_path:
            self._refresh_token = self._signed_in_by_id_token(provider, sub)
        else:
            visitor = Visitor(site)
            visitor.sign_in(sub)
            self._refresh_token = visitor.cookies["refresh"]

    def refresh(self) -> None:
        """Use the refresh token, and keep the one of the response."""
        content = self._post(self._site.refresh_path, {"refresh_token": self._refresh_token})
        successor = content.get("data", content)["refresh_token"]
        if successor == self._refresh_token:
            raise RefusedError("the refresh token was not replaced")
        self._refresh_token = successor

    def _signed_in_by_id_token(self, provider: Provider, sub: str) -> str:
        """Sign in as an app does that has been to the provider itself."""
        form = urlencode({"code": code_for(sub, "")}).encode()
        token_endpoint = f"{provider.issuers['demo']}/token"
        with urlopen(token_endpoint, form, timeout=SECONDS) as response:  # noqa: S310 - ours
            token = {"client_id": CLIENT_ID, "id_token": json.load(response)["id_token"]}
        body = {"provider": "demo", "process": "login", "token": token}
        refresh_token: str = self._post(self._site.app_sign_in_path, body)["meta"]["refresh_token"]
        return refresh_token

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Host": f"localhost:{self._site.port}", "Content-Type": "application/json"}
        self._http.request("POST", path, json.dumps(body), headers)
        response = self._http.getresponse()
        content: dict[str, Any] = json.loads(response.read())
        if response.status != 200:
            raise RefusedError(response.status)
        return content


def all_at_once(actions: Iterable[Callable[[], object]]) -> None:
    """Do each in a thread of its own, and wait for all of them."""
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def per_second(actions: Iterable[Callable[[], object]], seconds: float) -> float:
    """Repeat all actions at once for a while; return how many succeed in a second."""
    done: list[bool] = []  # appending is safe in threads
    end = time.monotonic() + seconds

    def repeat(action: Callable[[], object]) -> None:
        while time.monotonic() < end:
            try:
                action()
                done.append(True)
            except RefusedError:
                done.append(False)

    all_at_once(partial(repeat, action) for action in actions)
    if not all(done):
        print(f"  refused: {done.count(False)} of {len(done)}")
    return done.count(True) / seconds
