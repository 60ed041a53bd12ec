"""The messages of a sign-in as a row keeps them: short lists, and no secret in them."""

import json
from collections.abc import Iterable

from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party

FIRST_STEP = 3  # what comes before is the same every time
PARTIES = tuple(Party)
NUMBERS = {party: number for number, party in enumerate(PARTIES)}
ENCODER = json.JSONEncoder(separators=(",", ":"))


def as_json(hops: Iterable[Hop]) -> str:
    """Return what `from_json` makes hops of again."""
    kept = [
        [
            hop.step,
            NUMBERS[hop.source],
            NUMBERS[hop.target],
            hop.method,
            hop.url,
            hop.status,
            hop.parameters,
            hop.milliseconds,
            hop.error,
            hop.provider_error,
        ]
        for hop in hops
        if hop.step >= FIRST_STEP
    ]
    return ENCODER.encode(kept)


def from_json(kept: str) -> tuple[Hop, ...]:
    return tuple(
        Hop(
            step,
            PARTIES[source],
            PARTIES[target],
            method,
            url,
            status,
            tuple(Parameter(name, value) for name, value in parameters),
            milliseconds,
            error,
            provider_error,
        )
        for (
            step,
            source,
            target,
            method,
            url,
            status,
            parameters,
            milliseconds,
            error,
            provider_error,
        ) in json.loads(kept)
    )
