"""The session that every request of ours goes through: one for each provider and process."""

import os
import time
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.auth import AuthBase

from outgoing.addresses import AddressPolicy
from outgoing.addresses import resolve as system_resolve
from outgoing.causes import FAILURES, is_hang_up, outgoing_error
from outgoing.dialing import CONNECT_SECONDS, Dialer, Resolve
from outgoing.pooling import Adapter
from outgoing.preparing import PreparedRequest
from outgoing.slots import Slots, Threads, shared_threads
from outgoing.trace import Exchange, recorder_now
from outgoing.watchdog import Call, calling, seconds_left
from protocol.errors import ErrorCode, OutgoingError
from protocol.jws import strict_json
from protocol.limits import DOCUMENT

USER_AGENT = "Signet"  # some APIs refuse the names of HTTP libraries, Reddit's among them

_sessions: dict[tuple[str, AddressPolicy, str], "ProviderSession"] = {}
os.register_at_fork(after_in_child=_sessions.clear)  # a child leaves its parent's connections alone


def session_for(key: str, policy: AddressPolicy) -> "ProviderSession":
    """Return this process's session for a provider. Another policy gets another session."""
    proxy = settings.OUTGOING_PROXY
    identity = (key, policy, proxy)
    if identity not in _sessions:
        slots = Slots(shared_threads(settings.WEB_THREADS))
        _sessions.setdefault(identity, ProviderSession(policy, proxy=proxy, slots=slots))
    return _sessions[identity]


