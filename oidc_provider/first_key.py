"""The key that signs ID tokens is there, and published, before the first app asks for one."""

from django.utils.translation import gettext as _

from sessions.errors import SigningKeyUnreadableError
from sessions.signing_keys.keyring import ensure_signing_key
from sessions.signing_keys.models import SigningKey


def make_first_key() -> str:
    """Make the key if there is none, outside a transaction: this takes up to two seconds.

    Return what is wrong, "" for nothing.
    """
    try:
        ensure_signing_key(purpose=SigningKey.Purpose.ID_TOKEN)
    except SigningKeyUnreadableError:
        return _(
            "The signing keys can't be read, so nobody can sign in to apps. Check ENCRYPTION_KEYS."
        )
    return ""
