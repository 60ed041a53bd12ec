"""Keys at any point of their lives."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from sessions.signing_keys import algorithms
from sessions.signing_keys.models import SigningKey

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
Purpose = SigningKey.Purpose
State = SigningKey.State
ALGORITHMS = ("ES256", "EdDSA", "RS256", "HS256")


def key(state: State, algorithm: str = "ES256", **times: Any) -> SigningKey:
    """Return a key that is not saved; it was published and signs from NOW unless `times` say."""
    return _lived(new_key(algorithm), state, times)


def id_token_key(state: State, **times: Any) -> SigningKey:
    """Return such a key for ID tokens."""
    return _lived(algorithms.row_of("RS256", new_rsa_key(), Purpose.ID_TOKEN), state, times)


def _lived(made: SigningKey, state: State, times: dict[str, Any]) -> SigningKey:
    made.state = state
    made.created_at = made.signs_from = NOW
    for name, value in times.items():
        setattr(made, name, value)
    return made


def new_key(algorithm: str) -> SigningKey:
    """Return a key that is not saved. RSA takes half a second, so there is one such key."""
    if algorithm == "RS256":
        return algorithms.row_of(algorithm, _rsa_key())
    return algorithms.generate(algorithm)


@cache
def _rsa_key() -> Any:
    return algorithms.NEW_KEY["RS256"]()


def new_rsa_key() -> Any:
    """Return another RSA key each time. A short one takes less time."""
    return rsa.generate_private_key(65537, 2048)


def states() -> dict[str, str]:
    """Return the state of each key in the database."""
    return dict(SigningKey.objects.values_list("kid", "state"))
