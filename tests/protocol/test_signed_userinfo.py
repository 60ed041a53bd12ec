import base64
import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from protocol.errors import ErrorCode, ProfileError
from protocol.id_token import signed_userinfo
from protocol.jwks import KeySet, ProviderKey, usable_keys
from tests.protocol.signed import KEYS, NOW, OTHER_KEY, jwk_of

PUBLISHED = usable_keys({"keys": [jwk_of(algorithm) for algorithm in KEYS]})


def keys_for(header: Mapping[str, Any]) -> list[ProviderKey]:
    return KeySet(tuple(PUBLISHED)).fitting(header, 0.0)


def make(algorithm: str = "ES256", key: Any = None, **claims: Any) -> bytes:
    payload = json.dumps({"sub": "alice"} | claims).encode()
    signer = key or KEYS[algorithm]
    return jwt.PyJWS().encode(payload, signer, algorithm, {"kid": algorithm}).encode()


def read(body: bytes) -> dict[str, Any]:
    return signed_userinfo(body, "https://op.example", "client-1", keys_for, NOW)


@pytest.mark.parametrize("algorithm", KEYS)
def test_reads_an_answer_that_is_signed_with(algorithm: str) -> None:
    assert read(make(algorithm, email="a@example.com")) == {
        "sub": "alice",
        "email": "a@example.com",
    }


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://op.example"},
        {"aud": "client-1"},
        {"aud": ["other", "client-1"]},
        {"exp": NOW + 9, "iat": NOW},
        {"exp": NOW - 59},
        {"nbf": NOW + 59},
        {"iss": None, "aud": None, "exp": None},
    ],
    ids=str,
)
def test_takes_what_is_right_or_not_there(claims: dict[str, Any]) -> None:
    assert read(make(**claims))["sub"] == "alice"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (make(iss="https://mallory.example"), "has a wrong iss"),
        (make(iss=""), "has a wrong iss"),
        (make(aud="client-2"), "has a wrong aud"),
        (make(aud=[]), "has a wrong aud"),
        (make(exp=NOW - 60), "has a wrong exp"),
        (make(exp="soon"), "has a wrong exp"),
        (make(nbf=NOW + 61), "has a wrong nbf"),
        (make(key=OTHER_KEY), "fails: signature_invalid"),
        (make(key="s" * 32, algorithm="HS256"), "fails: signature_invalid"),
        (b"", "fails: id_token_malformed"),
        (b'{"sub": "alice"}', "fails: id_token_malformed"),
        (b"\xff.b.c", "fails: id_token_malformed"),
        (b"a.b.c.d.e", "is encrypted"),
    ],
    ids=range(13),
)
def test_refuses_an_answer(body: bytes, what: str) -> None:
    with pytest.raises(ProfileError) as refusal:
        read(body)
    assert refusal.value.code is ErrorCode.PROFILE_MALFORMED
    assert what in refusal.value.detail


def test_an_answer_that_is_not_signed_counts_for_nothing() -> None:
    parts = (b'{"alg": "none"}', b'{"sub": "mallory"}', b"")
    body = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    with pytest.raises(ProfileError):
        read(body)
