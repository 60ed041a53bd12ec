"""The messages of one sign-in, without anything that could sign anybody in.

A `Recorder` is put around a sign-in. `ProviderSession.send` notes each request and its answer; the
steps know nothing of it. When the sign-in has ended, the messages are read once: to which step each
belongs, what of it may be shown, and which secrets have to be masked (`redaction`).
"""

import itertools
import re
import time
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import requests

from outgoing.redaction import (
    Parameter,
    authorization_of,
    forms_in,
    masked,
    members_of_answer,
    parameters,
    parameters_of_request,
    secret_values,
)
from protocol.errors import SignInError, hint_of

MAX_NAME = 60  # characters of the name of a parameter
SECONDS = re.compile("[0-9]{1,6}")  # in Retry-After, which may also be a date (RFC 9110 §10.2.3)


class Party(IntEnum):
    """Who sends a message, or receives it; rows keep the number."""

    BROWSER = 0
    SIGNET = 1
    PROVIDER = 2


class Hop(NamedTuple):
    """One message: a request, with method and URL, or an answer, with a status.

    `url` never has a query. `milliseconds` is the time that the sender took. `error` is our code
    for the failure. `provider_error` is the provider's own code if well known. `hint` says what
    its description is about (`protocol.errors`). `retry_after` is in seconds.
    """

    step: int  # row of the flow's table
    source: Party
    target: Party
    method: str = ""
    url: str = ""
    status: int = 0  # 0 for a request, and for an answer that did not come
    parameters: tuple[Parameter, ...] = ()
    milliseconds: int | None = None
    error: str = ""
    provider_error: str = ""
    hint: str = ""
    retry_after: int = 0

    @property
    def names(self) -> list[str]:
        return [parameter.name for parameter in self.parameters]


NO_ANSWER = Hop(0, Party.PROVIDER, Party.SIGNET)


@dataclass
class Exchange:
    """A request of ours, and its answer where one came.

    The times are those of `time.perf_counter`, and 0 where nothing was sent.
    """

    request: requests.PreparedRequest
    response: requests.Response | None = None
    sent_at: float = 0.0
    ended_at: float = 0.0


@dataclass
class Recorder:
    """Keeps the messages of one sign-in while it is active, in one thread.

    `begins_at` is the step of what is sent before the access token request.
    """

    begins_at: int = 4
    began_at: float = field(default_factory=time.perf_counter)
    _step: int = 0  # of the last message that has been read
    _messages: list[Hop | Exchange] = field(default_factory=list, repr=False)
    _hops: list[Hop] | None = field(default=None, repr=False)
    secrets: set[str] = field(default_factory=set, repr=False)
    _token: "Token[Recorder | None]" = field(init=False, repr=False)

    def __enter__(self) -> "Recorder":
        self._token = _current.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        _current.reset(self._token)

    def note(self, *messages: Hop | Exchange) -> None:
        self._messages += messages
        self._hops = None

    def masked(self, text: str) -> str:
        """Return a text without any secret of this sign-in."""
        _ = self.hops  # reading them finds the secrets
        return masked(text, forms_in(text, self.secrets))

    @property
    def hops(self) -> list[Hop]:
        """Return all messages as they may be kept and shown."""
        if self._hops is None:
            self._step = self.begins_at
            read = [hop for message in self._messages for hop in self._read(message)]
            self._hops = _shown(read, self.secrets)
        return self._hops

    @property
    def last_answer(self) -> Hop:
        """Return the last message that came to us, the visitor's way back included."""
        answers = (hop for hop in reversed(self.hops) if hop.target == Party.SIGNET)
        return next(answers, NO_ANSWER)

    @property
    def milliseconds_since_an_answer(self) -> int:
        """Return the time since the provider last answered, which is the time that we took."""
        ends = [each.ended_at for each in self._messages if isinstance(each, Exchange)]
        return round((time.perf_counter() - max([self.began_at, *ends])) * 1000)

    def fail(self, error: SignInError) -> None:
        """Mark the message at which the sign-in ended. Add one if that step has sent none.

        An `OutgoingError` gets its step here.
        """
        hops = self.hops
        error.step = error.step or self._step
        if not hops or hops[-1].step != error.step:
            hops.append(Hop(error.step, Party.SIGNET, Party.BROWSER))
        hops[-1] = hops[-1]._replace(error=str(error.code), provider_error=error.provider_error)

    def _read(self, message: Hop | Exchange) -> list[Hop]:
        """Return request and answer, and learn the secrets in them."""
        if isinstance(message, Hop):
            return [message]
        sent = parameters_of_request(message.request)
        header, credentials = authorization_of(message.request)
        self.secrets.update(credentials, secret_values(sent))
        self._step = self._step_of(message.request, sent)
        if not message.sent_at:
            return []
        request = Hop(
            self._step,
            Party.SIGNET,
            Party.PROVIDER,
            message.request.method or "",
            message.request.url or "",
            parameters=header + parameters(sent),
        )
        return [request, self._answer(message)]

    def _answer(self, exchange: Exchange) -> Hop:
        """Return the answer, even if none came. The answer of the token endpoint is step 6."""
        response, members = exchange.response, members_of_answer(exchange.response)
        wait = "" if response is None else response.headers.get("Retry-After", "")
        self.secrets.update(secret_values(members))
        step = 6 if self._step == 5 else self._step
        if response is not None:
            self._step = step
        return Hop(
            step,
            Party.PROVIDER,
            Party.SIGNET,
            status=0 if response is None else response.status_code,
            parameters=parameters(members),
            milliseconds=round((exchange.ended_at - exchange.sent_at) * 1000),
            hint=hint_of(members.get("error_description")),
            retry_after=int(wait) if SECONDS.fullmatch(wait) else 0,
        )

    def _step_of(self, request: requests.PreparedRequest, sent: dict[str, str]) -> int:
        """Return the step of a request: 5 with a grant, 7 with a secret after step 6.

        Any other request is for a document of the issuer, and belongs to the step before.
        """
        if "grant_type" in sent:
            return 5
        if self._step < 6:
            return self._step
        if "Authorization" in request.headers:
            return 7
        text = "\n".join([request.url or "", str(request.body), *request.headers.values()])
        has_secret = masked(text, forms_in(text, self.secrets)) != text
        return 7 if has_secret else self._step


_current: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


def recorder_now() -> Recorder:
    """Return the recorder of this sign-in, or a new one that nobody reads."""
    return _current.get() or Recorder()


def bare(url: str) -> str:
    """Return a URL without what can hold a secret."""
    return url.partition("#")[0].partition("?")[0]


def _shown(hops: list[Hop], secrets: set[str]) -> list[Hop]:
    """Mask the secrets, then shorten long names. A secret that was cut first would not be found.

    Usually there is nothing to mask, and one search through all texts shows that.
    """
    urls = "\n".join([hop.url for hop in hops])
    shown = [parameter for hop in hops for parameter in hop.parameters]
    forms = forms_in("\n".join([urls, *itertools.chain(*shown)]), secrets)
    longest = max([len(name) for name, _ in shown], default=0)
    if not forms and longest <= MAX_NAME and not {"?", "#"} & set(urls):
        return hops
    return [_masked(hop, forms) for hop in hops]


def _masked(hop: Hop, forms: list[str]) -> Hop:
    pairs = [(masked(name, forms), masked(value, forms)) for name, value in hop.parameters]
    shown = tuple([Parameter(name[:MAX_NAME], value) for name, value in pairs])
    return hop._replace(url=bare(masked(hop.url, forms)), parameters=shown)
