"""What a visitor is told when a sign-in fails: one sentence, a way on, and a reference.

The page's words travel for a minute in a sealed cookie, so that the address with the code in it is
left at once, and they are stored nowhere. The log has the step, the code and the cause.
"""

import json
import logging
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.errors import AccountError
from attempts.ended import Process
from audit.actor import Target
from audit.events import Action, Result
from audit.recording import note
from diagnosis import Diagnosis
from encryption import SealBrokenError, seal, unseal
from oauth_client.deflate import deflated, inflated
from outgoing.trace import recorder_now
from protocol.errors import SignInError
from web.cookies import cookie_name, cookies_under, set_cookie
from web.redirects import safe_next

logger = logging.getLogger(__name__)
COOKIE = "failed-signin"
LIFETIME = 60  # seconds
MAX_TEXT = 560  # bytes, of which sealing makes four for three
MAX_RULE = 240  # characters, where the text is longer
PURPOSE = "failed sign-in, packed"
USUAL = (
    b'{"reference":"","diagnosis":"state_unknown","provider":"","next":"/account/","email":"",'
    b'"used":[""],"rule":"","process":"sign_in"}'
)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32, and nothing that is misread aloud


@dataclass(frozen=True)
class Failure:
    """A sign-in that has failed, as its page needs it."""

    reference: str
    diagnosis: Diagnosis
    provider: str  # slug
    next: str
    email: str = ""  # of `email_in_use`: this visitor has just proven it
    used: tuple[str, ...] = ()  # of `email_in_use`: slugs that sign in to that account
    rule: str = ""  # of a refusal by the access rules: whom they let in
    process: Process = Process.SIGN_IN

    @classmethod
    def of(
        cls,
        error: SignInError,
        diagnosis: Diagnosis,
        provider: str,
        next_: str,
        process: Process | None = None,
    ) -> "Failure":
        """Return the failure of this error, with a new reference."""
        process = process or Process.SIGN_IN
        failure = cls(new_reference(), diagnosis, provider, next_, process=process)
        if not isinstance(error, AccountError):
            return failure
        return replace(failure, email=error.email, used=tuple(error.used), rule=error.rule)


def new_reference() -> str:
    """Return a reference to read aloud, such as `7F3K-Q2MD`: 40 bits."""
    letters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(8))
    return f"{letters[:4]}-{letters[4:]}"


def log(error: SignInError, failure: Failure) -> None:
    """Write what an operator needs, and nothing that could sign anybody in."""
    logger.warning(
        "sign-in failed: reference=%s provider=%s step=%d code=%s diagnosis=%s cause=%s",
        failure.reference,
        failure.provider,
        error.step,
        error.code,
        failure.diagnosis,
        recorder_now().masked(error.detail) or "-",
    )


def keep(response: HttpResponse, failure: Failure) -> None:
    """Send the failure along to its page, but for where to go on: that is in its address."""
    name = cookie_name(COOKIE)
    packed = deflated(_fitting_text(failure), USUAL)
    sealed = seal(packed, purpose=PURPOSE, context=name)
    set_cookie(response, COOKIE, sealed, max_age=LIFETIME)


def address_of(failure: Failure) -> str:
    """Return where the page of a failure is; a way on that is not the usual one goes with it."""
    address = reverse("sign_in_failed", args=[failure.reference])
    is_usual = failure.next == safe_next(None)
    return address if is_usual else f"{address}?{urlencode({'next': failure.next})}"


def next_of(request: HttpRequest, failure: Failure | None) -> str:
    """Return where a new try is to lead: judged anew, because anybody can make such an address."""
    asked = request.GET.get("next")
    return safe_next(asked) if asked or failure is None else failure.next


def _fitting_text(failure: Failure) -> str:
    """Leave out what would make the cookie too long: most of the words."""
    home = {"next": safe_next(None)}
    text = _text(asdict(failure) | home)
    if len(text) > MAX_TEXT:
        rule = failure.rule if len(failure.rule) <= MAX_RULE else failure.rule[:MAX_RULE] + "..."
        text = _text(asdict(failure) | home | {"used": failure.used[:1], "rule": rule})
    return text


def _text(members: dict[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":"))


def find(request: HttpRequest, reference: str) -> Failure | None:
    """Return the failure of that reference, None when this browser has it no more."""
    for name, value in cookies_under(request, COOKIE):
        try:
            packed = unseal(value, purpose=PURPOSE, context=name)
        except SealBrokenError:
            continue
        members = json.loads(inflated(packed, USUAL))
        if members["reference"] == reference:
            return _opened(members)
    return None


def _opened(members: dict[str, Any]) -> Failure:
    typed = {
        "diagnosis": Diagnosis(members["diagnosis"]),
        "used": tuple(members["used"]),
        "process": Process(members["process"]),
    }
    return Failure(**members | typed)


def audit_known(error: SignInError, failure: Failure) -> None:
    """Note in the audit log that somebody who is known here was refused, and no stranger."""
    if not isinstance(error, AccountError) or not (error.actor.id or error.email):
        return
    person = Target("person", error.actor.id, error.actor.label or error.email)
    note(
        Action.SIGN_IN_FAILED,
        error.actor,
        person,
        result=Result.REFUSED,
        reason=error.code,
        provider=failure.provider,
        reference=failure.reference,
    )
