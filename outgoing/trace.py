"""The messages of one sign-in, without anything that could sign anybody in.

A `Recorder` is put around a sign-in. `ProviderSession.send` notes each request and its answer; the
steps know nothing of it. When the sign-in has ended, the messages are read once: to which step each
belongs, what of it may be shown, and which secrets have to be masked (`redaction`).
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import chain
from typing import NamedTuple
from urllib.parse import parse_qsl

import requests

from outgoing import redaction
from outgoing.redaction import Parameter, forms_in, masked, parameters, secret_values
from protocol.errors import SignInError, hint_of

MAX_NAME = 60  # characters of the name of a parameter
SECONDS = re.compile("[0-9]{1,6}")  # in Retry-After, which may also be a date (RFC 9110 §10.2.3)


class Party(IntEnum):
    """Who sends a message, or receives it; rows keep the number."""

    BROWSER = 0
    SIGNET = 1
    PROVIDER = 2


class Hop(NamedTuple):
    """One message: a request, with method and URL, or an answer, with a status."""

    step: int  # row of the flow's table
    source: Party
    target: Party
    method: str = ""
    url: str = ""  # never with a query
    status: int = 0  # 0 for a request, and for an answer that did not come
    parameters: tuple[Parameter, ...] = ()
    milliseconds: int | None = None  # that the sender took
    error: str = ""  # our code for the failure
    provider_error: str = ""  # the provider's own code, if well known
    hint: str = ""  # what the provider's description is about (`protocol.errors`)
    retry_after: int = 0  # seconds

    @property
    def names(self) -> list[str]:
        return [parameter.name for parameter in self.parameters]


@dataclass
class Exchange:
    """A request of ours, and its answer."""

    request: requests.PreparedRequest
    response: requests.Response | None = None
    milliseconds: int | None = None  # None where nothing was sent


@dataclass
class Recorder:
    """Keeps the messages of one sign-in, in one thread; see `recording`."""

    begins_at: int = 4  # the step of what is sent before the access token request
    began_at: float = field(default_factory=time.perf_counter)
    answered_at: float = field(default_factory=time.perf_counter)  # when the provider last did
    messages: list[Hop | Exchange] = field(default_factory=list, repr=False)
    secrets: set[str] = field(default_factory=set, repr=False)  # beside those in the messages
    _reading: "Reading | None" = field(default=None, repr=False)

    def masked(self, text: str) -> str:
        """Return a text without any secret of this sign-in."""
        return masked(text, forms_in(text, self.secrets | self._read().secrets))

    @property
    def hops(self) -> list[Hop]:
        """Return all messages as they may be kept and shown."""
        return self._read().hops

    @property
    def waited(self) -> int:
        """Return how many milliseconds the provider took for all its answers."""
        return sum(each.milliseconds or 0 for each in self.messages if isinstance(each, Exchange))

    @property
    def last_answer(self) -> Hop:
        """Return the last message that came to us, the visitor's way back included."""
        answers = (hop for hop in reversed(self.hops) if hop.target == Party.SIGNET)
        return next(answers, Hop(0, Party.PROVIDER, Party.SIGNET))

    def fail(self, error: SignInError) -> None:
        """Mark the message at which the sign-in ended. Add one if that step has sent none."""
        hops = self.hops
        error.step = error.step or self._read().step  # an `OutgoingError` has none yet
        if not hops or hops[-1].step != error.step:
            hops.append(Hop(error.step, Party.SIGNET, Party.BROWSER))
        hops[-1] = hops[-1]._replace(error=str(error.code), provider_error=error.provider_error)

    def _read(self) -> "Reading":
        """Read all messages, if one has come since they were read."""
        if self._reading is None or self._reading.number != len(self.messages):
            self._reading = Reading(self.messages, self.begins_at, self.secrets)
        return self._reading


