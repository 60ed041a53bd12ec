"""The closed lists of actions and results. Exports contain the values, so none is ever renamed."""

from django.db import models


class Action(models.TextChoices):
    """What was done."""

    SIGNED_IN = "signed_in", "Signed in"
    SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
    SIGNED_OUT = "signed_out", "Signed out"
    ADMIN_SIGNED_IN = "admin_signed_in", "Signed in by password"
    ADMIN_SIGN_IN_FAILED = "admin_sign_in_failed", "Password refused"
    ADMIN_SIGN_IN_LIMITED = "admin_sign_in_limited", "Too many passwords"
    LINKED = "linked", "Account linked"
    UNLINKED = "unlinked", "Account unlinked"
    PROVIDER_TOKEN_REVOKED = "provider_token_revoked", "Provider's token revoked"
    SESSIONS_ENDED = "sessions_ended", "Sessions ended"
    TOKENS_MADE = "tokens_made", "Tokens made"
    REPLAYED = "refresh_token_replayed", "Refresh token used twice"
    REPLAY_READ = "replay_notice_read", "Notice of a replay read"
    WAYS_IN_READ = "ways_in_notice_read", "Notice of an account read"
    KEY_PUBLISHED = "key_published", "Key published"
    KEY_IMPORTED = "key_imported", "Key imported"
    KEY_REVOKED = "key_revoked", "Key revoked"
    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    REMOVED = "removed", "Removed"
    SUSPENDED = "suspended", "Suspended"
    REINSTATED = "reinstated", "Reinstated"
    ADMIN_GRANTED = "admin_granted", "Made an admin"
    ADMIN_TAKEN = "admin_taken", "No longer an admin"


class Result(models.TextChoices):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"
