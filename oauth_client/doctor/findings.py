"""What an examination finds.

A finding is kept in English, with its values apart. It is translated for whoever reads it.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext_noop as _

from diagnosis.advice import values_of
from diagnosis.decide import Facts, diagnose
from diagnosis.entries import DIAGNOSES, Advice, filled, on_page
from protocol.errors import ErrorCode, SignInError
from providers.models import Examination, Provider


class Outcome(StrEnum):
    """How a check ends, the worst first. What cannot be checked is unknown, never good."""

    PROBLEM = "problem"
    WARNING = "warning"
    UNKNOWN = "unknown"
    OK = "ok"

    @property
    def label(self) -> str:
        return str(LABELS[self])


LABELS = {
    Outcome.PROBLEM: gettext_lazy("Problem"),
    Outcome.WARNING: gettext_lazy("Warning"),
    Outcome.UNKNOWN: gettext_lazy("Not checked"),
    Outcome.OK: gettext_lazy("OK"),
}


@dataclass(frozen=True)
class Finding:
    """One result of a check: the cause, the fix, and the exact value to paste.

    The first two texts and the title are English, with the names of `values` in braces. `cause`,
    `fix` and `title` are what somebody reads. A finding contains no secret. From a response, it has
    only the status and the error codes that we know.
    """

    outcome: Outcome
    cause_text: str
    fix_text: str = ""
    value: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)
    detail: str = ""  # a host, a status or an error code, after the cause
    check: str = ""  # the title of the check; `examination` adds it, and how long the check took
    milliseconds: int = 0

    @property
    def cause(self) -> str:
        cause = filled(self.cause_text, self.values)
        return f"{cause} ({self.detail})" if self.detail else cause

    @property
    def fix(self) -> str:
        return filled(self.fix_text, self.values)

    @property
    def advice(self) -> Advice:
        """Return cause and fix as HTML, for a page."""
        cause, fix = on_page(self.cause_text, self.values), on_page(self.fix_text, self.values)
        if self.detail:
            cause = format_html("{} ({})", cause, self.detail)
        return Advice(cause, fix, self.value)

    @property
    def title(self) -> str:
        return gettext(self.check)

    def as_json(self) -> dict[str, Any]:
        """Return what a program reads."""
        texts = {"cause": self.cause, "fix": self.fix, "value": self.value, "check": self.check}
        return {"outcome": self.outcome, **texts, "milliseconds": self.milliseconds}


Findings = Iterator[Finding]
ok = partial(Finding, Outcome.OK)
problem = partial(Finding, Outcome.PROBLEM)
warning = partial(Finding, Outcome.WARNING)
unknown = partial(Finding, Outcome.UNKNOWN)
# These failures pass, and say nothing about the provider's settings.
PASSING = (ErrorCode.PROVIDER_BUSY, ErrorCode.RATE_LIMITED, ErrorCode.PROVIDER_UNAVAILABLE)
METHOD_FIX = _("On the provider's page under More, choose to send the secret like this:")
AGAIN_FIX = _("Check again in a few minutes.")
NOT_CHECKED = _("This can't be checked until the endpoints and the secret are known.")


def diagnosed(provider: Provider, code: str, detail: str = "") -> Finding:
    """Return a problem with the cause and the fix from the entry of this diagnosis."""
    advice, values = DIAGNOSES[code].advice, values_of(provider)
    value = advice.value.format(**values)
    return problem(advice.cause, advice.fix, value, values, detail)


def no_answer(provider: Provider, error: SignInError) -> Finding:
    """Say why there was no response. `detail` is a host, a status or OpenSSL's reason."""
    code = diagnose(Facts(error.code, error.step, provider.kind)).code
    found = diagnosed(provider, code, error.detail)
    if error.code in PASSING:
        return replace(found, outcome=Outcome.UNKNOWN, fix_text=AGAIN_FIX)
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
        """Return the numbers of problems, warnings and checks without a result."""
        counts = Counter(finding.outcome for finding in self.findings)
        problems, warnings, unknowns = (counts[each] for each in tuple(Outcome)[:3])
        counted = {
            ngettext("{count} problem", "{count} problems", problems): problems,
            ngettext("{count} warning", "{count} warnings", warnings): warnings,
            ngettext(
                "{count} check couldn't be completed",
                "{count} checks couldn't be completed",
                unknowns,
            ): unknowns,
        }
        parts = [text.format(count=count) for text, count in counted.items() if count]
        return ", ".join(parts) or gettext("No problems found")

    @property
    def concerns(self) -> tuple[Finding, ...]:
        """Return the findings that are not good, the worst first."""
        order = list(Outcome)
        found = [finding for finding in self.findings if finding.outcome is not Outcome.OK]
        return tuple(sorted(found, key=lambda finding: order.index(finding.outcome)))

    def as_json(self) -> dict[str, Any]:
        at = self.examined_at.isoformat(timespec="seconds")
        findings = [finding.as_json() for finding in self.findings]
        return {"outcome": self.outcome, "examined_at": at, "findings": findings}

    def as_text(self) -> str:
        """Return the findings as they are kept."""
        return json.dumps(asdict(self)["findings"])

    @classmethod
    def of_text(cls, text: str, examined_at: datetime) -> Self:
        findings = [
            Finding(**members | {"outcome": Outcome(members["outcome"])})
            for members in json.loads(text)
        ]
        return cls(tuple(findings), examined_at)

    def keep(self, provider: Provider) -> None:
        """Keep it as the last report on this provider, which may be removed by now."""
        row = {"findings": self.as_text(), "examined_at": self.examined_at}
        with suppress(IntegrityError), transaction.atomic():
            Examination.objects.update_or_create(provider_id=provider.pk, defaults=row)


def last_report(provider: Provider) -> Report | None:
    """Return what the last check of this provider found, None if it was not checked."""
    row = Examination.objects.filter(provider=provider).first()
    return report_of(row) if row else None


def report_of(row: Examination) -> Report:
    return Report.of_text(row.findings, row.examined_at)
