from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from oauth_client.jwks import find_key, usable_keys
from tests.oauth_client.test_id_token import KEYS, jwk_of

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


def test_two_keys_of_one_kid_and_type_are_none() -> None:
    keys = usable_keys({"keys": [EC, EC]})
    assert find_key(keys, {"kid": "one", "alg": "ES256"}) is None


def test_keys_of_one_kid_and_different_types_are_told_apart() -> None:
    keys = usable_keys({"keys": [EC, jwk_of("RS256", "one")]})
    found = find_key(keys, {"kid": "one", "alg": "RS256"})
    assert found is not None
    assert found.key == KEYS["RS256"].public_key()


def test_without_a_kid_the_only_key_of_the_type_is_meant() -> None:
    keys = usable_keys({"keys": [EC, jwk_of("RS256")]})
    assert find_key(keys, {"alg": "ES256"}) is not None
    assert find_key([*keys, *keys], {"alg": "ES256"}) is None


def test_a_key_without_alg_serves_every_algorithm_of_its_type() -> None:
    jwk = {name: value for name, value in jwk_of("RS256").items() if name not in ("alg", "kid")}
    keys = usable_keys({"keys": [jwk]})
    assert find_key(keys, {"alg": "PS512"}) is keys[0]
    assert find_key(keys, {"alg": "HS256"}) is None
