"""The messages of a sign-in as a row keeps them: short lists, and no secret in them."""

from collections.abc import Iterable
from typing import Any

from oauth_client.trace import Hop, Parameter, Party

FIRST_STEP = 3  # what comes before is the same every time
PARTIES = tuple(Party)


def as_json(hops: Iterable[Hop]) -> list[list[Any]]:
    """Return what `from_json` makes hops of again."""
    return [
        [
            hop.step,
            PARTIES.index(hop.source),
            PARTIES.index(hop.target),
            hop.method,
            hop.url,
            hop.status,
            [[each.name, each.value] for each in hop.parameters],
            hop.milliseconds,
            hop.error,
            hop.provider_error,
        ]
        for hop in hops
        if hop.step >= FIRST_STEP
    ]


def from_json(kept: Iterable[list[Any]]) -> tuple[Hop, ...]:
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
        ) in kept
    )
