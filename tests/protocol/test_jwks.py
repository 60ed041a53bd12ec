from math import prod
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from protocol import jwks
from protocol.jwks import KeySet, ProviderKey, usable_keys
from tests.protocol.signed import KEYS, OTHER_KEY, jwk_of, public_jwk

EC = jwk_of("ES256", "one")


def small_rsa() -> dict[str, Any]:
    key = rsa.generate_private_key(65537, 1024)
    return dict(RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))


UNUSABLE: dict[str, object] = {
    "symmetric": {"kty": "oct", "k": "c2VjcmV0", "kid": "one", "alg": "HS256"},
    "broken coordinate": EC | {"x": "not base64url!"},
    "missing coordinate": {name: value for name, value in EC.items() if name != "y"},
    "coordinate of another type": EC | {"x": 5},
    "for encryption": EC | {"use": "enc"},
    "for signing only": EC | {"key_ops": ["sign"]},
    "key_ops of another type": EC | {"key_ops": 5},
    "another curve": EC | {"crv": "secp256k1"},
    "alg of another type": EC | {"alg": "RS256"},
    "private": EC | {"d": "AAAA"},
    "half an RSA key": {"kty": "RSA", "n": "AQAB"},
    "1024 bits": small_rsa(),
    "empty": {},
    "text": "no object",
    "null": None,
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_leaves_out_an_entry_that_cannot_verify_and_keeps_the_others(name: str) -> None:
    good = jwk_of("RS256", "good")
    assert [key.kid for key in usable_keys({"keys": [UNUSABLE[name], good]})] == ["good"]


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {}}, {"keys": "x"}], ids=str)
def test_a_document_without_a_list_of_keys_has_none(document: dict[str, Any]) -> None:
    assert usable_keys(document) == []


def kids(keys: list[Any]) -> list[str | None]:
    return [key.kid for key in keys]


@pytest.mark.parametrize(
    "members",
    [
        {"use": None},
        {"use": ""},
        {"alg": None},
        {"alg": ""},
        {"key_ops": None},
        {"key_ops": []},
        {"issuer": None},
        {"issuer": 5},
        {"d": None},
        {"x5c": None},
    ],
    ids=str,
)
def test_a_member_of_a_key_that_says_nothing_is_absent(members: dict[str, Any]) -> None:
    (key,) = usable_keys({"keys": [EC | members]})
    assert (key.kid, key.algorithms, key.issuer) == ("one", ("ES256",), "")


@pytest.mark.parametrize("kid", [None, "", 7, ["one"]], ids=str)
def test_a_kid_that_is_no_text_is_none(kid: object) -> None:
    assert kids(usable_keys({"keys": [EC | {"kid": kid}]})) == [None]


def fitting(keys: list[ProviderKey], header: dict[str, Any]) -> list[ProviderKey]:
    return KeySet(tuple(keys)).fitting(header, 0.0)


def test_two_different_keys_of_one_kid_and_type_are_none() -> None:
    keys = usable_keys({"keys": [EC, public_jwk(OTHER_KEY, kid="one")]})
    assert fitting(keys, {"kid": "one", "alg": "ES256"}) == []


@pytest.mark.parametrize("again", [{}, {"x5c": ["MII"]}, {"alg": None}, {"use": "sig"}], ids=str)
def test_a_key_that_is_listed_twice_counts_once(again: dict[str, Any]) -> None:
    keys = usable_keys({"keys": [EC, EC | again]})
    assert kids(fitting(keys, {"kid": "one", "alg": "ES256"})) == ["one"]


def test_keys_of_one_kid_and_different_types_are_told_apart() -> None:
    keys = usable_keys({"keys": [EC, jwk_of("RS256", "one")]})
    (found,) = fitting(keys, {"kid": "one", "alg": "RS256"})
    assert found.key == KEYS["RS256"].public_key()


def test_without_a_kid_every_key_of_the_type_may_be_meant() -> None:
    keys = usable_keys({"keys": [EC, jwk_of("RS256"), public_jwk(OTHER_KEY, kid="two")]})
    assert kids(fitting(keys, {"alg": "ES256"})) == ["one", "two"]


