"""A sign-in in progress lives in the visitor's browser: one sealed cookie for each attempt.

No row is written before the visitor has come back.
"""

import hashlib
import json
import re
import zlib
from dataclasses import dataclass
from typing import cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from attempts.models import Process
from encryption import SealBrokenError, seal, unseal
from protocol.errors import AuthorizationResponseError, ErrorCode
from protocol.flow import Attempt, Demand
from providers.models import Provider
from sessions.session_request import SessionRequest
from web.cookies import cookie_name, cookies_under, delete_cookie, set_cookie, values_of
from web.redirects import safe_next

LIFETIME = 600  # seconds between the redirect and the callback
KEPT = 3600  # seconds that the cookie lives; a visitor who was too slow can read the reason
MAX_AT_ONCE = 5  # attempts of one browser; a sixth replaces the oldest
MAX_REMEMBERED = 256  # bytes of `next` kept after an attempt has ended, for the back button
MAX_BYTES = 2400  # of all these cookies: five with an ordinary `next`, fewer with long ones
COOKIE = "signin-"
NAME = re.compile("[A-Za-z0-9_-]{8}")  # the first characters of a state
PURPOSE = "sign-in in progress, packed"
USUAL = (
    b'/account/connections/{"provider":"","process":"sign_in","started_at":1,"session":"",'
    b'"demand":"account","attempt":{"state":"","nonce":"","code_verifier":""}}'
)


@dataclass(frozen=True)
class Progress:
    """What the callback has to know."""

    attempt: Attempt
    provider: str  # the row's id: a provider that is removed and added again is another one
    next: str
    process: Process
    started_at: float  # NumericDate
    session: str = ""  # `sid` of the only session that can finish it, "" for any

    @property
    def cookie(self) -> str:
        return COOKIE + self.attempt.state[:8]


def keep_progress(request: HttpRequest, response: HttpResponse, progress: Progress) -> None:
    """Set the cookie. If there are too many, delete those that cannot be read and the oldest."""
    name = cookie_name(progress.cookie)
    sealed = seal(_packed(progress), purpose=PURPOSE, context=name)
    for given in _too_many(request, len(f"{name}={sealed}")):
        delete_cookie(response, given.removeprefix(cookie_name("")))
    set_cookie(response, progress.cookie, sealed, max_age=KEPT)


def _too_many(request: HttpRequest, size: int) -> list[str]:
    """Return the names of the oldest cookies that leave no room for one more of this size."""
    attempts = _all(request)
    names = sorted(attempts, key=lambda name: getattr(attempts[name], "started_at", 0))
    sizes = {name: len(f"{name}={value}") for name, value in cookies_under(request, COOKIE)}
    gone = []
    while names and (
        len(names) >= MAX_AT_ONCE or size + sum(sizes[name] for name in names) > MAX_BYTES
    ):
        gone.append(names.pop(0))
    return gone


def take_progress(request: HttpRequest, state: str, provider: Provider, now: float) -> Progress:
    """Return the progress with this `state`: once, for this browser and provider.

    Raises `AuthorizationResponseError` if it is unknown here, too old, used, or of another session.
    """
    progress = _with_state(request, state)
    if progress is None or progress.provider != str(provider.pk):
        raise AuthorizationResponseError(ErrorCode.STATE_UNKNOWN)
    if not provider.enabled and progress.process != Process.DRY_RUN:
        raise AuthorizationResponseError(ErrorCode.STATE_UNKNOWN, "the provider is switched off")
    token = cast("SessionRequest", request).session_token
    if progress.session and (token is None or token.sid != progress.session):
        is_connection = progress.process == Process.CONNECT
        code = ErrorCode.SESSION_ENDED if is_connection else ErrorCode.STATE_UNKNOWN
        raise AuthorizationResponseError(code, "it began in another session")
    if progress.started_at < now - LIFETIME:
        raise AuthorizationResponseError(ErrorCode.STATE_EXPIRED)
    next_ = progress.next if len(progress.next) <= MAX_REMEMBERED else safe_next(None)
    if not cache.add(_used(state), next_, LIFETIME):
        raise AuthorizationResponseError(ErrorCode.STATE_USED)
    return progress


def where_it_went(state: str) -> str:
    """Return the `next` of the attempt that used this state, as long as that is known."""
    return cache.get(_used(state)) or safe_next(None)


def _used(state: str) -> str:
    return f"state-used:{hashlib.sha256(state.encode()).hexdigest()}"


def is_tried(request: HttpRequest, provider: Provider) -> bool:
    """Tell whether a dry run of this provider is in progress in this browser."""
    return any(
        each and each.process == Process.DRY_RUN and each.provider == str(provider.pk)
        for each in _all(request).values()
    )


def next_of(request: HttpRequest) -> str:
    """Return the `next` of the attempt with this request's `state`, "" for none."""
    progress = _with_state(request, request.GET.get("state", ""))
    return progress.next if progress else ""


def drop_progress(response: HttpResponse, progress: Progress) -> None:
    """Delete the cookie of an attempt."""
    delete_cookie(response, progress.cookie)


def _with_state(request: HttpRequest, state: str) -> Progress | None:
    name = COOKIE + state[:8]
    opened = (_open(cookie_name(name), value) for value in values_of(request, name))
    return next((each for each in opened if each and each.attempt.state == state), None)


def _all(request: HttpRequest) -> dict[str, Progress | None]:
    """Return the attempts of this browser by cookie name, None for what cannot be opened.

    Of several cookies of one name, the first that opens counts. Other names are not ours.
    """
    attempts: dict[str, Progress | None] = {}
    for name, value in cookies_under(request, COOKIE):
        if NAME.fullmatch(name.removeprefix(cookie_name(COOKIE))):
            attempts[name] = attempts.get(name) or _open(name, value)
    return attempts


def _packed(progress: Progress) -> bytes:
    """Return the progress as bytes: its members, then `next`.

    Both parts are compressed separately, because an attacker may choose `next`. If they were
    compressed together, the length would reveal something about the secrets.
    """
    attempt = {name: value for name, value in vars(progress.attempt).items() if value}
    members = {name: value for name, value in vars(progress).items() if value and name != "next"}
    text = json.dumps(members | {"attempt": attempt}, separators=(",", ":"))
    head, next_ = (deflated(each, USUAL) for each in (text, progress.next))
    return len(head).to_bytes(2) + head + next_


def _open(name: str, sealed: str) -> Progress | None:
    try:
        packed = unseal(sealed, purpose=PURPOSE, context=name)
    except SealBrokenError:
        return None
    end = 2 + int.from_bytes(packed[:2])
    members = json.loads(inflated(packed[2:end], USUAL))
    demand = Demand(members["attempt"].pop("demand", ""))
    typed = {
        "next": inflated(packed[end:], USUAL),
        "attempt": Attempt(**members["attempt"], demand=demand),
        "process": Process(members["process"]),
    }
    return Progress(**members | typed)


def deflated(text: str, usual: bytes) -> bytes:
    """Compress a text (RFC 1951): all our cookies share 7 KB of a header.

    Pieces of `usual` take next to no room.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=usual)
    return packer.compress(text.encode()) + packer.flush()


def inflated(packed: bytes, usual: bytes) -> str:
    """Decompress what `deflated` returned. The cookie was sealed: nobody else made it."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=usual)
    return (unpacker.decompress(packed) + unpacker.flush()).decode()
