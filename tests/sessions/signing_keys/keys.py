"""Keys at any point of their lives."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sessions.models import SigningKey
from sessions.signing_keys import algorithms

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
State = SigningKey.State
ALGORITHMS = ("ES256", "EdDSA", "RS256", "HS256")


def key(state: State, algorithm: str = "ES256", **times: Any) -> SigningKey:
    """Return a key that is not saved; it was published and signs from NOW unless `times` say."""
    made = new_key(algorithm)
    made.state = state
    made.created_at = made.signs_from = NOW
    for name, value in times.items():
        setattr(made, name, value)
    return made


def new_key(algorithm: str) -> SigningKey:
    """Return a key that is not saved. RSA takes a third of a second, so there is one such key."""
    if algorithm == "RS256":
        return algorithms.row_of(algorithm, _rsa_key())
    return algorithms.generate(algorithm)


@cache
def _rsa_key() -> Any:
    return algorithms.NEW_KEY["RS256"]()


def states() -> dict[str, str]:
    """Return the state of each key in the database."""
    return dict(SigningKey.objects.values_list("kid", "state"))
