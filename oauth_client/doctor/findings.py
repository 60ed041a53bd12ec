"""What an examination finds."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.template.defaultfilters import pluralize

from diagnosis.advice import advice_on
from diagnosis.decide import Facts, diagnose
from protocol.errors import ErrorCode, SignInError
from providers.models import Provider


class Outcome(StrEnum):
    """How a check ends. What cannot be checked is unknown, and never counts as good."""

    OK = "ok"
    PROBLEM = "problem"
    WARNING = "warning"
    UNKNOWN = "unknown"


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
# These failures pass, and say nothing about the provider's settings.
PASSING = (ErrorCode.PROVIDER_BUSY, ErrorCode.RATE_LIMITED, ErrorCode.PROVIDER_UNAVAILABLE)


def ok(cause: str) -> Finding:
    return Finding(Outcome.OK, cause)


def problem(cause: str, fix: str, value: str = "") -> Finding:
    return Finding(Outcome.PROBLEM, cause, fix, value)


def warning(cause: str, fix: str, value: str = "") -> Finding:
    return Finding(Outcome.WARNING, cause, fix, value)


def unknown(cause: str, fix: str = "", value: str = "") -> Finding:
    return Finding(Outcome.UNKNOWN, cause, fix, value)


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

    def count(self, outcome: Outcome) -> int:
        return sum(finding.outcome is outcome for finding in self.findings)

    @property
    def outcome(self) -> Outcome:
        """Return the outcome that matters most."""
        order = (Outcome.PROBLEM, Outcome.WARNING, Outcome.UNKNOWN)
        return next((each for each in order if self.count(each)), Outcome.OK)

    @property
    def summary(self) -> str:
        """Return the numbers of problems, warnings and unknowns in a sentence."""
        problems, warnings = self.count(Outcome.PROBLEM), self.count(Outcome.WARNING)
        unknown = self.count(Outcome.UNKNOWN)
        parts = {
            f"{problems} problem{pluralize(problems)}": problems,
            f"{warnings} warning{pluralize(warnings)}": warnings,
            f"{unknown} unknown, which is not the same as good": unknown,
        }
        counted = ", ".join(part for part, number in parts.items() if number)
        return counted or "everything that was checked is good"

    def as_json(self) -> dict[str, Any]:
        findings = [asdict(finding) for finding in self.findings]
        at = self.examined_at.isoformat(timespec="seconds")
        return {"outcome": str(self.outcome), "examined_at": at, "findings": findings}
