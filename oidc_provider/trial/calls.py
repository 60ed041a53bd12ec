"""Call our own endpoints as an app does, without a network: the functions that answer are real."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict

from oidc_provider.clients import FORM
from outgoing import redaction
from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party
from sessions.session_request import with_session

# Where the request comes from: what limits a flood counts it for the admin.
FROM = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT", "HTTP_HOST", "SERVER_NAME")
View = Callable[[HttpRequest], HttpResponse]


@dataclass
class AppCalls:
    """The calls of one try-out, and its messages so far."""

    request: HttpRequest  # of the admin
    hops: list[Hop] = field(default_factory=list)
    step: int = 3

    def note(self, hop: Hop, members: Mapping[str, object]) -> None:
        """Note a message of the browser, with what may be shown of its members."""
        self.step = hop.step
        self.hops.append(hop._replace(parameters=redaction.parameters(members)))

    def fail(self, code: str) -> None:
        """Mark the message at which it ended."""
        self.hops[-1] = self.hops[-1]._replace(error=code)

    def call(
        self,
        view: View,
        url: str,
        form: Mapping[str, str] | None = None,
        authorization: str = "",
    ) -> HttpResponse:
        """Send a request, a POST if there is a form; note it and its answer."""
        request = self._request(form, authorization)
        header, _ = redaction.shown_authorization(authorization)
        sent = (*header, *redaction.parameters(form or {}))
        method = str(request.method)
        self.hops.append(Hop(self.step, Party.SIGNET, Party.PROVIDER, method, url, 0, sent))
        began = time.perf_counter()
        response = view(request)
        milliseconds = round((time.perf_counter() - began) * 1000)
        self.step = 6 if self.step == 5 else self.step
        status, shown = response.status_code, _members(response)
        self.hops.append(
            Hop(self.step, Party.PROVIDER, Party.SIGNET, "", "", status, shown, milliseconds)
        )
        return response

    def _request(self, form: Mapping[str, str] | None, authorization: str) -> HttpRequest:
        request = HttpRequest()
        request.META = {name: self.request.META[name] for name in FROM if name in self.request.META}
        if authorization:
            request.META["HTTP_AUTHORIZATION"] = authorization
        request.method, request.content_type = "GET", ""
        if form is not None:
            request.method, request.content_type = "POST", FORM
            request.POST = QueryDict(urlencode(form))
        with_session(request).session_token = None  # as for every app that calls
        return request


def _members(response: HttpResponse) -> tuple[Parameter, ...]:
    return redaction.parameters(json.loads(response.content))
