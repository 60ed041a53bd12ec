"""What an OpenID Provider signs: the ID token of step 6, and sometimes the userinfo of step 7.

Is it for us, for this attempt, and from the issuer?
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from protocol.absent_values import ID_TOKEN, ID_TOKEN_HEADER, USERINFO, told
from protocol.errors import ErrorCode, IdTokenError, ProfileError
from protocol.jwks import PUBLIC_KEY_ALGORITHMS, ProviderKey
from protocol.jws import InvalidSignatureError, base64url, read
from protocol.jws.strict_json import MalformedError
from protocol.limits import SUB, TOKEN_RESPONSE

CLOCK_SKEW = 60  # seconds
MAX_AGE = 600  # seconds since `iat`: as long as a sign-in may take
ALGORITHMS_OF_NO_KEY = {"none": "the ID token is not signed"} | dict.fromkeys(
    ("HS256", "HS384", "HS512"), "the ID token is signed with a shared secret"
)
NUMERIC_DATE = {int, float}  # RFC 7519 §2
GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TENANT = "{tenantid}"
KeysFor = Callable[[Mapping[str, Any]], Iterable[ProviderKey]]
JWT = "application/jwt"  # the media type of a signed userinfo response
HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


@dataclass(frozen=True)
class Expected:
    """What the token must say to be for this attempt.

    `may_lack_nonce` is for LinkedIn, whose tokens have none. `issuer_has_tenant` is for Microsoft:
    its `iss` has the tenant of `tid` in place of `{tenantid}`.
    """

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    may_lack_nonce: bool = False
    issuer_has_tenant: bool = False
    max_age: int | None = None  # seconds, as the authorization request had it; None without


def validate_id_token(
    id_token: str, expected: Expected, keys_for: KeysFor, now: float
) -> dict[str, Any]:
    """Return the claims of an ID token that passes all of OpenID Connect Core §3.1.3.7.

    The signature is always verified, although the token came from the provider over TLS. `keys_for`
    gives the provider's keys for a header, which are tried in turn. `now` is a NumericDate.
    """
    if not id_token:
        raise IdTokenError(ErrorCode.ID_TOKEN_MISSING)
    header, payload, key = verified(id_token, keys_for)
    claims = told(ID_TOKEN, payload)
    _check_parties(claims, key, expected)
    _check_times(claims, now)
    if expected.max_age is not None:
        _check_auth_time(claims, expected.max_age, now)
    _check_attempt(claims, expected, str(header["alg"]))
    sub = claims.get("sub")  # §2
    if not isinstance(sub, str) or not sub or not sub.isprintable():
        raise IdTokenError(ErrorCode.SUBJECT_INVALID, "sub is no text that can be printed")
    if len(sub) > SUB:
        raise IdTokenError(ErrorCode.SUBJECT_INVALID, f"sub has more than {SUB} characters")
    return claims


def verified(token: str, keys_for: KeysFor) -> tuple[dict[str, Any], dict[str, Any], ProviderKey]:
    """Verify a token; return its header, its payload and its key. Raises `IdTokenError`."""
    try:
        signed = read(token, TOKEN_RESPONSE)
        header = told(ID_TOKEN_HEADER, signed.header)
        algorithm = header.get("alg")
        if algorithm not in PUBLIC_KEY_ALGORITHMS:  # no key is looked for (RFC 8725 §3.1, §3.2)
            detail = ALGORITHMS_OF_NO_KEY.get(str(algorithm), "no published key verifies its alg")
            raise IdTokenError(ErrorCode.SIGNATURE_INVALID, detail)
        code = ErrorCode.SIGNING_KEY_UNKNOWN
        for key in keys_for(header):
            code = ErrorCode.SIGNATURE_INVALID
            with suppress(InvalidSignatureError):
                return header, signed.payload(key.key, key.algorithms), key
    except MalformedError as error:
        raise IdTokenError(ErrorCode.ID_TOKEN_MALFORMED, str(error)) from None
    raise IdTokenError(code)


def _check_parties(claims: dict[str, Any], key: ProviderKey, expected: Expected) -> None:
    """Check `iss` (item 2), that the key may sign for it, and `aud` and `azp` (items 3 to 5).

    Microsoft has one key set for all tenants, in which some keys are for one tenant alone
    (learn.microsoft.com, "Claims validation", 2026-11). The tenant of a token has to be a GUID. A
    token with several audiences needs no `azp`, because many servers leave it out.
    """
    issuer, issuer_of_key = expected.issuer, key.issuer
    tenant, aud = str(claims.get("tid")), claims.get("aud")
    if expected.issuer_has_tenant and GUID.fullmatch(tenant):
        issuer = issuer.replace(TENANT, tenant)
        issuer_of_key = issuer_of_key.replace(TENANT, tenant)
    if claims.get("iss") != issuer:
        raise IdTokenError(ErrorCode.ISSUER_MISMATCH, "iss of the ID token")
    if expected.issuer_has_tenant and issuer_of_key not in ("", issuer):
        raise IdTokenError(ErrorCode.ISSUER_MISMATCH, "issuer of the key")
    if expected.client_id not in (aud if isinstance(aud, list) else [aud]):
        raise IdTokenError(ErrorCode.AUDIENCE_MISMATCH, "aud")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise IdTokenError(ErrorCode.AUDIENCE_MISMATCH, "azp")


def _check_times(claims: dict[str, Any], now: float) -> None:
    """Check `exp`, `iat` and, where present, `nbf` (items 9 and 10), which are numbers."""
    exp, iat, nbf = claims.get("exp", ""), claims.get("iat", ""), claims.get("nbf", now)
    if not {type(exp), type(iat), type(nbf)} <= NUMERIC_DATE:
        raise IdTokenError(ErrorCode.ID_TOKEN_MALFORMED, "exp, iat or nbf is missing or no number")
    if exp <= now - CLOCK_SKEW or iat < now - MAX_AGE:
        raise IdTokenError(ErrorCode.ID_TOKEN_EXPIRED)
    if max(iat, nbf) > now + CLOCK_SKEW:
        raise IdTokenError(ErrorCode.CLOCK_SKEW)


def _check_auth_time(claims: dict[str, Any], max_age: int, now: float) -> None:
    """Check that the provider has asked the visitor within `max_age` (item 13).

    A token for a request with `max_age` must have `auth_time` (§3.1.2.1, §2). So we notice if
    somebody took `max_age` out of the address on the way.
    """
    auth_time = claims.get("auth_time", 0)
    if type(auth_time) not in NUMERIC_DATE:
        raise IdTokenError(ErrorCode.ID_TOKEN_MALFORMED, "auth_time is not a number")
    if auth_time <= 0:  # servers that do not know it send 1970
        raise IdTokenError(ErrorCode.NOT_ASKED_AGAIN, "auth_time is missing")
    if auth_time > now + CLOCK_SKEW:
        raise IdTokenError(ErrorCode.CLOCK_SKEW, "auth_time")
    if auth_time < now - max_age - CLOCK_SKEW:
        raise IdTokenError(ErrorCode.NOT_ASKED_AGAIN, "auth_time is before max_age")


def _check_attempt(claims: dict[str, Any], expected: Expected, algorithm: str) -> None:
    """Check that the token is of this attempt: `nonce` (item 11) and, where present, `at_hash`.

    Where `nonce` may be missing, one that is there still has to be ours. `at_hash` is the left half
    of the access token's hash (§3.1.3.8). EdDSA with Ed25519 hashes with SHA-512, as its signature
    does (RFC 8032 §5.1).
    """
    nonce = claims.get("nonce")
    if nonce is None and expected.may_lack_nonce:
        nonce = expected.nonce
    sent = str(nonce).encode(errors="replace")
    if not isinstance(nonce, str) or not hmac.compare_digest(sent, expected.nonce.encode()):
        raise IdTokenError(ErrorCode.NONCE_MISMATCH)
    digest = HASHES.get(algorithm[-3:], hashlib.sha512)(expected.access_token.encode()).digest()
    left_half = base64url.encode(digest[: len(digest) // 2])
    if claims.get("at_hash", left_half) != left_half:
        raise IdTokenError(ErrorCode.AT_HASH_MISMATCH)


def signed_userinfo(
    body: bytes, issuer: str, client_id: str, keys_for: KeysFor, now: float
) -> dict[str, Any]:
    """Return the claims of a signed userinfo response (OpenID Connect Core §5.3.2).

    `iss`, `aud`, `exp` and `nbf` may be absent; one that is there has to be right. The caller
    compares `sub` (§5.3.4). Raises `ProfileError`.
    """
    token = body.decode("ascii", "replace").strip()
    if token.count(".") == 4:
        raise ProfileError(ErrorCode.PROFILE_MALFORMED, "the signed userinfo is encrypted")
    try:
        _, payload, _ = verified(token, keys_for)
    except IdTokenError as error:
        detail = f"the signed userinfo fails: {error}"
        raise ProfileError(ErrorCode.PROFILE_MALFORMED, detail) from None
    claims = told(USERINFO, payload)
    aud, exp, nbf = claims.get("aud", client_id), claims.get("exp", now), claims.get("nbf", now)
    is_right = {
        "iss": claims.get("iss", issuer) == issuer,
        "aud": client_id in (aud if isinstance(aud, list) else [aud]),
        "exp": type(exp) in NUMERIC_DATE and exp > now - CLOCK_SKEW,
        "nbf": type(nbf) in NUMERIC_DATE and nbf <= now + CLOCK_SKEW,
    }
    if wrong := [name for name, is_so in is_right.items() if not is_so]:
        detail = f"the signed userinfo has a wrong {wrong[0]}"
        raise ProfileError(ErrorCode.PROFILE_MALFORMED, detail)
    return payload
