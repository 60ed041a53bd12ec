"""What a visitor reads when a sign-in fails: what happened, what to do next, and a reference.

The visitor is redirected at once, because the first address has the code in it. A sealed cookie
holds the content of the page for a minute. It is not stored here. The log has step, code and cause.
"""

import json
import logging
import secrets
from dataclasses import asdict, dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.errors import AccountError
from attempts.models import Process
from audit.models import Action, Result, Target
from audit.recording import note
from protocol.errors import SignInError
from web.cookies import FAILED
from web.redirects import HOME
from web.sealed_cookies import SealedCookie

logger = logging.getLogger(__name__)
LIFETIME = 60  # seconds
MAX_TEXT = 560  # bytes; sealing adds a third
MAX_RULE = 240  # characters of the rule, if the text is longer than that
ENCODER = json.JSONEncoder(separators=(",", ":"))
USUAL = (
    b'{"reference":"","diagnosis":"state_unknown","provider":"","email":"",'
    b'"used":[""],"rule":"","process":"sign_in"}'
)
SEALED = SealedCookie("failed sign-in, packed without next", USUAL)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 characters that do not look alike


@dataclass(frozen=True)
class Failure:
    """A sign-in that has failed, as its page needs it."""

    reference: str
    diagnosis: str  # its code
    provider: str  # slug
    email: str = ""  # for `email_in_use`: this visitor has just proven it
    used: tuple[str, ...] = ()  # for `email_in_use`: slugs that sign in to that account
    rule: str = ""  # after a refusal by the access rules: whom they let in
    process: Process = Process.SIGN_IN

    @classmethod
    def of(
        cls, error: SignInError, diagnosis: str, provider: str, process: Process | None
    ) -> "Failure":
        """Return the failure of this error, with a new reference."""
        failure = cls(new_reference(), diagnosis, provider, process=process or Process.SIGN_IN)
        if isinstance(error, AccountError):
            used = tuple(error.used)
            failure = replace(failure, email=error.email, used=used, rule=error.rule)
        return failure


def new_reference() -> str:
    """Return a reference to read aloud, such as `7F3K-Q2MD`: 40 bits."""
    letters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(8))
    return f"{letters[:4]}-{letters[4:]}"


def log(error: SignInError, failure: Failure, cause: str) -> None:
    """Log what an operator needs, and nothing that could sign anybody in."""
    logger.warning(
        "sign-in failed: reference=%s provider=%s step=%d code=%s diagnosis=%s cause=%s",
        failure.reference,
        failure.provider,
        error.step,
        error.code,
        failure.diagnosis,
        cause or "-",
    )


def keep(response: HttpResponse, failure: Failure) -> None:
    """Send the failure to its page in a cookie, shortened if that would become too long."""
    text = ENCODER.encode(asdict(failure))
    if len(text) > MAX_TEXT:
        rule = failure.rule if len(failure.rule) <= MAX_RULE else failure.rule[:MAX_RULE] + "..."
        text = ENCODER.encode(asdict(replace(failure, used=failure.used[:1], rule=rule)))
    SEALED.set(response, FAILED, text, max_age=LIFETIME)


def address_of(failure: Failure, next_: str) -> str:
    """Return the address of a failure's page, with `next` unless that is the usual page."""
    address = reverse("sign_in_failed", args=[failure.reference])
    return address if next_ == HOME else f"{address}?{urlencode({'next': next_})}"


def find(request: HttpRequest, reference: str) -> Failure | None:
    """Return the failure of that reference, None if this browser does not have it any more."""
    for (text,) in SEALED.texts_in(request, FAILED):
        members = json.loads(text)
        if members["reference"] == reference:
            typed = {"used": tuple(members["used"]), "process": Process(members["process"])}
            return Failure(**members | typed)
    return None


def audit_known(error: SignInError, failure: Failure) -> None:
    """Note in the audit log that a known person was refused. Strangers are not noted."""
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
