"""What an examination finds."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.template.defaultfilters import pluralize

from diagnosis.advice import advice_on
from diagnosis.decide import Facts, diagnose
from protocol.errors import ErrorCode, SignInError
from providers.models import Examination, Provider


class Outcome(StrEnum):
    """How a check ends, the worst first. What cannot be checked is unknown, never good."""

    PROBLEM = "problem"
    WARNING = "warning"
    UNKNOWN = "unknown"
    OK = "ok"


@dataclass(frozen=True)
class Finding:
    """One result of a check: the cause in plain words, the fix, and the exact value to paste.

    It contains no secret. From a response, it has only the status and the error codes that we know.
    """

    outcome: Outcome
    cause: str
    fix: str = ""
    value: str = ""
    check: str = ""  # the title of the check; `examination` adds it, and how long the check took
    milliseconds: int = 0


Findings = Iterator[Finding]
ok = partial(Finding, Outcome.OK)
problem = partial(Finding, Outcome.PROBLEM)
warning = partial(Finding, Outcome.WARNING)
unknown = partial(Finding, Outcome.UNKNOWN)
# These failures pass, and say nothing about the provider's settings.
PASSING = (ErrorCode.PROVIDER_BUSY, ErrorCode.RATE_LIMITED, ErrorCode.PROVIDER_UNAVAILABLE)
METHOD_FIX = "Choose this for how the secret is sent, on the provider's page under More."
COUNTED = {
    Outcome.PROBLEM: "problem{s}",
    Outcome.WARNING: "warning{s}",
    Outcome.UNKNOWN: "check{s} couldn't be completed",
}


def diagnosed(provider: Provider, code: str, detail: str = "") -> Finding:
    """Return a problem with the cause and the fix from the entry of this diagnosis."""
    advice = advice_on(code, provider)
    cause = f"{advice.cause} ({detail})" if detail else advice.cause
    return problem(cause, advice.fix, advice.value)


def no_answer(provider: Provider, error: SignInError) -> Finding:
    """Say why there was no response. `detail` is a host, a status or OpenSSL's reason."""
    code = diagnose(Facts(error.code, error.step, provider.kind)).code
    found = diagnosed(provider, code, error.detail)
    if error.code in PASSING:
        return replace(found, outcome=Outcome.UNKNOWN, fix="Check again in a few minutes.")
    return found


@dataclass(frozen=True)
class Report:
    """All that one examination found, in the order of the sign-in."""

    findings: tuple[Finding, ...]
    examined_at: datetime

    @property
    def outcome(self) -> Outcome:
        """Return the outcome that matters most."""
        found = {finding.outcome for finding in self.findings}
        return next((outcome for outcome in Outcome if outcome in found), Outcome.OK)

    @property
    def summary(self) -> str:
        """Return the numbers of problems, warnings and unknowns in a sentence."""
        counts = Counter(finding.outcome for finding in self.findings)
        counted = [
            f"{number} {words.format(s=pluralize(number))}"
            for outcome, words in COUNTED.items()
            if (number := counts[outcome])
        ]
        return ", ".join(counted) or "everything that was checked is good"

    @property
    def concerns(self) -> tuple[Finding, ...]:
        """Return the findings that are not good, the worst first."""
        order = list(Outcome)
        found = [finding for finding in self.findings if finding.outcome is not Outcome.OK]
        return tuple(sorted(found, key=lambda finding: order.index(finding.outcome)))

    def as_json(self) -> dict[str, Any]:
        at = self.examined_at.isoformat(timespec="seconds")
        findings = asdict(self)["findings"]
        return {"outcome": self.outcome, "examined_at": at, "findings": findings}

    def keep(self, provider: Provider) -> None:
        """Keep it as the last report on this provider, which may be removed by now."""
        findings = json.dumps(asdict(self)["findings"])
        row = {"findings": findings, "examined_at": self.examined_at}
        with suppress(IntegrityError), transaction.atomic():
            Examination.objects.update_or_create(provider_id=provider.pk, defaults=row)


def last_report(provider: Provider) -> Report | None:
    """Return what the last check of this provider found, None if it was not checked."""
    row = Examination.objects.filter(provider=provider).first()
    return report_of(row) if row else None


def report_of(row: Examination) -> Report:
    findings = [
        Finding(**members | {"outcome": Outcome(members["outcome"])})
        for members in json.loads(row.findings)
    ]
    return Report(tuple(findings), row.examined_at)
