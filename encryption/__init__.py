"""What is encrypted, and how? Secrets in the database, and the progress of a sign-in in a cookie.

AES-256-GCM (NIST SP 800-38D) under `ENCRYPTION_KEYS`, which are not in the database. The first key
seals, each of them opens. Each `purpose` has a key of its own, derived by HKDF (RFC 5869). The
`context` is authenticated too, so that a sealed value works in no other row, column or cookie.
"""

import base64
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_LENGTH = 12  # bytes, NIST SP 800-38D §5.2.1.1


class SealBrokenError(ValueError):
    """The value was changed, moved or cut, or its key is not in ENCRYPTION_KEYS."""


def seal(plaintext: bytes, *, purpose: str, context: str) -> str:
    """Encrypt and authenticate `plaintext`; the result is base64url text without padding."""
    nonce = os.urandom(NONCE_LENGTH)
    cipher = _cipher(settings.ENCRYPTION_KEYS[0], purpose)
    sealed = nonce + cipher.encrypt(nonce, plaintext, context.encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(sealed: str, *, purpose: str, context: str, keys: Sequence[bytes] = ()) -> bytes:
    """Return the plaintext of a value that was sealed with this purpose and context.

    `keys` are ENCRYPTION_KEYS unless given. Raises `SealBrokenError` for every other input.
    """
    try:
        padded = sealed + "=" * (-len(sealed) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError:
        raise SealBrokenError("a sealed value is not base64url") from None
    nonce, ciphertext = raw[:NONCE_LENGTH], raw[NONCE_LENGTH:]
    for key in keys or settings.ENCRYPTION_KEYS:
        with suppress(InvalidTag, ValueError):
            return _cipher(key, purpose).decrypt(nonce, ciphertext, context.encode())
    raise SealBrokenError("a sealed value cannot be opened with ENCRYPTION_KEYS")


def reseal(sealed: str, *, purpose: str, context: str) -> str:
    """Return the value sealed with the first key: `sealed` itself if it is. Raises as `unseal`."""
    plaintext = unseal(sealed, purpose=purpose, context=context)
    try:
        unseal(sealed, purpose=purpose, context=context, keys=settings.ENCRYPTION_KEYS[:1])
    except SealBrokenError:
        return seal(plaintext, purpose=purpose, context=context)
    return sealed


@lru_cache(maxsize=64)
def _cipher(key: bytes, purpose: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(key))
