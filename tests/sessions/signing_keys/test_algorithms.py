import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from protocol.jws import ALGORITHMS
from sessions.signing_keys import algorithms
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys import keys

# The public key of RFC 7515 appendix A.3, and its thumbprint, computed by hand from RFC 7638 §3.
EC_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
CANONICAL = (
    b'{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
    b'"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}'
)
# The examples of RFC 7638 §3.1 and RFC 8037 appendix A.3, with the thumbprints given there.
RSA_JWK = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
    "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2"
    "QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6W"
    "eZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
OKP_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
PUBLIC_MEMBERS = {
    "ES256": {"kty", "crv", "x", "y", "kid", "use", "alg"},
    "EdDSA": {"kty", "crv", "x", "kid", "use", "alg"},
    "RS256": {"kty", "n", "e", "kid", "use", "alg"},
}


def test_a_thumbprint_is_the_hash_of_the_required_members_in_order() -> None:
    digest = base64.urlsafe_b64encode(hashlib.sha256(CANONICAL).digest()).decode().rstrip("=")
    assert algorithms.thumbprint(EC_JWK) == digest == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"


@pytest.mark.parametrize(
    ("jwk", "thumbprint"),
    [
        (RSA_JWK, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (OKP_JWK, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ],
    ids=["RFC 7638 §3.1", "RFC 8037 A.3"],
)
def test_a_thumbprint_is_the_one_of_the_rfc(jwk: dict[str, str], thumbprint: str) -> None:
    assert algorithms.thumbprint(jwk) == thumbprint


@pytest.mark.parametrize("more", [{"kid": "1"}, {"use": "sig"}, {"d": "secret"}], ids=str)
def test_a_thumbprint_takes_no_other_member_into_account(more: dict[str, str]) -> None:
    assert algorithms.thumbprint(EC_JWK | more) == algorithms.thumbprint(EC_JWK)


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_what_is_kept_of_a_key_signs_and_what_is_published_verifies(algorithm: str) -> None:
    key = algorithms.generate(algorithm)
    private = algorithms.from_text(algorithm, key.private_key)
    is_symmetric = algorithm == "HS256"
    public = private if is_symmetric else ALGORITHMS[algorithm].from_jwk(key.public_jwk)
    signature = ALGORITHMS[algorithm].sign(b"message", private)
    assert ALGORITHMS[algorithm].verify(b"message", public, signature)
    assert not ALGORITHMS[algorithm].verify(b"another", public, signature)


@pytest.mark.parametrize("algorithm", PUBLIC_MEMBERS)
def test_the_jwk_has_public_members_only_and_is_named_by_its_thumbprint(algorithm: str) -> None:
    key = algorithms.generate(algorithm)
    assert key.public_jwk.keys() == PUBLIC_MEMBERS[algorithm]
    assert key.kid == key.public_jwk["kid"] == algorithms.thumbprint(key.public_jwk)
    assert (key.public_jwk["use"], key.public_jwk["alg"]) == ("sig", algorithm)


def test_a_symmetric_key_has_256_random_bits_and_no_jwk() -> None:
    one, other = (algorithms.generate("HS256") for _ in range(2))
    assert one.public_jwk == other.public_jwk == {}
    assert one.private_key != other.private_key
    assert len(algorithms.from_text("HS256", one.private_key)) == 32
    assert one.kid == algorithms.thumbprint({"kty": "oct", "k": one.private_key})
    assert one.private_key not in str(vars(one))


@pytest.mark.parametrize(
    ("algorithm", "kind", "size"),
    [
        ("ES256", ec.EllipticCurvePrivateKey, 256),
        ("RS256", rsa.RSAPrivateKey, 3072),
        ("EdDSA", ed25519.Ed25519PrivateKey, None),
    ],
)
def test_keys_are_as_strong_as_is_said(algorithm: str, kind: type, size: int | None) -> None:
    private: Any = algorithms.from_text(algorithm, algorithms.generate(algorithm).private_key)
    assert isinstance(private, kind)
    assert getattr(private, "key_size", None) == size


def test_is_of_the_algorithm_that_the_admin_chose(settings: Any) -> None:
    settings.SIGNING_ALGORITHM = "EdDSA"
    key = algorithms.generate()
    assert (key.algorithm, key.state) == ("EdDSA", SigningKey.State.SIGNING)
