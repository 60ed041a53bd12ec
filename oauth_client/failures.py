"""What a visitor reads when a sign-in fails: what happened, what to do next, and a reference.

The visitor is redirected at once, because the first address has the code in it. A sealed cookie
holds the content of the page for an hour. It is not stored here. The log has step, code and cause.
Without the cookie, the row or the reference itself still says what has happened.
"""

import json
import logging
import time
from dataclasses import asdict, dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from access_rules.decision import Told
from accounts.errors import AccountError
from attempts.models import Process, SignInAttempt
from attempts.references import carried_by, carrying, new_reference
from audit.models import Action, Result, Target
from audit.recording import note
from protocol.errors import ErrorCode, SignInError
from providers.models import Provider
from web.cookies import FAILED
from web.redirects import home
from web.sealed_cookies import SealedCookie

logger = logging.getLogger(__name__)
LIFETIME = 3600  # seconds in which somebody may load the page again
MAX_TEXT = 560  # bytes; sealing adds a third
MAX_NAME = 36  # characters of the name of another person
MAX_VALUE = 50  # characters of the value of a rule, if the text is longer than that
ENCODER = json.JSONEncoder(separators=(",", ":"))
USUAL = (
    b'{"reference":"","diagnosis":"state_unknown","provider":"","email":"",'
    b'"used":[""],"rules":[["email_domain",""]],"process":"sign_in","other":"","other_key":""}'
)
SEALED = SealedCookie("failed sign-in, packed with rules", USUAL)


@dataclass(frozen=True)
class Failure:
    """A sign-in that has failed, as its page needs it."""

    reference: str
    diagnosis: str  # its code
    provider: str  # slug
    email: str = ""  # for `email_in_use`: this visitor has just proven it
    used: tuple[str, ...] = ()  # for `email_in_use`: slugs that sign in to that account
    rules: Told = ()  # after a refusal by the access rules: each reader gets their own words
    process: Process = Process.SIGN_IN
    other: str = ""  # for `another_person`: the name of whoever came back
    other_key: str = ""  # and their key, if they are known here

    @classmethod
    def of(
        cls, error: SignInError, diagnosis: str, provider: str, process: Process | None
    ) -> "Failure":
        """Return the failure of this error, with a new reference."""
        failure = cls(new_reference(), diagnosis, provider, process=process or Process.SIGN_IN)
        if isinstance(error, AccountError):
            used = tuple(error.used)
            failure = replace(failure, email=error.email, used=used, rules=error.rules)
            if error.code is ErrorCode.ANOTHER_PERSON and error.identity:
                other = error.identity.label[:MAX_NAME]
                failure = replace(failure, other=other, other_key=error.actor.id)
        return failure


def without_row(failure: Failure) -> Failure:
    """Return the failure under a reference that says by itself what has happened."""
    reference = carrying(failure.diagnosis, failure.provider, time.time())
    return replace(failure, reference=reference)


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
        rules = tuple((kind, Truncator(value).chars(MAX_VALUE)) for kind, value in failure.rules)
        other = failure.other[: MAX_NAME // 3]
        failure = replace(failure, used=failure.used[:1], rules=rules, other=other)
        text = ENCODER.encode(asdict(failure))
    SEALED.set(response, FAILED, text, max_age=LIFETIME)


def address_of(failure: Failure, next_: str) -> str:
    """Return the address of a failure's page, with `next` unless that is the usual page."""
    address = reverse("sign_in_failed", args=[failure.reference])
    return address if next_ == home() else f"{address}?{urlencode({'next': next_})}"


def find(request: HttpRequest, reference: str) -> Failure | None:
    """Return the failure of that reference: of this browser's cookie, of its row, or by itself.

    Return None if nothing knows the reference.
    """
    for (text,) in SEALED.texts_in(request, FAILED):
        members = json.loads(text)
        if members["reference"] == reference:
            typed = {
                "used": tuple(members["used"]),
                "rules": tuple((kind, value) for kind, value in members["rules"]),
                "process": Process(members["process"]),
            }
            return Failure(**members | typed)
    row = SignInAttempt.objects.filter(reference=reference).exclude(diagnosis="").first()
    if row:
        return _untold(reference, row.diagnosis, row.provider, Process(row.process))
    slugs = Provider.objects.values_list("slug", flat=True)
    carried = carried_by(reference, slugs, time.time())
    return _untold(reference, carried.diagnosis, carried.provider) if carried else None


def _untold(
    reference: str, diagnosis: str, provider: str, process: Process = Process.SIGN_IN
) -> Failure:
    """Return a failure without what only the cookie says about the visitor."""
    return Failure(reference, diagnosis, provider, _("this address"), process=process)


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
