"""The load: what a browser sends, and many browsers at once."""

import asyncio
import ipaddress
import itertools
import json
import re
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Generator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from bench.sites import APP, PATIENCE, REDIRECT_URI, Ways
from simulator.load_provider import code_for

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]*)"')
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
_sign_ins = itertools.count()


class Request(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Response(NamedTuple):
    status: int
    headers: list[tuple[str, str]]  # names in lower case
    body: bytes


Exchange = Generator[Request, Response, Any]
Deed = Callable[["Browser"], Exchange]


class RefusedError(Exception):
    """A sign-in or a refresh that did not succeed."""


class Browser:
    """One visitor after another. Others carry the requests: `together`, or `bench.inside`."""

    def __init__(self, ways: Ways, port: int) -> None:
        self.ways, self._host, self.port = ways, f"localhost:{port}", port
        self._address = ""
        self._cookies: dict[str, str] = {}

    def sign_in(self, sub: str = "", slug: str = "demo") -> Exchange:
        """Open the page, press the button, come back with a code. Without a `sub`, be new here."""
        ways, self._cookies = self.ways, dict(self.ways.cookies)
        # A site may limit the sign-ins from one network: here a hundred come from each address.
        self._address = str(ipaddress.ip_address("10.0.0.1") + next(_sign_ins) // 100)
        page = (yield from self._ask(ways.page)).body if ways.page else b""
        token = TOKEN.search(page)
        form = ways.form.replace("TOKEN", token[1].decode() if token else "")
        begun = yield from self._ask(ways.start.format(slug), form)
        query = dict(parse_qsl(urlsplit(dict(begun.headers).get("location", "")).query))
        self._expect("redirect_uri" in query, begun)
        code = code_for(sub or f"new-{time.time_ns()}", query.get("nonce", ""))
        answer = urlencode({"code": code, "state": query["state"]})
        response = yield from self._ask(f"{urlsplit(query['redirect_uri']).path}?{answer}")
        return self._expect(ways.session_cookie in self._cookies, response)

    def ask_who_is_signed_in(self) -> Exchange:
        response = yield from self._ask(self.ways.session)
        return self._expect(response.status == 200, response)

    def refresh(self) -> Exchange:
        """Use the refresh token of the cookie, and keep the one of the response."""
        before = self._cookies["refresh"]
        response = yield from self._ask(self.ways.refresh, "")
        return self._expect(self._cookies["refresh"] != before, response)

    def enter_app(self, secret: str) -> Exchange:
        """Let somebody who is signed in into an app, which has a secret and uses PKCE."""
        authorize, token, userinfo = self.ways.app
        app = {"client_id": APP, "redirect_uri": REDIRECT_URI}
        query = {"response_type": "code", "scope": "openid profile email", "state": "s"}
        query |= {"nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        back = yield from self._ask(f"{authorize}?{urlencode(app | query)}")
        code = parse_qs(urlsplit(dict(back.headers).get("location", "")).query).get("code")
        self._expect(code is not None, back)
        form = app | {"client_secret": secret, "code_verifier": VERIFIER, "code": code}
        headers = {"Host": self._host, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form | {"grant_type": "authorization_code"}, doseq=True).encode()
        response = yield Request("POST", token, headers, body)
        self._expect(response.status == 200 and b"id_token" in response.body, response)
        bearer = f"Bearer {json.loads(response.body)['access_token']}"
        about = yield Request("GET", userinfo, {**headers, "Authorization": bearer}, b"")
        return self._expect(about.status == 200 and b"email" in about.body, about)

    def _expect(self, is_good: bool, response: Response) -> Response:
        if not is_good:
            raise RefusedError(f"{self.ways.name} answers {response.status}")
        return response

    def _ask(self, target: str, body: str | None = None) -> Exchange:
        headers = {"Host": self._host, "X-Forwarded-For": self._address}
        headers["Cookie"] = "; ".join(f"{name}={each}" for name, each in self._cookies.items())
        if body is not None:
            kind = "json" if body.startswith("{") else "x-www-form-urlencoded"
            headers |= {"Origin": f"http://{self._host}", "Content-Type": f"application/{kind}"}
            headers["Content-Length"] = str(len(body))
        method = "GET" if body is None else "POST"
        response = yield Request(method, target, headers, (body or "").encode())
        for name, value in response.headers:
            if name == "set-cookie":
                cookie, _, content = value.strip().partition(";")[0].partition("=")
                self._cookies[cookie] = content
        return response


def together(browsers: list[Browser], deed: Deed, seconds: float = 0) -> list[float]:
    """Let all do it at once, again and again for so long, or once. Return the seconds of each.

    Raises the first refusal if none succeeded.
    """
    taken: list[float] = []
    refused: list[RefusedError] = []
    end = time.monotonic() + seconds

    async def repeat(browser: Browser) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", browser.port)
        while (began := time.monotonic()) < end or not seconds:
            try:
                async with asyncio.timeout(PATIENCE):
                    await _carry(deed(browser), reader, writer)
                taken.append(time.monotonic() - began)
            except RefusedError as error:
                refused.append(error)
            if not seconds:
                break
        writer.close()

    async def all_of_them() -> None:
        await asyncio.gather(*map(repeat, browsers))

    asyncio.run(all_of_them())
    if refused:
        print(f"  refused: {len(refused)}, succeeded: {len(taken)}; {refused[0]}", flush=True)
    if not taken:
        raise refused[0]
    return taken


async def _carry(exchange: Exchange, reader: StreamReader, writer: StreamWriter) -> None:
    request = next(exchange, None)
    while request:
        fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        head = f"{request.method} {request.target} HTTP/1.1\r\n{fields}\r\n"
        writer.write(head.encode() + request.body)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        named = (line.partition(": ") for line in lines if line)
        headers = [(name.lower(), value) for name, _, value in named]
        length = dict(headers).get("content-length")
        if length is None:  # in chunks, of which the last is empty; no line of a body here is empty
            body = await reader.readuntil(b"0\r\n\r\n")
        else:
            body = await reader.readexactly(int(length))
        try:
            request = exchange.send(Response(int(first[9:12]), headers, body))
        except StopIteration:
            return
