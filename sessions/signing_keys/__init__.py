"""The keys that sign session JWTs, from the day they are published to the day they are gone.

    upcoming -> signing -> retired -> gone        or revoked, from anywhere but gone

What a key does now follows from its row and the clock (`life`). So all processes change over
together without talking to each other. docs/signing-keys.md explains it to admins.
"""
