"""What can have happened: closed lists. A value is in exports, and is never renamed."""

from django.db import models


class Action(models.TextChoices):
    """What was done."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    ADMIN_SIGNED_IN = "admin_signed_in", "signed in by password"
    ADMIN_SIGN_IN_FAILED = "admin_sign_in_failed", "sign in by password failed"
    ADMIN_SIGN_IN_LIMITED = "admin_sign_in_limited", "too many passwords"
    LINKED = "linked", "account linked"
    UNLINKED = "unlinked", "account unlinked"
    SESSIONS_ENDED = "sessions_ended"
    TOKENS_MADE = "tokens_made"
    REPLAYED = "refresh_token_replayed"
    REPLAY_READ = "replay_notice_read"
    KEY_PUBLISHED = "key_published"
    KEY_IMPORTED = "key_imported"
    KEY_REVOKED = "key_revoked"
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    ADMIN_GRANTED = "admin_granted", "made an admin"
    ADMIN_TAKEN = "admin_taken", "no longer an admin"


class Result(models.TextChoices):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"
