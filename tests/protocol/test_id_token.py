import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jwt
import pytest

from protocol.errors import SignInError
from protocol.id_token import Expected, validate_id_token
from protocol.jwks import KeySet, ProviderKey, usable_keys
from tests.protocol.signed import KEYS, NOW, OTHER_KEY, jwk_of, public_jwk, signed

EXPECTED = Expected("https://op.example", "client-1", nonce="the-nonce", access_token="at-1")
PUBLISHED = usable_keys({"keys": [jwk_of(algorithm) for algorithm in KEYS]})


def keys_for(header: Mapping[str, Any]) -> list[ProviderKey]:
    return KeySet(tuple(PUBLISHED)).fitting(header, 0.0)


def make(algorithm: str = "ES256", *, key: Any = None, header: Any = None, **changes: Any) -> str:
    claims = {
        "iss": "https://op.example",
        "aud": "client-1",
        "sub": "alice",
        "iat": NOW,
        "exp": NOW + 300,
        "nonce": "the-nonce",
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    headers = {"kid": algorithm} | (header or {})
    return jwt.encode(kept, key or KEYS[algorithm], algorithm, headers)


def unsigned(header: dict[str, Any], payload: bytes = b"{}", signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), payload, signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def at_hash(function: str) -> str:
    digest = hashlib.new(function, b"at-1").digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", KEYS)
def test_accepts_a_token_signed_with(algorithm: str) -> None:
    assert validate_id_token(make(algorithm), EXPECTED, keys_for, NOW)["sub"] == "alice"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["client-1"]},
        {"aud": ["client-1", "other"], "azp": "client-1"},
        {"aud": ["other", "client-1"]},
        {"azp": "client-1"},
        {"nbf": NOW + 59},
        {"iat": NOW + 59},
        {"exp": NOW - 59},
        {"iat": NOW - 599},
        {"iat": NOW + 0.5},
    ],
    ids=str,
)
def test_accepts_a_token_with(changes: dict[str, Any]) -> None:
    assert validate_id_token(make(**changes), EXPECTED, keys_for, NOW)["sub"] == "alice"


@pytest.mark.parametrize(
    ("algorithm", "function"), [("RS256", "sha256"), ("ES384", "sha384"), ("EdDSA", "sha512")]
)
def test_accepts_the_at_hash_of_its_algorithm(algorithm: str, function: str) -> None:
    token = make(algorithm, at_hash=at_hash(function))
    assert validate_id_token(token, EXPECTED, keys_for, NOW)["sub"] == "alice"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://op.example/"}, "issuer_mismatch"),
        ({"iss": None}, "issuer_mismatch"),
        ({"aud": "client-2"}, "audience_mismatch"),
        ({"aud": None}, "audience_mismatch"),
        ({"aud": []}, "audience_mismatch"),
        ({"aud": ["client-1", "other"], "azp": "other"}, "audience_mismatch"),
        ({"azp": "other"}, "audience_mismatch"),
        ({"exp": NOW - 60}, "id_token_expired"),
        ({"iat": NOW - 601}, "id_token_expired"),
        ({"exp": None}, "id_token_malformed"),
        ({"iat": None}, "id_token_malformed"),
        ({"exp": str(NOW + 300)}, "id_token_malformed"),
        ({"iat": True}, "id_token_malformed"),
        ({"nbf": "soon"}, "id_token_malformed"),
        ({"iat": NOW + 61}, "clock_skew"),
        ({"nbf": NOW + 61}, "clock_skew"),
        ({"nonce": None}, "nonce_mismatch"),
        ({"nonce": "another"}, "nonce_mismatch"),
        ({"nonce": "\ud800"}, "nonce_mismatch"),
        ({"nonce": ["the-nonce"]}, "nonce_mismatch"),
        ({"at_hash": "wrong"}, "at_hash_mismatch"),
        ({"at_hash": 7}, "at_hash_mismatch"),
        ({"sub": None}, "subject_invalid"),
        ({"sub": ""}, "subject_invalid"),
        ({"sub": "a\x00b"}, "subject_invalid"),
        ({"sub": "a" * 256}, "subject_invalid"),
        ({"azp": ""}, "audience_mismatch"),
        ({"azp": 0}, "audience_mismatch"),
        ({"at_hash": ""}, "at_hash_mismatch"),
        ({"nbf": ""}, "id_token_malformed"),
        ({"nonce": ""}, "nonce_mismatch"),
        ({"iss": ""}, "issuer_mismatch"),
        ({"aud": ""}, "audience_mismatch"),
        ({"exp": 0}, "id_token_expired"),
        ({"iat": 0}, "id_token_expired"),
    ],
    ids=str,
)
def test_refuses_a_token_with(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        validate_id_token(make(**changes), EXPECTED, keys_for, NOW)
    assert refusal.value.code == code


@pytest.mark.parametrize("name", ["at_hash", "azp", "nbf", "auth_time", "email", "name"])
def test_a_claim_that_is_null_is_absent(name: str) -> None:
    claims = validate_id_token(signed({"kid": "ES256"}, **{name: None}), EXPECTED, keys_for, NOW)
    assert name not in claims


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "exp", "iat", "nonce"])
@pytest.mark.parametrize("value", [None, "", 0, False, [], {}], ids=str)
def test_a_claim_that_says_who_it_is_is_never_absent_without_harm(name: str, value: object) -> None:
    with pytest.raises(SignInError):
        validate_id_token(signed({"kid": "ES256"}, **{name: value}), EXPECTED, keys_for, NOW)


