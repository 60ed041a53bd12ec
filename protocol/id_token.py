"""What an OpenID Provider signs: the ID token of step 6, and sometimes the userinfo of step 7.

Is it for us, for this attempt, and from the issuer?
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.errors import ErrorCode, IdTokenError, ProfileError
from protocol.jwks import PUBLIC_KEY_ALGORITHMS, ProviderKey
from protocol.jws import InvalidSignatureError, MalformedTokenError, SignedToken, base64url, read
from protocol.limits import SUB, TOKEN_RESPONSE
from protocol.members import ID_TOKEN, ID_TOKEN_HEADER, USERINFO, told

CLOCK_SKEW = 60  # seconds
MAX_AGE = 600  # seconds since `iat`: as long as a sign-in may take
ALGORITHMS_OF_NO_KEY = {"none": "the ID token is not signed"} | dict.fromkeys(
    ("HS256", "HS384", "HS512"), "the ID token is signed with a shared secret"
)
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
    _check_issuer(claims, key, expected)
    _check_audience(claims, expected.client_id)
    _check_times(claims, now)
    _check_auth_time(claims, expected.max_age, now)
    _check_attempt(claims, expected)
    _check_access_token(claims, expected.access_token, str(header["alg"]))
    if problem := problem_of_sub(claims.get("sub")):
        raise IdTokenError(ErrorCode.SUBJECT_INVALID, problem)
    return claims


def problem_of_sub(sub: object) -> str:
    """Say what is wrong with a `sub` (OpenID Connect Core §2), "" for nothing."""
    if not isinstance(sub, str) or not sub:
        return "sub is no text, or empty"
    if len(sub) > SUB:
        return f"sub has more than {SUB} characters"
    return "" if sub.isprintable() else "sub has a character that cannot be printed"


def verified(token: str, keys_for: KeysFor) -> tuple[dict[str, Any], dict[str, Any], ProviderKey]:
    """Verify a token with the provider's keys; return its header, its payload and its key.

    Raises `IdTokenError`.
    """
    try:
        signed = read(token, TOKEN_RESPONSE)
        header = told(ID_TOKEN_HEADER, signed.header)
        algorithm = header.get("alg")
        if algorithm not in PUBLIC_KEY_ALGORITHMS:  # no key is looked for (RFC 8725 §3.1, §3.2)
            detail = ALGORITHMS_OF_NO_KEY.get(str(algorithm), "no published key verifies its alg")
            raise IdTokenError(ErrorCode.SIGNATURE_INVALID, detail)
        return header, *_payload(signed, keys_for(header))
    except MalformedTokenError as error:
        raise IdTokenError(ErrorCode.ID_TOKEN_MALFORMED, str(error)) from None


def _payload(
    signed: SignedToken, keys: Iterable[ProviderKey]
) -> tuple[dict[str, Any], ProviderKey]:
    """Return the payload, and the key that verifies it, the first of those that can."""
    code = ErrorCode.SIGNING_KEY_UNKNOWN
    for key in keys:
        try:
            return signed.payload(key.key, key.algorithms), key
        except InvalidSignatureError:
            code = ErrorCode.SIGNATURE_INVALID
    raise IdTokenError(code)


def _check_issuer(claims: dict[str, Any], key: ProviderKey, expected: Expected) -> None:
    """Check `iss` (item 2), and that the key may sign for it.

    Microsoft has one key set for all tenants, in which some keys are for one tenant alone
    (learn.microsoft.com, "Claims validation", 2026-11). The tenant of a token has to be a GUID.
    """
    issuer, issuer_of_key = expected.issuer, key.issuer
    tenant = str(claims.get("tid"))
    if expected.issuer_has_tenant and GUID.fullmatch(tenant):
        issuer, issuer_of_key = (
            issuer.replace(TENANT, tenant),
            issuer_of_key.replace(TENANT, tenant),
        )
    if claims.get("iss") != issuer:
        raise IdTokenError(ErrorCode.ISSUER_MISMATCH, "iss of the ID token")
    if expected.issuer_has_tenant and issuer_of_key not in ("", issuer):
        raise IdTokenError(ErrorCode.ISSUER_MISMATCH, "issuer of the key")


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    """Check `aud` and `azp` (items 3 to 5).

    A token with several audiences needs no `azp`, because many servers leave it out. An `azp` that
    is there has to be ours.
    """
    aud = claims.get("aud")
    if client_id not in (aud if isinstance(aud, list) else [aud]):
        raise IdTokenError(ErrorCode.AUDIENCE_MISMATCH, "aud")
    if claims.get("azp", client_id) != client_id:
        raise IdTokenError(ErrorCode.AUDIENCE_MISMATCH, "azp")


def _check_times(claims: dict[str, Any], now: float) -> None:
    """Check `exp`, `iat` and, where present, `nbf` (items 9 and 10)."""
    exp, iat, nbf = (_time(claims, name) for name in ("exp", "iat", "nbf"))
    if exp is None or iat is None:
        raise IdTokenError(ErrorCode.ID_TOKEN_MALFORMED, "exp or iat is missing")
    if exp <= now - CLOCK_SKEW or iat < now - MAX_AGE:
        raise IdTokenError(ErrorCode.ID_TOKEN_EXPIRED)
    if iat > now + CLOCK_SKEW or (nbf is not None and nbf > now + CLOCK_SKEW):
        raise IdTokenError(ErrorCode.CLOCK_SKEW)


def _check_auth_time(claims: dict[str, Any], max_age: int | None, now: float) -> None:
    """Check that the provider has asked the visitor within `max_age` (item 13).

    A token for a request with `max_age` must have `auth_time` (§3.1.2.1, §2). So we notice if
    somebody took `max_age` out of the address on the way.
    """
    if max_age is None:
        return
    auth_time = _time(claims, "auth_time")
    if auth_time is None or auth_time <= 0:  # servers that do not know it send 1970
        raise IdTokenError(ErrorCode.NOT_ASKED_AGAIN, "auth_time is missing")
    if auth_time > now + CLOCK_SKEW:
        raise IdTokenError(ErrorCode.CLOCK_SKEW, "auth_time")
    if auth_time < now - max_age - CLOCK_SKEW:
        raise IdTokenError(ErrorCode.NOT_ASKED_AGAIN, "auth_time is before max_age")


def _time(claims: dict[str, Any], name: str) -> float | None:
    """Return a NumericDate (RFC 7519 §2), None where it is absent."""
    value: float | None = claims.get(name)
    if value is not None and type(value) not in (int, float):
        raise IdTokenError(ErrorCode.ID_TOKEN_MALFORMED, f"{name} is not a number")
    return value


def _check_attempt(claims: dict[str, Any], expected: Expected) -> None:
    """Check `nonce` (item 11): a token of another attempt is refused.

    Where it may be missing, a `nonce` that is there still has to be ours.
    """
    nonce = claims.get("nonce")
    if nonce is None and expected.may_lack_nonce:
        return
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode(errors="replace"), expected.nonce.encode()
    ):
        raise IdTokenError(ErrorCode.NONCE_MISMATCH)


def _check_access_token(claims: dict[str, Any], access_token: str, algorithm: str) -> None:
    """Check `at_hash` where it is present (§3.1.3.8): the left half of the token's hash.

    EdDSA with Ed25519 hashes with SHA-512, as its signature does (RFC 8032 §5.1).
    """
    if "at_hash" not in claims:
        return
    digest = HASHES.get(algorithm[-3:], hashlib.sha512)(access_token.encode()).digest()
    expected = base64url.encode(digest[: len(digest) // 2])
    if claims["at_hash"] != expected:
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
        "exp": type(exp) in (int, float) and exp > now - CLOCK_SKEW,
        "nbf": type(nbf) in (int, float) and nbf <= now + CLOCK_SKEW,
    }
    if wrong := [name for name, is_so in is_right.items() if not is_so]:
        detail = f"the signed userinfo has a wrong {wrong[0]}"
        raise ProfileError(ErrorCode.PROFILE_MALFORMED, detail)
    return payload
