"""The messages of a sign-in as JSON, short and without secrets."""

import json
from collections.abc import Iterable

from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party

FIRST_STEP = 3  # what comes before is the same every time
KEPT = Hop._fields.index("hint")  # members of a message; those from the hint on have columns
ENCODER = json.JSONEncoder(separators=(",", ":"))


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