@pytest.mark.parametrize(
    "header", [{"kid": None}, {"kid": ""}, {"kid": "ES256", "crit": None}], ids=str
)
def test_a_member_of_the_header_that_says_nothing_is_absent(header: dict[str, Any]) -> None:
    assert validate_id_token(signed(header), EXPECTED, keys_for, NOW)["sub"] == "alice"


def test_takes_a_sub_of_255_characters() -> None:
    """OpenID Connect Core §2."""
    assert validate_id_token(make(sub="a" * 255), EXPECTED, keys_for, NOW)["sub"] == "a" * 255


def test_says_of_a_sub_that_it_is_too_long() -> None:
    with pytest.raises(SignInError) as refusal:
        validate_id_token(make(sub="a" * 256), EXPECTED, keys_for, NOW)
    assert refusal.value.detail == "sub has more than 255 characters"


def test_reads_a_token_with_a_thousand_groups() -> None:
    groups = [f"00000000-0000-4000-8000-{number:012d}" for number in range(1000)]
    token = make(groups=groups)
    assert len(token) > 50_000
    assert validate_id_token(token, EXPECTED, keys_for, NOW)["groups"] == groups


def test_keys_are_tried_in_turn_until_one_has_signed() -> None:
    others = usable_keys({"keys": [jwk_of("ES384"), jwk_of("ES256")]})
    wrong = usable_keys({"keys": [public_jwk(OTHER_KEY)]})
    claims = validate_id_token(make(), EXPECTED, lambda _: [*wrong, *others], NOW)
    assert claims["sub"] == "alice"


