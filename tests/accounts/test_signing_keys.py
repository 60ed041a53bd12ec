import base64
import hashlib
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import IntegrityError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import signing_keys
from accounts.models import SigningKey
from tests.accounts.threads import at_once

# The public key of RFC 7515 appendix A.3, and its thumbprint, computed by hand from RFC 7638 §3.
JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
CANONICAL = (
    b'{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
    b'"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}'
)
PUBLIC_MEMBERS = {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_thumbprint_is_the_hash_of_the_required_members_in_order() -> None:
    digest = base64.urlsafe_b64encode(hashlib.sha256(CANONICAL).digest()).decode().rstrip("=")
    assert signing_keys.thumbprint(JWK) == digest == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"


@pytest.mark.parametrize("more", [{"kid": "1"}, {"use": "sig"}, {"d": "secret"}], ids=str)
def test_a_thumbprint_takes_no_other_member_into_account(more: dict[str, str]) -> None:
    assert signing_keys.thumbprint(JWK | more) == signing_keys.thumbprint(JWK)


@pytest.mark.django_db
def test_the_first_key_is_made_once() -> None:
    first = signing_keys.ensure_signing_key()
    signing_keys.forget()
    assert signing_keys.ensure_signing_key().kid == first.kid
    assert SigningKey.objects.count() == 1


@pytest.mark.usefixtures("parallel_database")
def test_processes_that_start_at_once_make_one_key() -> None:
    def start() -> str:
        signing_keys.forget()
        return signing_keys.ensure_signing_key().kid

    kids = at_once(4, start)
    assert set(kids) == {SigningKey.objects.get().kid}


@pytest.mark.django_db
def test_a_process_that_lost_the_race_signs_with_the_others_key() -> None:
    assert signing_keys.loaded().signing is None
    other = signing_keys.generate()
    other.save()
    assert signing_keys.ensure_signing_key().kid == other.kid


@pytest.mark.django_db
def test_a_process_that_loses_the_race_while_it_makes_a_key_signs_with_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generate = signing_keys.generate

    def generate_second() -> SigningKey:
        generate().save()
        return generate()

    monkeypatch.setattr(signing_keys, "generate", generate_second)
    assert signing_keys.ensure_signing_key().kid == SigningKey.objects.get().kid


@pytest.mark.django_db
def test_the_table_allows_a_single_key_that_signs() -> None:
    signing_keys.generate().save()
    with pytest.raises(IntegrityError):
        signing_keys.generate().save()


@pytest.mark.django_db
def test_publishes_public_members_only(client: Client) -> None:
    key = signing_keys.ensure_signing_key()
    answer = client.get("/.well-known/jwks.json")
    (jwk,) = answer.json()["keys"]
    assert jwk.keys() == PUBLIC_MEMBERS
    assert (jwk["kid"], jwk["use"], jwk["alg"]) == (key.kid, "sig", "ES256")
    assert jwk["kid"] == signing_keys.thumbprint(jwk)


@pytest.mark.django_db
def test_the_published_key_is_the_one_that_signs() -> None:
    key = signing_keys.ensure_signing_key()
    numbers = key.private.public_key().public_numbers()
    coordinate = base64.urlsafe_b64encode(numbers.x.to_bytes(32, "big")).decode().rstrip("=")
    assert coordinate == key.jwk["x"]
    assert isinstance(numbers.curve, ec.SECP256R1)


@pytest.mark.django_db
def test_the_key_set_may_be_read_and_kept_by_everybody(client: Client) -> None:
    answer = client.get("/.well-known/jwks.json")
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.django_db
def test_the_key_set_takes_no_cookie_into_account(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signing_keys.ensure_signing_key()
    client.cookies["session"] = "broken"
    with django_assert_num_queries(0):
        answer = client.get("/.well-known/jwks.json")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.django_db
def test_the_private_part_is_sealed_in_the_database() -> None:
    key = signing_keys.ensure_signing_key()
    row = SigningKey.objects.values().get()
    assert "PRIVATE" not in json.dumps(row, default=str)
    secret = key.private.private_numbers().private_value.to_bytes(32, "big")
    sealed = base64.urlsafe_b64decode(row["sealed_private_key"] + "==")
    assert secret not in sealed


@pytest.mark.django_db
def test_a_loaded_key_does_not_show_its_private_part() -> None:
    assert "PRIVATE" not in repr(signing_keys.ensure_signing_key()).upper().replace("PRIVATE=", "")
    assert "private" not in repr(signing_keys.ensure_signing_key())


@pytest.mark.django_db
def test_keys_are_read_once_in_a_process(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    kid = signing_keys.ensure_signing_key().kid
    with django_assert_num_queries(0):
        signing_keys.ensure_signing_key()
        assert signing_keys.verification_key(kid) is signing_keys.loaded().signing


@pytest.mark.django_db
def test_a_key_made_by_another_process_is_found_by_its_kid() -> None:
    signing_keys.loaded()
    other = signing_keys.generate()
    other.save()
    found = signing_keys.verification_key(other.kid, clock=lambda: time.monotonic() + 6)
    assert found is not None
    assert found.kid == other.kid


@pytest.mark.django_db
def test_an_unknown_kid_looks_into_the_database_once_in_a_while(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    signing_keys.ensure_signing_key()
    with django_assert_num_queries(0):
        assert signing_keys.verification_key("unknown") is None
    with django_assert_num_queries(1):
        signing_keys.verification_key("unknown", clock=lambda: time.monotonic() + 6)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["upcoming", "retired"])
def test_tokens_are_verified_with_a_key_that_is(state: str) -> None:
    key = signing_keys.generate()
    key.state = state
    key.save()
    assert signing_keys.verification_key(key.kid) is not None
    assert signing_keys.loaded().signing is None


@pytest.mark.django_db
def test_a_revoked_key_is_neither_used_nor_published(client: Client) -> None:
    key = signing_keys.generate()
    key.state = SigningKey.State.REVOKED
    key.save()
    assert signing_keys.verification_key(key.kid) is None
    assert client.get("/.well-known/jwks.json").json() == {"keys": []}


@pytest.mark.django_db
def test_tells_whether_a_key_signs() -> None:
    assert not signing_keys.has_signing_key()
    signing_keys.ensure_signing_key()
    assert signing_keys.has_signing_key()
