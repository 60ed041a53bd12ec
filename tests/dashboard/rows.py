"""Rows of sign-ins that have been."""

import json
from datetime import UTC, date, datetime, time
from typing import Any

from attempts.models import SignInAttempt, SignInCount

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def came_back(day: date = TODAY, diagnosis: str = "", number: int = 1, **fields: Any) -> None:
    """Keep that some sign-ins of a day came back, all with the same end."""
    fields = {
        "reference": "abcd-2345",
        "provider": "github",
        "process": "sign_in",
        "step": 8,
        "status": 200,
        "milliseconds": 300,
        "created_at": datetime.combine(day, time(11), UTC),
    } | fields
    fields["hops"] = json.dumps(fields.get("hops", []))
    SignInAttempt.objects.bulk_create(
        [SignInAttempt(diagnosis=diagnosis, **fields) for _ in range(number)]
    )


def counted(what: str, number: int, day: date = TODAY) -> None:
    SignInCount.objects.create(day=day, provider="github", what=what, number=number)


def heard(step: int, milliseconds: int | None) -> list[Any]:
    """Return an answer of the provider as a row keeps it."""
    return [step, 2, 1, "", "", 200, [], milliseconds, "", ""]