@pytest.mark.parametrize("sub", [5, ["alice"], {"a": 1}, True])
def test_refuses_a_sub_that_is_no_string(sub: object) -> None:
    with pytest.raises(SignInError) as refusal:
        validate_id_token(signed({"kid": "ES256"}, sub=sub), EXPECTED, keys_for, NOW)
    assert refusal.value.code == "subject_invalid"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "id_token_missing"),
        ("a.b", "id_token_malformed"),
        ("a.b.c.d.e", "id_token_malformed"),
        ("é.b.c", "id_token_malformed"),
        ("a" * 300_000, "id_token_malformed"),
        (unsigned({"alg": "none"}), "signature_invalid"),
        (unsigned({"alg": "none", "kid": "ES256"}), "signature_invalid"),
        (unsigned({"alg": "HS256", "kid": "ES256"}), "signature_invalid"),
        (unsigned({"alg": "RS256", "kid": "ES256"}), "signing_key_unknown"),
        (unsigned({"kid": "ES256"}), "signature_invalid"),
        (unsigned({"alg": ["ES256"], "kid": "ES256"}), "signature_invalid"),
        (unsigned({"alg": "ES256", "kid": 7}), "signing_key_unknown"),
        (unsigned({"alg": "ES256", "kid": "ES256", "crit": ["b64"]}), "id_token_malformed"),
        (unsigned({"alg": "ES256", "kid": "ES256"}), "signature_invalid"),
        (unsigned({"alg": "ES256", "kid": "ES256"}, signature=b"\0" * 64), "signature_invalid"),
        (make(key=OTHER_KEY), "signature_invalid"),
        (make(key=OTHER_KEY, header={"jwk": jwk_of("ES256")}), "signature_invalid"),
        (make(header={"kid": "another"}), "signing_key_unknown"),
    ],
    ids=[
        "empty",
        "two",
        "five",
        "non-ascii",
        "long",
        "none",
        "none-with-kid",
        "HS256",
        "alg-of-another-type",
        "no-alg",
        "alg-list",
        "kid-number",
        "crit",
        "no-signature",
        "zero-signature",
        "another-key",
        "another-key-as-jwk",
        "another-kid",
    ],
)
def test_refuses_a_token_that_is_not_signed_by_the_provider(token: str, code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        validate_id_token(token, EXPECTED, keys_for, NOW)
    assert refusal.value.code == code


def test_the_client_secret_is_no_key() -> None:
    token = jwt.encode({"sub": "mallory"}, "s" * 32, "HS256", {"kid": "ES256"})
    with pytest.raises(SignInError) as refusal:
        validate_id_token(token, EXPECTED, keys_for, NOW)
    assert refusal.value.code == "signature_invalid"


@pytest.mark.parametrize(
    ("alg", "detail"),
    [
        ("none", "the ID token is not signed"),
        ("None", "no published key verifies its alg"),
        ("HS512", "the ID token is signed with a shared secret"),
        (None, "no published key verifies its alg"),
        (["ES256"], "no published key verifies its alg"),
    ],
    ids=["none", "another-spelling", "HS512", "no-alg", "alg-list"],
)
def test_no_key_is_looked_for_where_none_could_verify(alg: object, detail: str) -> None:
    def ask_nobody(header: Mapping[str, Any]) -> list[ProviderKey]:
        pytest.fail("a key was looked for")

    token = unsigned({"alg": alg, "kid": "another"})
    with pytest.raises(SignInError) as refusal:
        validate_id_token(token, EXPECTED, ask_nobody, NOW)
    assert (refusal.value.code, refusal.value.detail) == ("signature_invalid", detail)


# When the visitor signed in at the provider

ASKED_AGAIN = replace(EXPECTED, max_age=300)


@pytest.mark.parametrize("auth_time", [NOW, NOW - 360, NOW + 60, NOW - 0.5])
def test_accepts_a_sign_in_there_within_max_age_and_skew(auth_time: float) -> None:
    claims = validate_id_token(make(auth_time=auth_time), ASKED_AGAIN, keys_for, NOW)
    assert claims["auth_time"] == auth_time


@pytest.mark.parametrize(
    ("auth_time", "code"),
    [
        (None, "not_asked_again"),
        (NOW - 361, "not_asked_again"),
        (0, "not_asked_again"),
        (-1, "not_asked_again"),
        (NOW + 61, "clock_skew"),
        (str(NOW), "id_token_malformed"),
        (True, "id_token_malformed"),
        ([NOW], "id_token_malformed"),
    ],
    ids=str,
)
def test_auth_time_is_checked_when_max_age_was_sent(auth_time: Any, code: str) -> None:
    """OpenID Connect Core §3.1.3.7 (13)."""
    with pytest.raises(SignInError) as refusal:
        validate_id_token(make(auth_time=auth_time), ASKED_AGAIN, keys_for, NOW)
    assert (refusal.value.code, refusal.value.step) == (code, 6)


@pytest.mark.parametrize("auth_time", [None, 0, "yesterday"], ids=str)
def test_nobody_looks_at_auth_time_where_max_age_was_not_sent(auth_time: Any) -> None:
    assert validate_id_token(make(auth_time=auth_time), EXPECTED, keys_for, NOW)["sub"] == "alice"
