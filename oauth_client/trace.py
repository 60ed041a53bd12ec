"""What was said in one sign-in, message by message, and nothing that could sign anybody in.

Both ends of a sign-in are recorded (`attempts/`). Elsewhere nobody records, and a request of ours
costs one look at a context variable. `at_step` says which step a request of ours belongs to, for
the record and for the error that it may end in.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import requests

from oauth_client.diagnosis.hints import hint_of
from oauth_client.errors import OutgoingError, SignInError

# Parameters whose values anybody may see. Of every other, only the length is noted.
SHOWN = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "code_challenge_method",
        "prompt",
        "max_age",
        "iss",
        "grant_type",
        "token_type",
        "expires_in",
    }
)
MAX_SHOWN = 200  # characters of such a value
MAX_NAMES = 60  # of one message; a provider may put any number of members into an answer
MAX_NAME = 60  # characters
SCHEMES = ("Bearer", "Basic")

Send = Callable[[], requests.Response]


class Party(StrEnum):
    """Who sends a message, or receives it."""

    BROWSER = "Browser"
    SIGNET = "Signet"
    PROVIDER = "Provider"


class Parameter(NamedTuple):
    """A parameter of a message, its value as it may be shown: "" where there is nothing to say."""

    name: str
    value: str = ""

    @classmethod
    def of(cls, name: str, value: object) -> "Parameter":
        return cls(name[:MAX_NAME], redacted(name, value))


class Hop(NamedTuple):
    """One message: a request, with method and URL, or an answer, with a status.

    `url` never has a query. `milliseconds` is how long the sender took. `error` is the code of
    what went wrong here, `provider_error` the provider's own where it is a well-known one; `hint`
    is what its description is about (`diagnosis/hints.py`), `retry_after` is in seconds.
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


NOTHING = Hop(0, Party.PROVIDER, Party.SIGNET)


@dataclass
class Recorder:
    """Takes down the messages of one sign-in while it is active, in one thread."""

    hops: list[Hop] = field(default_factory=list)
    step: int = 0  # that a request of ours now belongs to
    entered_at: float = 0.0  # by `time.perf_counter`: when it was entered
    began_at: float = field(default_factory=time.perf_counter)
    unvouched_domain: str = (
        ""  # of an address that the provider called proven and may not vouch for
    )
    email_problem: str = ""  # why what the provider tells is taken for no address
    _token: "Token[Recorder | None]" = field(init=False, repr=False)

    def __enter__(self) -> "Recorder":
        self._token = current.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        current.reset(self._token)

    def note(self, hop: Hop) -> None:
        self.hops.append(hop)

    def note_exchange(self, request: requests.PreparedRequest, send: Send) -> requests.Response:
        """Send, and note the request and its answer, also one that does not come."""
        self.note(_request_hop(self.step, request))
        response = None
        started = time.perf_counter()
        try:
            response = send()
            return response
        finally:
            taken = since(started)
            self.note(_answer_hop(_answering(self.step), response, taken))

    @property
    def last_answer(self) -> Hop | None:
        """The last message that came to us, the visitor's way back included."""
        return next((hop for hop in reversed(self.hops) if hop.target == Party.SIGNET), None)

    def fail(self, error: SignInError) -> None:
        """Mark where the sign-in ended: at the last message of that step, or at one not sent."""
        if not self.hops or self.hops[-1].step != error.step:
            self.note(Hop(error.step, Party.SIGNET, Party.BROWSER))
        self.hops[-1] = self.hops[-1]._replace(
            error=str(error.code), provider_error=error.provider_error
        )


current: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


def recorder_now() -> Recorder:
    """Return who records, or somebody who takes down for nobody."""
    return current.get() or Recorder()


@contextmanager
def recording() -> Iterator[Recorder]:
    """Record what is said inside, with whoever records already."""
    recorder = current.get()
    if recorder:
        yield recorder
        return
    with Recorder() as recorder:
        yield recorder


@contextmanager
def at_step(step: int) -> Iterator[None]:
    """Give the step to a request that is sent inside, unless an inner `at_step` does."""
    before = _enter(step)
    try:
        yield
    except OutgoingError as error:
        error.step = error.step or step
        raise
    finally:
        _enter(before)


def _enter(step: int) -> int:
    """Count what is sent from now on to `step`; returns the step before, to enter it again."""
    recorder = current.get()
    if recorder is None:
        return 0
    before, recorder.step = recorder.step, step
    recorder.entered_at = time.perf_counter()
    return before


def exchange(request: requests.PreparedRequest, send: Send) -> requests.Response:
    """Send; whoever records sees the request and its answer."""
    recorder = current.get()
    return recorder.note_exchange(request, send) if recorder else send()


def redacted(name: str, value: object) -> str:
    """Return a value that is harmless by its name, or else how long it is."""
    if name in SHOWN and type(value) in (str, int) and len(str(value)) <= MAX_SHOWN:
        return str(value)
    return f"{len(value)} characters, not shown" if isinstance(value, str) else "not shown"


def parameters(members: Mapping[str, object]) -> tuple[Parameter, ...]:
    return tuple(Parameter.of(name, value) for name, value in list(members.items())[:MAX_NAMES])


def bare(url: str) -> str:
    """Return a URL without what can hold a secret."""
    return url.partition("#")[0].partition("?")[0]


def since(started: float) -> int:
    """Return the milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000)


def _request_hop(step: int, request: requests.PreparedRequest) -> Hop:
    url, _, query = (request.url or "").partition("#")[0].partition("?")
    body = request.body if isinstance(request.body, str) else ""
    sent = parameters(_form(query) | _form(body)) if query or body else ()
    header = request.headers.get("Authorization")
    authorization = (_authorization(str(header)),) if header else ()
    method = request.method or ""
    return Hop(
        step,
        Party.SIGNET,
        Party.PROVIDER,
        method,
        url,
        parameters=authorization + sent,
    )


def _form(encoded: str) -> dict[str, str]:
    """Read what requests has encoded (url.spec.whatwg.org, 5.1): its own form needs no more."""
    pairs = (part.partition("=") for part in encoded.split("&"))
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs if value}


def _answering(step: int) -> int:
    """Return the step of an answer: that to the access token request is a step of its own."""
    return 6 if step == 5 else step


def _authorization(value: str) -> Parameter:
    scheme, _, credentials = value.partition(" ")
    if scheme not in SCHEMES:
        return Parameter("Authorization", redacted("Authorization", value))
    return Parameter("Authorization", f"{scheme}, {redacted('Authorization', credentials)}")


def _answer_hop(step: int, response: requests.Response | None, milliseconds: int) -> Hop:
    """Return an answer: of a JSON object its members, of any other body nothing."""
    if response is None:
        return Hop(step, Party.PROVIDER, Party.SIGNET, milliseconds=milliseconds)
    members = _members(response.content)
    return Hop(
        step,
        Party.PROVIDER,
        Party.SIGNET,
        status=response.status_code,
        parameters=parameters(members),
        milliseconds=milliseconds,
        hint=hint_of(members.get("error_description")),
        retry_after=_seconds(response.headers.get("Retry-After", "")),
    )


def _members(body: bytes) -> dict[str, Any]:
    """Read a body for its picture alone: the step judges it, as strictly as it must."""
    try:
        value = json.loads(body, parse_constant=int)  # which refuses NaN and Infinity
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(retry_after: str) -> int:
    """Return how long to wait (RFC 9110 §10.2.3), 0 where it is not said in seconds."""
    is_number = retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7
    return int(retry_after) if is_number else 0
