"""A sign-in in progress lives in the visitor's browser: one sealed cookie for each attempt.

No row is written before the visitor has come back.
"""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from attempts.models import Process
from protocol.errors import AuthorizationResponseError, ErrorCode
from protocol.flow import Attempt, Demand
from providers.models import Provider
from sessions.session_request import SessionRequest
from web.cookies import SIGN_IN, cookie_name, cookies_under, delete_cookie
from web.redirects import HOME
from web.sealed_cookies import SealedCookie

LIFETIME = 600  # seconds between the redirect and the callback
KEPT = 3600  # seconds that the cookie lives; a visitor who was too slow can read the reason
MAX_AT_ONCE = 5  # attempts of one browser; a sixth replaces the oldest
MAX_REMEMBERED = 256  # bytes of `next` kept after an attempt has ended, for the back button
MAX_BYTES = 2400  # of all these cookies: five with an ordinary `next`, fewer with long ones
NAME = re.compile(SIGN_IN + "[A-Za-z0-9_-]{8}")  # the first characters of a state
PURPOSE = "sign-in in progress, packed texts"
USUAL = (
    b'/account/connections/{"provider":"","process":"sign_in","started_at":1,"bound_to":"",'
    b'"demand":"account","attempt":{"state":"","nonce":"","code_verifier":""}}'
)
SEALED = SealedCookie(PURPOSE, USUAL)
USED = "state-used:"  # key in the cache, before the hash of a state


@dataclass(frozen=True)
class Progress:
    """What the callback has to know."""

    attempt: Attempt
    provider: str  # the row's id: a provider that is removed and added again is another one
    next: str
    process: Process
    started_at: float  # NumericDate
    # `sid` of the only session that can finish it, "" for any; for a sign-in again, the key of the
    # person; for somebody who moves to a new account, the key of the admin's link
    bound_to: str = ""

    @property
    def cookie(self) -> str:
        return SIGN_IN + self.attempt.state[:8]


def keep_progress(request: HttpRequest, response: HttpResponse, progress: Progress) -> None:
    """Set the cookie. If there are too many, delete those that cannot be read and the oldest."""
    attempt = {name: value for name, value in vars(progress.attempt).items() if value}
    members = {name: value for name, value in vars(progress).items() if value and name != "next"}
    text = json.dumps(members | {"attempt": attempt}, separators=(",", ":"))
    SEALED.set(response, progress.cookie, text, progress.next, max_age=KEPT)
    name = cookie_name(progress.cookie)
    for old in _too_many(request, len(f"{name}={response.cookies[name].value}")):
        delete_cookie(response, old)


def _too_many(request: HttpRequest, size: int) -> list[str]:
    """Return the names of the oldest cookies that leave no room for one more of this size."""
    started = {each.cookie: each.started_at for each in _attempts(request).values()}
    given = cookies_under(request, SIGN_IN)
    sizes = {name.removeprefix(cookie_name("")): len(f"{name}={value}") for name, value in given}
    # Other names are not ours.
    names = sorted(filter(NAME.fullmatch, sizes), key=lambda name: started.get(name, 0))
    gone, room = [], MAX_BYTES - size
    while names and (len(names) >= MAX_AT_ONCE or sum(sizes[each] for each in names) > room):
        gone.append(names.pop(0))
    return gone


def take_progress(request: HttpRequest, state: str, provider: Provider, now: float) -> Progress:
    """Return the progress with this `state`: once, for this browser and provider.

    Raises `AuthorizationResponseError` if it is unknown here, too old, used, or of another session.
    """
    progress = _attempts(request, SIGN_IN + state[:8]).get(state)
    if progress is None or progress.provider != str(provider.pk):
        raise AuthorizationResponseError(ErrorCode.STATE_UNKNOWN)
    if not provider.enabled and progress.process != Process.DRY_RUN:
        raise AuthorizationResponseError(ErrorCode.STATE_UNKNOWN, "the provider is switched off")
    token = cast("SessionRequest", request).session_token
    sid = "" if progress.process in (Process.MOVE, Process.SIGN_IN) else progress.bound_to
    if sid and (token is None or token.sid != sid):
        is_connection = progress.process in (Process.CONNECT, Process.MERGE)
        code = ErrorCode.SESSION_ENDED if is_connection else ErrorCode.STATE_UNKNOWN
        raise AuthorizationResponseError(code, "it began in another session")
    if progress.started_at < now - LIFETIME:
        raise AuthorizationResponseError(ErrorCode.STATE_EXPIRED)
    next_ = progress.next if len(progress.next) <= MAX_REMEMBERED else HOME
    if not cache.add(USED + sha256(state.encode()).hexdigest(), next_, LIFETIME):
        raise AuthorizationResponseError(ErrorCode.STATE_USED)
    return progress


def where_it_went(state: str) -> str:
    """Return the `next` of the attempt that used this state, as long as that is known."""
    return cache.get(USED + sha256(state.encode()).hexdigest()) or HOME


def is_tried(request: HttpRequest, provider: Provider) -> bool:
    """Tell whether a dry run of this provider is in progress in this browser."""
    return any(
        each.process == Process.DRY_RUN and each.provider == str(provider.pk)
        for each in _attempts(request).values()
    )


def next_of(request: HttpRequest) -> str:
    """Return the `next` of the attempt with this request's `state`, "" for none."""
    progress = progress_of(request)
    return progress.next if progress else ""


def progress_of(request: HttpRequest) -> Progress | None:
    """Return the attempt of this browser with this request's `state`; it is not checked further."""
    state = request.GET.get("state", "")
    return _attempts(request, SIGN_IN + state[:8]).get(state)


def _attempts(request: HttpRequest, prefix: str = SIGN_IN) -> dict[str, Progress]:
    """Return the attempts of this browser by `state`: of cookies whose name starts so."""
    attempts = {}
    for text, next_ in SEALED.texts_in(request, prefix):
        members = json.loads(text)
        demand = Demand(members["attempt"].pop("demand", ""))
        attempt = Attempt(**members["attempt"], demand=demand)
        typed = {"attempt": attempt, "process": Process(members["process"]), "next": next_}
        attempts[attempt.state] = Progress(**members | typed)
    return attempts
