"""What was said in one sign-in, message by message, and nothing that could sign anybody in.

Of a value no more is noted than its length, unless it is harmless by its name; and whatever is
noted, the secrets that are known in this sign-in are masked in it (`known_secrets`).

Both ends of a sign-in are recorded (`attempts/`). Elsewhere nobody records, and a request of ours
costs one look at a context variable. `at_step` says which step a request of ours belongs to, for
the record and for the error that it may end in.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import requests

from outgoing.known_secrets import KnownSecrets, secret_values
from outgoing.message_members import (
    members_of_answer,
    parameters_of_request,
    seconds_to_wait,
    secrets_of_request,
)
from protocol.errors import OutgoingError, SignInError
from protocol.hints import hint_of

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
    is what its description is about (`protocol.hints`), `retry_after` is in seconds.
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

    def without(self, secrets: KnownSecrets) -> "Hop":
        """Return the same message, with every known secret masked."""
        texts = (self.url, *(part for parameter in self.parameters for part in parameter))
        together = "\n".join(texts)
        if secrets.masked(together) == together:
            return self
        kept = tuple(Parameter(*map(secrets.masked, parameter)) for parameter in self.parameters)
        return self._replace(url=secrets.masked(self.url), parameters=kept)


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
    secrets: KnownSecrets = field(default_factory=KnownSecrets, repr=False)
    email_problem: str = ""  # why what the provider tells is taken for no address
    _token: "Token[Recorder | None]" = field(init=False, repr=False)

    def __enter__(self) -> "Recorder":
        self._token = current.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        current.reset(self._token)

    def note(self, *hops: Hop) -> None:
        self.hops += [hop.without(self.secrets) for hop in hops]

    def learn(self, *secrets: object) -> None:
        """Mask these values from now on, and in what has been noted already."""
        if self.secrets.learn(*secrets):
            self.hops[:] = [hop.without(self.secrets) for hop in self.hops]

    def note_exchange(self, request: requests.PreparedRequest, send: Send) -> requests.Response:
        """Send, and note the request and its answer, also one that does not come."""
        self.learn(*secrets_of_request(request))
        self.note(_request_hop(self.step, request, self.secrets))
        response = None
        started = time.perf_counter()
        try:
            response = send()
            return response
        finally:
            self._note_answer(response, since(started))

    def _note_answer(self, response: requests.Response | None, taken: int) -> None:
        members = {} if response is None else members_of_answer(response)
        self.learn(*secret_values(members))
        told = parameters(members, self.secrets)
        hint = hint_of(members.get("error_description"))
        self.note(
            _answer_hop(_answering(self.step), response, taken)._replace(parameters=told, hint=hint)
        )

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


def learn(*secrets: object) -> None:
    """Mask these values in whatever is noted of this sign-in, if anybody takes it down."""
    recorder = current.get()
    if recorder:
        recorder.learn(*secrets)


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


def parameters(
    members: Mapping[str, object], secrets: KnownSecrets | None = None
) -> tuple[Parameter, ...]:
    """Return what may be shown of each; names are masked before they are cut."""
    known = secrets or KnownSecrets()
    shown = list(members.items())[:MAX_NAMES]
    return tuple(Parameter.of(known.masked(name), value) for name, value in shown)


def bare(url: str) -> str:
    """Return a URL without what can hold a secret."""
    return url.partition("#")[0].partition("?")[0]


def since(started: float) -> int:
    """Return the milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000)


def _request_hop(step: int, request: requests.PreparedRequest, secrets: KnownSecrets) -> Hop:
    """Return a request. A secret in its address may itself have a question mark or a hash."""
    url = bare(secrets.masked(request.url or ""))
    sent = parameters(parameters_of_request(request), secrets)
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


def _answering(step: int) -> int:
    """Return the step of an answer: that to the access token request is a step of its own."""
    return 6 if step == 5 else step


def _authorization(value: str) -> Parameter:
    scheme, _, credentials = value.partition(" ")
    if scheme not in SCHEMES:
        return Parameter("Authorization", redacted("Authorization", value))
    return Parameter("Authorization", f"{scheme}, {redacted('Authorization', credentials)}")


def _answer_hop(step: int, response: requests.Response | None, milliseconds: int) -> Hop:
    """Return an answer, which may not have come."""
    hop = Hop(step, Party.PROVIDER, Party.SIGNET, milliseconds=milliseconds)
    if response is None:
        return hop
    retry_after = seconds_to_wait(response.headers.get("Retry-After", ""))
    return hop._replace(status=response.status_code, retry_after=retry_after)
