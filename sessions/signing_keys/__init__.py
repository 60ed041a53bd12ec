"""The keys that sign session JWTs, from the day they are published to the day they are gone.

    upcoming -> signing -> retired -> gone        or revoked, from anywhere but gone

What a key does now follows from its row and the clock (`life`). So all processes change over
together without talking to each other. `rotation` saves the rows, `keyring` holds what one process
has loaded, `algorithms` makes keys, and `importing` takes in keys from elsewhere.
docs/signing-keys.md explains it to admins.
"""

from sessions.signing_keys.algorithms import generate
from sessions.signing_keys.keyring import (
    LoadedKey,
    ensure_signing_key,
    forget,
    has_signing_key,
    loaded,
    published,
    reload,
    verification_key,
)
from sessions.signing_keys.rotation import revoke, rotate, rotate_if_due, rotate_now_and_then

__all__ = [
    "LoadedKey",
    "ensure_signing_key",
    "forget",
    "generate",
    "has_signing_key",
    "loaded",
    "published",
    "reload",
    "revoke",
    "rotate",
    "rotate_if_due",
    "rotate_now_and_then",
    "verification_key",
]
