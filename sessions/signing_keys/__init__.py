"""The keys that sign our tokens, from the day they are published to the day they are gone.

    upcoming -> signing -> retired -> gone        or revoked, from anywhere but gone

Session JWTs and ID tokens have keys of their own, each with such a life. The first key for ID
tokens is made when an app needs it.

What a key does now follows from its row and the clock (`life`). So all processes change over
together without talking to each other. docs/signing-keys.md explains it to admins.
"""
