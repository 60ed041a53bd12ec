"""What is kept of sign-ins: a row for each that came back, and numbers for the rest."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.identity import Identity
from diagnosis import in_words
from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party
from protocol.errors import SignInError

FIRST_STEP = 3  # what comes before is the same every time
KEPT = Hop._fields.index("hint")  # members of a message; those from the hint on have columns
ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class Process(StrEnum):
    """What the visitor is sent to the provider for. It never changes on the way."""

    SIGN_IN = "sign_in"
    CONNECT = "connect"  # one more way in for somebody who is signed in
    MOVE = "move"  # a new account for somebody who has lost theirs, by an admin's link
    MERGE = "merge"  # shows that somebody who is signed in is another person here, too
    DRY_RUN = "dry_run"  # an admin tries the provider, and no session starts


NO_SIGN_INS = (Process.DRY_RUN, Process.MERGE)  # are not counted: they start no session


@dataclass(frozen=True)
class Ended:
    """How a sign-in ended, under the reference that its visitor may know."""

    process: Process
    reference: str
    error: SignInError | None = None
    diagnosis: str = ""  # the code of an entry of diagnosis/failures.toml
    user_id: UUID | None = None  # who is signed in
    identity: Identity | None = None  # of a success; an `AccountError` has its own


FAILED = _("Failed: {reason}")
WORDS = {  # of each `Process`: what it is for, and how lists show a success and a failure
    "sign_in": (_("Sign in"), _("Signed in"), FAILED),
    "connect": (_("Connect an account"), _("Connected"), FAILED),
    "move": (_("Move to a new account"), _("Moved"), FAILED),
    "merge": (_("Confirm a second account"), _("Confirmed"), FAILED),
    "dry_run": (
        _("Test sign-in by an admin"),
        _("Test sign-in: successful"),
        _("Test sign-in failed: {reason}"),
    ),
}


class SignInAttempt(models.Model):
    """A sign-in that came back from the provider, with success or without.

    `hops` has names, lengths and times of what was sent: never a code, token, secret, state,
    cookie or body. `diagnosis` is empty for a success.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=9, db_index=True)
    created_at = models.DateTimeField(_("time"), default=timezone.now)
    provider = models.CharField(_("provider"), max_length=50)  # its slug; the row outlives it
    process = models.CharField(max_length=10)
    diagnosis = models.CharField(
        _("diagnosis"), max_length=40, blank=True
    )  # of diagnosis/failures.toml
    step = models.PositiveSmallIntegerField()  # the last one that was reached
    status = models.PositiveSmallIntegerField(
        _("HTTP status")
    )  # of the provider's last answer, or 0
    provider_error = models.CharField(_("provider's error"), max_length=60, blank=True)
    hint = models.CharField(_("provider's hint"), max_length=20, blank=True)
    retry_after = models.PositiveIntegerField(default=0)  # seconds
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_index=False,  # `attempt_person` begins with it
        related_name="attempts",
        verbose_name=_("person"),
    )
    address = models.CharField(_("IP address"), max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    # The domain of an address that the provider may not vouch for; see `Provider.may_vouch_for`.
    unvouched_domain = models.CharField(max_length=253, blank=True, default="", db_default="")
    # Why the provider's address was not taken: an `accounts.EmailProblem`.
    email_problem = models.CharField(max_length=20, blank=True, default="", db_default="")
    milliseconds = models.PositiveIntegerField()  # from the authorization response to our own
    hops = models.TextField(default="[]")  # see `as_json`

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            # Counting a day reads this index alone.
            models.Index(
                fields=["-created_at", "provider", "diagnosis", "process"], name="attempt_when"
            ),
            models.Index(fields=["provider", "-created_at"], name="attempt_provider"),
            models.Index(fields=["diagnosis", "-created_at"], name="attempt_diagnosis"),
            models.Index(fields=["user", "-created_at"], name="attempt_person"),
            models.Index(  # failures at a provider, without the successes
                fields=["provider", "diagnosis", "-created_at"],
                condition=~models.Q(diagnosis=""),
                name="attempt_failed",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def outcome(self) -> str:
        _purpose, done, failed = WORDS[self.process]
        return failed.format(reason=in_words(self.diagnosis)) if self.diagnosis else str(done)


class SignInDay(models.Model):
    """The sign-ins of a day (UTC) that is over, without dry runs.

    Each list in `counts` has a provider, a diagnosis and a number.
    """

    day = models.DateField(primary_key=True)
    counts = models.JSONField()

    def __str__(self) -> str:
        return str(self.day)


class SignInCount(models.Model):
    """How often an event without its own row happened at a provider on a day (UTC).

    `what` is "begun", "returned", "refused" for too many starts, the fault of a refused form, or a
    diagnosis. "refused" and faults have no provider. A diagnosis is that of a failure without a
    row: no sign-in was in progress, or the address had too many failures.
    """

    id: Any
    day = models.DateField()
    provider = models.CharField(max_length=50)
    what = models.CharField(max_length=40)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "provider", "what"], name="one_count_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider} {self.what}"


def as_json(hops: Iterable[Hop]) -> str:
    """Return the hops as JSON that `from_json` reads."""
    return ENCODER.encode([hop[:KEPT] for hop in hops if hop.step >= FIRST_STEP])


def from_json(kept: str) -> tuple[Hop, ...]:
    hops = [Hop(*members) for members in json.loads(kept)]
    return tuple(
        hop._replace(
            source=Party(hop.source),
            target=Party(hop.target),
            parameters=tuple(Parameter(*parameter) for parameter in hop.parameters),
        )
        for hop in hops
    )
