"""How many bytes may groups take in the cookie of the session JWT?"""

from collections.abc import Collection
from datetime import UTC, datetime

from protocol.jws import base64url
from sessions.models import Session, User
from sessions.session_tokens import NAME_BYTES, PICTURE_BYTES, TYPE, session_claims
from sessions.signing_keys.signing import COMPACT
from web import cookies

ACCESS_COOKIE_BYTES = 3430  # name, equals sign and value; browsers drop cookies over 4096
SIGNATURE_BYTES = 384  # of RS256 with 3072 bits, the longest that we make: the next key may be one
LATEST = datetime(2286, 1, 1, tzinfo=UTC)  # until then, a NumericDate has ten digits


def bytes_of(groups: Collection[str]) -> int:
    """Return how many bytes these groups add to the payload of a JWT without groups."""
    return _json_bytes({"groups": sorted(groups)}) - len("{}") + len(",") if groups else 0


def bytes_left_for_groups() -> int:
    """Return how many bytes are left for groups if all other claims are as long as possible."""
    header = {"alg": "RS256", "kid": "k" * 43, "typ": TYPE}  # an RFC 7638 thumbprint
    parts = (bytes(size) for size in (_json_bytes(header), SIGNATURE_BYTES))
    taken = len(cookies.cookie_name(cookies.SESSION)) + len("=..")
    taken += sum(len(base64url.encode(part)) for part in parts)
    payload = (ACCESS_COOKIE_BYTES - taken) * 3 // 4
    return payload - _json_bytes(session_claims(longest_session(), longest_user(), 2**33))


def longest_user() -> User:
    """Return the person with the longest claims: quotes take two bytes each in JSON."""
    user = User(name='"' * NAME_BYTES, picture='"' * PICTURE_BYTES)
    user.proven_addresses = ("e" * 254,)
    return user


def longest_session() -> Session:
    """Return the session of a browser with the longest claims, without groups."""
    return Session(provider="p" * 50, generation=2**31 - 1, auth_time=LATEST, expires_at=LATEST)


def _json_bytes(value: object) -> int:
    return len(COMPACT.encode(value).encode())
