"""How much room a session JWT has for groups, so that its cookie stays under 3.5 KB."""

import json
import uuid
from collections.abc import Collection
from datetime import UTC, datetime

from protocol.jws import base64url
from sessions.models import Session, User
from sessions.session_tokens import NAME_BYTES, PICTURE_BYTES, TYPE, session_claims
from web.cookies import SESSION, cookie_name

ACCESS_COOKIE_BYTES = 3500  # name, equals sign and value; browsers drop cookies over 4096
SIGNATURE_BYTES = {"ES256": 64, "EdDSA": 64, "RS256": 384, "HS256": 32}  # RS256 of 3072 bits
KID_LENGTH = 43  # RFC 7638 thumbprint, base64url
SLUG_LENGTH = 50
EMAIL_LENGTH = 254
LATEST = datetime(2286, 1, 1, tzinfo=UTC)  # until then, a NumericDate has ten digits


def bytes_of(groups: Collection[str]) -> int:
    """Return how many bytes these groups add to the payload of a JWT without groups."""
    return _json_bytes({"groups": sorted(groups)}) - len("{}") + len(",") if groups else 0


def bytes_left_for_groups(algorithm: str | None = None) -> int:
    """Return how many bytes are left for groups if all other claims are as long as possible.

    The default is the smallest number for any algorithm, because another one may sign next week.
    """
    if algorithm is None:
        return min(map(bytes_left_for_groups, SIGNATURE_BYTES))
    header = {"alg": algorithm, "kid": "k" * KID_LENGTH, "typ": TYPE}
    taken = len(cookie_name(SESSION)) + len("=..")
    taken += _encoded(_json_bytes(header)) + _encoded(SIGNATURE_BYTES[algorithm])
    payload = (ACCESS_COOKIE_BYTES - taken) * 3 // 4
    return payload - _json_bytes(session_claims(longest_session(), longest_user(), 2**33))


def longest_user() -> User:
    """Return the person with the longest claims: quotes take two bytes each in JSON."""
    user = User(name='"' * NAME_BYTES, picture='"' * PICTURE_BYTES)
    user.verified_email = "e" * EMAIL_LENGTH
    return user


def longest_session() -> Session:
    """Return the session of a browser with the longest claims, without groups."""
    most = {"provider": "p" * SLUG_LENGTH, "generation": 2**31 - 1}
    return Session(id=uuid.UUID(int=0), auth_time=LATEST, expires_at=LATEST, **most)


def _json_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _encoded(size: int) -> int:
    return len(base64url.encode(bytes(size)))
