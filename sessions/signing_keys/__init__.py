"""The keys that sign session JWTs, from the day they are published to the day they are gone.

    upcoming -> signing -> retired -> gone        or revoked, from anywhere but gone

What a key does at a moment follows from its row and the clock (`life`), so that all processes
change over together without talking to each other. `rotation` writes the rows down, `keyring` is
what one process has loaded, `algorithms` makes keys and `importing` takes them in.
docs/signing-keys.md tells it to admins.
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