class Reading:
    """What messages are: the step of each, what of it may be shown, and all secrets in them."""

    def __init__(self, messages: list[Hop | Exchange], begins_at: int, secrets: set[str]) -> None:
        """Read each message, then mask in all of them the secrets of all."""
        self.step = begins_at  # of the last message
        self.secrets = set(secrets)
        read = [hop for message in messages for hop in self._hops_of(message)]
        self.hops, self.number = _shown(read, self.secrets), len(messages)

    def _hops_of(self, message: Hop | Exchange) -> list[Hop]:
        """Return request and answer, and learn the secrets in them."""
        if isinstance(message, Hop):
            return [message]
        request, url = message.request, message.request.url or ""
        if form := getattr(request, "form", None):  # of `preparing`; 20 µs less (2026-12)
            sent = {name: value for name, value in form.items() if value}
        else:
            body = request.body if isinstance(request.body, str) else ""
            sent = dict(parse_qsl(f"{url.partition('#')[0].partition('?')[2]}&{body}"))
        authorization = str(request.headers.get("Authorization", ""))
        header, credentials = redaction.shown_authorization(authorization)
        self.secrets.update(credentials, secret_values(sent))
        self.step = self._step_of(request, sent)
        if message.milliseconds is None:
            return []
        method, shown = request.method or "", header + parameters(sent)
        hop = Hop(self.step, Party.SIGNET, Party.PROVIDER, method, url, parameters=shown)
        return [hop, self._answer(message)]

    def _answer(self, exchange: Exchange) -> Hop:
        """Return the answer, even if none came. The answer of the token endpoint is step 6."""
        step = 6 if self.step == 5 else self.step
        response, taken = exchange.response, exchange.milliseconds
        if response is None:
            return Hop(step, Party.PROVIDER, Party.SIGNET, milliseconds=taken)
        self.step = step
        members = redaction.members_of_answer(response)
        self.secrets.update(secret_values(members))
        wait = response.headers.get("Retry-After", "")
        return Hop(
            step,
            Party.PROVIDER,
            Party.SIGNET,
            status=response.status_code,
            parameters=parameters(members),
            milliseconds=taken,
            hint=hint_of(described) if (described := members.get("error_description")) else "",
            retry_after=int(wait) if SECONDS.fullmatch(wait) else 0,
        )

    def _step_of(self, request: requests.PreparedRequest, sent: dict[str, str]) -> int:
        """Return the step of a request: 5 with a grant, 7 with a secret after step 6.

        Any other request is for a document of the issuer, and belongs to the step before.
        """
        if "grant_type" in sent:
            return 5
        if self.step < 6:
            return self.step
        if "Authorization" in request.headers:
            return 7
        text = "\n".join([request.url or "", str(request.body), *request.headers.values()])
        has_secret = masked(text, forms_in(text, self.secrets)) != text
        return 7 if has_secret else self.step


_current: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


@contextmanager
def recording(begins_at: int = 4) -> Iterator[Recorder]:
    """Keep the messages of the sign-in that goes on inside."""
    recorder = Recorder(begins_at)
    token = _current.set(recorder)
    try:
        yield recorder
    finally:
        _current.reset(token)


def recorder_now() -> Recorder:
    """Return the recorder of this sign-in, or a new one that nobody reads."""
    return _current.get() or Recorder()


def _shown(hops: list[Hop], secrets: set[str]) -> list[Hop]:
    """Mask the secrets, then shorten long names. A secret that was cut first would not be found."""
    urls = "\n".join([hop.url for hop in hops])
    shown = [parameter for hop in hops for parameter in hop.parameters]
    forms = forms_in("\n".join([urls, *chain(*shown)]), secrets)
    longest = max([len(name) for name, _ in shown], default=0)
    if not forms and longest <= MAX_NAME and "?" not in urls and "#" not in urls:
        return hops  # the usual case: nothing to mask or cut
    without_secrets = []
    for hop in hops:
        pairs = [(masked(name, forms), masked(value, forms)) for name, value in hop.parameters]
        shortened = tuple([Parameter(name[:MAX_NAME], value) for name, value in pairs])
        bare = re.split("[?#]", masked(hop.url, forms), maxsplit=1)[0]
        without_secrets.append(hop._replace(url=bare, parameters=shortened))
    return without_secrets