def test_a_kid_may_mean_a_key_that_has_none_where_none_has_it() -> None:
    nameless = {name: value for name, value in EC.items() if name != "kid"}
    keys = usable_keys({"keys": [nameless, public_jwk(OTHER_KEY, kid="two")]})
    assert kids(fitting(keys, {"kid": "one", "alg": "ES256"})) == [None]
    assert kids(fitting(keys, {"kid": "two", "alg": "ES256"})) == ["two"]


def test_a_key_without_alg_serves_every_algorithm_of_its_type() -> None:
    jwk = {name: value for name, value in jwk_of("RS256").items() if name not in ("alg", "kid")}
    keys = usable_keys({"keys": [jwk]})
    assert fitting(keys, {"alg": "PS512"}) == keys
    assert fitting(keys, {"alg": "HS256"}) == []


# What is known once a newer set has come

HOUR = 3600.0
BEFORE = KeySet().followed_by({"keys": [EC, jwk_of("RS256", "two")]}, 1000.0, HOUR)


def test_a_key_that_a_newer_set_lacks_stays_good_for_its_hour() -> None:
    newer = BEFORE.followed_by({"keys": [jwk_of("RS256", "two")]}, 2000.0, HOUR)
    header = {"kid": "one", "alg": "ES256"}
    assert kids(newer.fitting(header, 4599.0)) == ["one"]
    assert newer.fitting(header, 4600.0) == []


def test_a_key_that_was_replaced_under_its_kid_is_good_no_more() -> None:
    newer = BEFORE.followed_by({"keys": [public_jwk(OTHER_KEY, kid="one")]}, 2000.0, HOUR)
    (key,) = newer.fitting({"kid": "one", "alg": "ES256"}, 2000.0)
    assert key.key == OTHER_KEY.public_key()


@pytest.mark.parametrize(
    "entry", [{"use": "enc"}, {"alg": "RSA-OAEP"}, {"key_ops": ["sign"]}], ids=str
)
def test_a_kid_that_now_verifies_nothing_does_so_at_once(entry: dict[str, Any]) -> None:
    newer = BEFORE.followed_by({"keys": [EC | entry]}, 2000.0, HOUR)
    assert newer.fitting({"kid": "one", "alg": "ES256"}, 2000.0) == []


def test_of_keys_without_a_kid_the_newest_alone_counts() -> None:
    nameless = {name: value for name, value in EC.items() if name != "kid"}
    other = {name: value for name, value in public_jwk(OTHER_KEY).items() if name != "kid"}
    known = KeySet().followed_by({"keys": [nameless]}, 1000.0, HOUR)
    (key,) = known.followed_by({"keys": [other]}, 2000.0, HOUR).fitting({"alg": "ES256"}, 2000.0)
    assert key.key == OTHER_KEY.public_key()


def test_a_key_that_comes_back_counts_once_and_from_then_on() -> None:
    without = BEFORE.followed_by({"keys": []}, 2000.0, HOUR)
    again = without.followed_by({"keys": [EC]}, 3000.0, HOUR)
    assert kids(again.fitting({"kid": "one", "alg": "ES256"}, 9000.0)) == ["one"]


def test_a_document_that_is_no_key_set_takes_no_key_away() -> None:
    newer = BEFORE.followed_by({"error": "maintenance"}, 2000.0, HOUR)
    assert kids(newer.fitting({"kid": "one", "alg": "ES256"}, 2000.0)) == ["one"]


def test_no_more_than_a_hundred_earlier_keys_are_kept() -> None:
    many = {"keys": [EC | {"kid": f"key-{number}"} for number in range(150)]}
    known = KeySet().followed_by(many, 1000.0, HOUR).followed_by({"keys": []}, 2000.0, HOUR)
    assert len(known.earlier) == 100


@pytest.mark.parametrize(("bits", "is_weak"), [(1024, True), (2040, True), (2048, False)])
def test_a_key_is_weak_when_it_is_shorter_than_rfc_7518_allows(bits: int, *, is_weak: bool) -> None:
    assert jwks.is_weak(rsa.generate_private_key(65537, bits).public_key()) is is_weak


def test_a_key_is_weak_when_each_small_prime_sees_a_power_of_65537_in_it() -> None:
    primorial = 2 * prod(jwks.PRIMES)
    modulus = pow(65537, 100_000, primorial) + (primorial << 1900)
    key: Any = rsa.RSAPublicNumbers(65537, modulus).public_key()
    assert key.key_size >= 2048
    assert jwks.is_weak(key)
