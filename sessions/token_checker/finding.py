"""What one check of a token has found."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check went. Unknown is what hangs on another check, or on a database that is gone."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One check, what it found, and the values that help to see why."""

    check: str
    outcome: Outcome
    sentence: str
    values: tuple[tuple[str, str], ...] = ()
