import json

import jwt
import pytest
from pytest_django import DjangoAssertNumQueries

from protocol.jws import base64url, read
from sessions.signing_keys import algorithms, keyring
from sessions.signing_keys.signing import header_of, sign
from tests.sessions.signing_keys import keys
from tests.sessions.signing_keys.keys import Purpose, State, id_token_key, key

pytestmark = pytest.mark.django_db
CLAIMS = {"sub": "alice", "name": "Ädä", "groups": ["staff"]}


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_every_library_reads_what_is_signed_with(algorithm: str) -> None:
    key(State.SIGNING, algorithm).save()
    loaded = keyring.ensure_signing_key()
    token = sign(CLAIMS, typ="at+jwt", key=loaded)
    assert jwt.decode(token, loaded.public, [algorithm]) == CLAIMS
    header = {"alg": algorithm, "kid": loaded.kid, "typ": "at+jwt"}
    assert jwt.get_unverified_header(token) == header_of("at+jwt", loaded) == header


def test_an_id_token_is_signed_and_verified_by_the_key_for_it(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    id_token_key(State.SIGNING).save()
    loaded = keyring.ensure_signing_key(purpose=Purpose.ID_TOKEN)
    with django_assert_num_queries(0):
        signed = read(sign(CLAIMS, typ="JWT", key=loaded))
        found = keyring.verification_key(signed.header["kid"])
    assert found is loaded
    assert signed.payload(found.public, (found.algorithm,)) == CLAIMS


def test_two_types_of_one_key_have_headers_of_their_own() -> None:
    loaded = keyring.ensure_signing_key()
    for typ in ("JWT", "at+jwt", "JWT"):
        assert jwt.get_unverified_header(sign({}, typ=typ, key=loaded))["typ"] == typ


def test_the_payload_is_compact_utf_8() -> None:
    payload = sign(CLAIMS, typ="JWT", key=keyring.ensure_signing_key()).split(".")[1]
    written = json.dumps(CLAIMS, ensure_ascii=False, separators=(",", ":"))
    assert base64url.decode(payload).decode() == written


def test_a_key_from_the_database_signs_like_the_one_that_was_made() -> None:
    """Its primes are not checked again: that would take half a second in each process."""
    private = keys.new_rsa_key()
    row = algorithms.row_of("RS256", private, Purpose.ID_TOKEN)
    assert algorithms.from_text("RS256", row.private_key).private_numbers() == (
        private.private_numbers()
    )
