"""The public Wycheproof vectors for JWS and JWK, against our own keys and those of providers.

They are data of Project Wycheproof and no part of this project: they are read from a folder beside
it, where there is one.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.exceptions import InvalidKeyError
from pytest_django import Settings

from protocol.jwks import KeySet, usable_keys
from protocol.jws import ALGORITHMS, InvalidSignatureError, read
from protocol.jws.strict_json import MalformedError
from sessions.signing_keys import algorithms, keyring
from sessions.signing_keys.importing import KeyImportError, import_pem
from sessions.signing_keys.models import SigningKey

FOLDER = Path(__file__).parents[2] / "shared" / "vectors"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="there is no folder ../shared/vectors with the Wycheproof vectors"
)

OF_TYPE = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA", "oct": "HS256"}  # where no `alg` says
NOT_OURS = "of the algorithms, ours are ES256, EdDSA, RS256 and HS256"
NOT_SYMMETRIC = "a provider's key is never symmetric: its secret would be known to us"
ES521 = "the key says ES521, which no RFC knows (ES512 is meant)"
OTHER_ALG = "the key says PS256 and the signature is PS384"
JUNK = "a character outside of the alphabet of base64url is refused (RFC 7515 §2)"
# Each valid signature that is refused, by its tcId.
REFUSED_FROM_PROVIDERS = {
    **dict.fromkeys((1, 348, 352, 357, 358, 359, 376, 377), NOT_SYMMETRIC),
    **dict.fromkeys((346, 350), OTHER_ALG),
    **dict.fromkeys((347, 351), ES521),
    **dict.fromkeys((372, 373), JUNK),
}
REFUSED_OF_OURS = {
    **dict.fromkeys((*range(264, 276), 287, 288, *range(320, 324), *range(325, 329)), NOT_OURS),
    **dict.fromkeys((346, 350), NOT_OURS),
    **dict.fromkeys((347, 351), ES521),
    **dict.fromkeys((372, 373), JUNK),
}
REFUSED_JWKS_OF_PROVIDERS = dict.fromkeys((2, 13, 14, 15), NOT_SYMMETRIC)
# Two that are called invalid have the very text and key of a valid one, 357: their padding is lost.
SAME_AS_A_VALID_ONE = {367, 370}
# Keys whose fault is that they are for encryption: a key of ours is for signing, whatever it is.
FOR_ENCRYPTION = {353, 354, 355, 356}
# Keys whose fault is a member that PEM does not have: `use`, `alg`, `kty`, a second `kid`.
FAULT_IS_NOT_IN_THE_KEY = {6, 19, 20, 21, 24}


@dataclass(frozen=True)
class Case:
    """One signature, the key that is given with it, and whether it is a good one."""

    id: int
    jws: str
    public: dict[str, Any]
    private: dict[str, Any]
    is_valid: bool


def cases(name: str) -> Iterator[Case]:
    content = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    for group in content["testGroups"]:
        public = group.get("public", group["private"])
        for test in group["tests"]:
            jws = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
            is_valid = test["result"] == "valid"
            yield Case(test["tcId"], jws, public, group["private"], is_valid)


def signatures() -> list[Case]:
    return list(cases("json_web_signature_test.json"))


def jwk_sets() -> list[Case]:
    return list(cases("json_web_key_test.json"))


def check(all_cases: list[Case], accepts: Callable[[Case], bool], refused: dict[int, str]) -> None:
    """Assert that nothing invalid is accepted, and all that is valid except what is explained."""
    accepted = {case.id for case in all_cases if accepts(case)}
    invalid = {case.id for case in all_cases if not case.is_valid}
    assert accepted & invalid <= SAME_AS_A_VALID_ONE
    assert {case.id for case in all_cases if case.is_valid} - accepted == refused.keys()
    assert accepted


def is_accepted_with_a_key_of_ours(case: Case) -> bool:
    """Verify as a session JWT is verified: by the algorithm of the stored key."""
    algorithm = case.public.get("alg") or OF_TYPE[case.public["kty"]]
    if algorithm not in algorithms.NEW_KEY:
        return False
    is_symmetric = algorithm == algorithms.SYMMETRIC
    key = (
        algorithms.from_text(algorithm, case.public["k"])
        if is_symmetric
        else ALGORITHMS[algorithm].from_jwk(case.public)
    )
    return is_signed(case, key, (algorithm,))


def is_accepted_from_a_provider(case: Case) -> bool:
    """Verify as an ID token is verified."""
    try:
        header = read(case.jws).header
    except MalformedError:
        return False
    jwk_set = case.public if "keys" in case.public else {"keys": [case.public]}
    keys = KeySet(tuple(usable_keys(jwk_set))).fitting(header, 0.0)
    return any(is_signed(case, key.key, key.algorithms) for key in keys)


def is_signed(case: Case, key: Any, of: tuple[str, ...]) -> bool:
    try:
        signed = read(case.jws)
    except MalformedError:
        return False
    try:
        signed.payload(key, of)
    except InvalidSignatureError:
        return False
    except MalformedError:
        return True  # the signature is good, and the payload no JSON object
    return True


def test_no_invalid_signature_passes_with_a_key_of_ours() -> None:
    of_ours = [case for case in signatures() if case.id not in FOR_ENCRYPTION]
    check(of_ours, is_accepted_with_a_key_of_ours, REFUSED_OF_OURS)


def test_no_invalid_signature_passes_with_a_key_of_a_provider() -> None:
    check(signatures(), is_accepted_from_a_provider, REFUSED_FROM_PROVIDERS)


def test_no_invalid_key_of_a_provider_is_used() -> None:
    check(jwk_sets(), is_accepted_from_a_provider, REFUSED_JWKS_OF_PROVIDERS)


@pytest.mark.django_db
def test_no_invalid_key_is_imported(settings: Settings) -> None:
    imported = set()
    asymmetric = [case for case in jwk_sets() if all("d" in jwk for jwk in case.private["keys"])]
    for case in asymmetric:
        (jwk,) = case.private["keys"]
        SigningKey.objects.all().delete()
        settings.SIGNING_ALGORITHM = {"RSA": "RS256", "EC": "ES256"}[jwk["kty"]]
        try:
            key = import_pem(pem_of(jwk))
        except KeyImportError:
            continue
        loaded = keyring.verification_key(key.kid, clock=lambda: float("inf"))
        if loaded and is_signed(case, loaded.public, (loaded.algorithm,)):
            imported.add(case.id)
    valid = {case.id for case in asymmetric if case.is_valid}
    assert imported - FAULT_IS_NOT_IN_THE_KEY == valid
    assert valid


def pem_of(jwk: dict[str, Any]) -> bytes:
    """Return the private key as a file, or nothing readable where it cannot even be written."""
    try:
        private: Any = ALGORITHMS["RS256" if jwk["kty"] == "RSA" else "ES256"].from_jwk(jwk)
    except (InvalidKeyError, ValueError, KeyError):
        return b""
    pem: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def test_what_is_the_same_as_a_valid_one_really_is() -> None:
    by_id = {case.id: case for case in signatures()}
    for same in SAME_AS_A_VALID_ONE:
        assert (by_id[same].jws, by_id[same].private) == (by_id[357].jws, by_id[357].private)


def test_every_vector_has_been_read() -> None:
    counts = [
        (len(found), sum(case.is_valid for case in found)) for found in (signatures(), jwk_sets())
    ]
    assert counts == [(401, 46), (26, 5)]
