from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.absent_values import ID_TOKEN, NOT_NULL
from protocol.errors import IdTokenError, ProfileError
from protocol.id_token import Expected, signed_userinfo, validate_id_token
from protocol.jwks import KeySet, ProviderKey, usable_keys
from tests.properties.strategies import TEXTS, VALUES, members_of
from tests.protocol.signed import KEYS, NOW, jwk_of, signed

EXPECTED = Expected("https://op.example", "client-1", nonce="the-nonce", access_token="at-1")
PUBLISHED = usable_keys({"keys": [jwk_of(algorithm) for algorithm in KEYS]})
HEADER = {"kid": "ES256"}
GOOD = signed(HEADER)
MAY_BE_NULL = sorted(name for name, reading in ID_TOKEN.items() if reading is NOT_NULL)
SEGMENT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=", max_size=80)


def keys_for(header: Mapping[str, Any]) -> list[ProviderKey]:
    return KeySet(tuple(PUBLISHED)).fitting(header, 0.0)


def check(token: str) -> None:
    """Assert that a token is refused by our own error, or says all that it has to."""
    try:
        claims = validate_id_token(token, EXPECTED, keys_for, NOW)
    except IdTokenError:
        return
    assert (claims["iss"], claims["nonce"]) == ("https://op.example", "the-nonce")
    assert "client-1" in (claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]])
    assert claims.get("azp", "client-1") == "client-1"
    assert isinstance(claims["sub"], str)
    assert 0 < len(claims["sub"]) <= 255
    assert claims["exp"] > NOW - 60
    assert NOW - 600 <= claims["iat"] <= NOW + 60


@given(TEXTS | SEGMENT | st.tuples(SEGMENT, SEGMENT, SEGMENT).map(".".join))
def test_any_text_is_refused_as_an_id_token(token: str) -> None:
    with pytest.raises(IdTokenError):
        validate_id_token(token, EXPECTED, keys_for, NOW)


@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_a_token_with_another_character_is_refused(position: int, character: str) -> None:
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed == GOOD:
        return
    with pytest.raises(IdTokenError):
        validate_id_token(changed, EXPECTED, keys_for, NOW)


@given(members_of("alg", "kid", "typ", "crit", "jwk", "jku", "x5c", "b64"))
def test_any_header_is_that_of_a_good_token_or_refused(header: dict[str, Any]) -> None:
    check(signed(header))


@given(members_of(*ID_TOKEN))
def test_any_claims_say_who_it_is_for_this_attempt_or_are_refused(claims: dict[str, Any]) -> None:
    check(signed(HEADER, **claims))


@given(
    st.lists(st.sampled_from(MAY_BE_NULL)),
    st.dictionaries(TEXTS.filter(lambda name: name not in ID_TOKEN), VALUES, max_size=3),
    st.lists(TEXTS, max_size=3),
)
def test_a_good_token_stays_good_with_claims_that_say_nothing(
    nulls: list[str], others: dict[str, Any], audiences: list[str]
) -> None:
    changes = others | dict.fromkeys(nulls) | {"aud": [*audiences, "client-1"]}
    claims = validate_id_token(signed(HEADER, **changes), EXPECTED, keys_for, NOW)
    assert claims["sub"] == "alice"


@given(st.binary(max_size=60) | TEXTS.map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_refused_as_signed_userinfo(body: bytes) -> None:
    with pytest.raises(ProfileError):
        signed_userinfo(body, "https://op.example", "client-1", keys_for, NOW)


@given(members_of("sub", "iss", "aud", "exp", "nbf"))
def test_any_signed_userinfo_is_for_us_or_refused(claims: dict[str, Any]) -> None:
    try:
        body = signed(HEADER, **claims).encode()
        told = signed_userinfo(body, "https://op.example", "client-1", keys_for, NOW)
    except ProfileError:
        return
    assert told.get("iss") in (None, "https://op.example")
