"""What an examination finds."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from diagnosis.advice import advice_on
from diagnosis.decide import Facts, diagnose
from protocol.errors import ErrorCode, SignInError
from providers.models import Provider


class Outcome(StrEnum):
    """How a check ends. What nobody can tell is unknown, and never counts as good."""

    OK = "ok"
    PROBLEM = "problem"
    WARNING = "warning"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing that was found: the cause in plain words, the fix, and the exact value to paste.

    Never a secret, and of an answer nothing but its status and error codes that are on our lists.
    """

    outcome: Outcome
    cause: str
    fix: str = ""
    value: str = ""
    check: str = ""  # its title, and how long the check took: whoever runs it fills them in
    milliseconds: int = 0


Findings = Iterator[Finding]
# These codes say something of a moment, and nothing of the provider's settings.
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
    """Return the problem that ends a sign-in with this diagnosis, in the words of its entry."""
    advice = advice_on(code, provider)
    cause = f"{advice.cause} ({detail})" if detail else advice.cause
    return problem(cause, advice.fix, advice.value)


def no_answer(provider: Provider, error: SignInError) -> Finding:
    """Say why there was no answer. `detail` holds a host, a status or OpenSSL's reason."""
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
        """Say in a sentence how the provider is."""
        names = {Outcome.PROBLEM: "problem", Outcome.WARNING: "warning"}
        parts = [_counted(self.count(each), name) for each, name in names.items()]
        unknown = self.count(Outcome.UNKNOWN)
        parts.append(f"{unknown} unknown, which is not the same as good" if unknown else "")
        return ", ".join(part for part in parts if part) or "everything that was checked is good"

    def as_json(self) -> dict[str, Any]:
        findings = [asdict(finding) for finding in self.findings]
        at = self.examined_at.isoformat(timespec="seconds")
        return {"outcome": str(self.outcome), "examined_at": at, "findings": findings}


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}" if count else ""