class ProviderSession(requests.Session):
    """A `requests.Session` that keeps the promises of this package, and no cookies.

    Every failure is an `OutgoingError`. A status is no failure: the caller judges it. A response is
    returned when its body has been read. If the operator chose a `proxy`, it resolves names and
    judges their addresses. We still judge an address, and a name that shows its network. `slots`
    limits the calls in flight. Threads may share a session if none of them changes it.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        proxy: str = "",
        resolve: Resolve = system_resolve,
        slots: Slots | None = None,
    ) -> None:
        super().__init__()
        if proxy and not proxy.startswith(("http://", "https://")):
            raise ValueError("a proxy is an http or https URL")
        self.policy = policy
        self._schemes = policy.schemes
        self.trust_env = False
        self.proxies = {"all": proxy} if proxy else {}
        self.headers.update({"Accept-Encoding": "identity", "User-Agent": USER_AGENT})
        self._own_headers = dict(self.headers)
        self._adapter = Adapter(Dialer(None if proxy else policy, resolve))
        self.mount("https://", self._adapter)
        self.mount("http://", self._adapter)
        self._slots = slots or Slots(Threads(0))
        self.place = self._slots.one

    def request(  # type: ignore[override]  # noqa: PLR0913 - requests' own parameters
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        json: Any = None,
        auth: AuthBase | None = None,
        allow_redirects: bool = False,
        max_bytes: int = DOCUMENT,
        keeps_redirect: bool = False,
    ) -> requests.Response:
        """Send a request and return its answer, or raise `OutgoingError`.

        Certificates are always checked; timeouts and proxies are ours. `allow_redirects` is
        ignored: the `get` and `post` of requests pass it.
        """
        request = PreparedRequest()
        all_headers = self._own_headers | dict(headers or {})
        try:
            request.prepare(method, url, all_headers, None, data, params, auth, json=json)
        except FAILURES as error:
            failure = outgoing_error(error, "request")
        else:
            return self.send(request, max_bytes=max_bytes, keeps_redirect=keeps_redirect)
        raise failure

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        *,
        max_bytes: int = DOCUMENT,
        keeps_redirect: bool = False,
    ) -> requests.Response:
        """Send what is prepared; refuse a redirect, or return it with `keeps_redirect`."""
        exchange, recorder = Exchange(request), recorder_now()
        recorder.messages.append(exchange)
        host = self._host(request.url or "")
        with self.place(host, urlsplit(request.url or "").path):
            sent_at = time.perf_counter()
            try:
                exchange.response = self._answer(request, host, max_bytes, keeps_redirect)
                return exchange.response
            finally:
                recorder.answered_at = time.perf_counter()
                exchange.milliseconds = round((recorder.answered_at - sent_at) * 1000)

    def _host(self, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if not parts.hostname or parts.scheme not in self._schemes:
            raise OutgoingError(ErrorCode.ADDRESS_REFUSED, "not an https URL")
        if "@" in parts.netloc:
            raise OutgoingError(ErrorCode.ADDRESS_REFUSED, "a name or password in the URL")
        if self.proxies and not self.policy.allows_host(parts.hostname, parts.scheme):
            detail = f"{parts.hostname}: a host that this provider may not have by {parts.scheme}"
            raise OutgoingError(ErrorCode.ADDRESS_REFUSED, detail)
        return parts.hostname

    def _answer(
        self, request: requests.PreparedRequest, host: str, max_bytes: int, keeps_redirect: bool
    ) -> requests.Response:
        failure = None
        with calling() as call:
            try:
                response = self._exchange(request, call)
                _read(response, host, max_bytes, keeps_redirect=keeps_redirect)
            except FAILURES as error:
                failure = outgoing_error(error, host)
        if call.is_over:  # a cut connection looks like any failure, and like the end of a body
            failure = outgoing_error(TimeoutError(), host)
        if failure:
            raise failure
        return response

    def _exchange(self, request: requests.PreparedRequest, call: Call) -> requests.Response:
        """Send. Send again if the idle connection was closed and sending twice is safe."""
        while left := seconds_left():
            try:
                return self._adapter.send(
                    request,
                    stream=True,
                    timeout=(min(CONNECT_SECONDS, left), left),
                    verify=self.verify or True,
                    proxies=self.proxies,
                )
            except requests.ConnectionError as error:
                is_safe = request.method == "GET" and call.reused and is_hang_up(error)
                if call.fresh or not is_safe:
                    raise
            call.fresh = True
        raise TimeoutError


def _read(response: requests.Response, host: str, max_bytes: int, *, keeps_redirect: bool) -> None:
    """Read the body, up to the limit. If the response is refused, its connection is closed."""
    with response:
        is_redirect = 300 <= response.status_code < 400 and "Location" in response.headers
        if is_redirect and not keeps_redirect:
            detail = f"{host}: {response.status_code}"
            raise OutgoingError(ErrorCode.UNEXPECTED_REDIRECT, detail)
        raw: Any = response.raw  # None if the body has come with the head
        announced = raw.length_remaining or 0 if raw else 0
        body = bytearray(b"" if raw else response.content)
        if 0 < announced <= max_bytes and "Content-Encoding" not in response.headers:
            body += raw.read(announced)  # `iter_content` takes 20 µs more (2026-11)
        if raw and announced <= max_bytes and (not body or len(body) < announced):
            chunks = response.iter_content(2**14)  # raises for a body that ends early
            while len(body) <= max_bytes and (chunk := next(chunks, b"")):
                body += chunk
        if max(announced, len(body)) > max_bytes:
            detail = f"{host}: more than {max_bytes} bytes"
            raise OutgoingError(ErrorCode.RESPONSE_TOO_LARGE, detail)
    response._content = bytes(body)  # noqa: SLF001 - where requests keeps what it has read


def json_object(response: requests.Response) -> dict[str, Any]:
    """Return the object that a response holds; see `json_value`."""
    value = json_value(response)
    if not isinstance(value, dict):
        raise OutgoingError(ErrorCode.RESPONSE_NOT_JSON, "JSON, but not an object")
    return value


def json_value(response: requests.Response) -> Any:
    """Return the JSON value of a response of any media type, or raise `RESPONSE_NOT_JSON`."""
    try:
        return strict_json.json_value(response.content.removeprefix(BOM_UTF8))
    except strict_json.MalformedError as error:
        failure = str(error)
    raise OutgoingError(ErrorCode.RESPONSE_NOT_JSON, failure)  # no context: it quotes the document
