from typing import Any

import pytest
import responses

from oauth_client.doctor.findings import Finding
from oauth_client.doctor.metadata import endpoints, keys
from tests.fakes import ISSUER, FakeIssuer, add_provider
from tests.oauth_client.doctor.cases import (
    OK,
    PROBLEM,
    UNKNOWN,
    WARNING,
    outcomes,
    publish,
    subject,
)
from tests.protocol.signed import jwk_of

pytestmark = pytest.mark.django_db


def jwk(**members: Any) -> dict[str, Any]:
    key = FakeIssuer(responses.mock).jwk() | members
    return {name: value for name, value in key.items() if value is not None}


def examine(*entries: dict[str, Any]) -> list[Finding]:
    publish()
    responses.get(f"{ISSUER}/jwks", json={"keys": list(entries)})
    examined = subject()
    list(endpoints(examined))
    return list(keys(examined))


@responses.activate
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([{}], [OK]),
        ([{"kid": None}], [WARNING]),
        ([{}, {"kid": "key-2"}], [OK]),
        ([{}, {"kid": None}], [WARNING]),
        ([{}, {}], [PROBLEM]),
        ([{}, {"kid": "enc-1", "use": "enc"}], [OK]),
        ([{"use": "enc"}], [PROBLEM]),
        ([{"use": "both"}], [PROBLEM, WARNING]),
        ([{}, {"key_ops": ["sign"]}], [OK, WARNING]),
        ([{}, {"kid": "key-2", "d": "AAAA"}, {"kid": "key-3", "x": "!"}], [OK, WARNING, WARNING]),
        ([{}, {"kty": "oct"}, {"kty": "oct"}], [OK, WARNING]),
        ([{}, {"kty": "RSA", "alg": "RSA-OAEP"}], [OK, WARNING]),
        ([], [PROBLEM]),
    ],
    ids=[
        "one",
        "nameless",
        "two",
        "one-nameless",
        "twins",
        "and-one-for-encryption",
        "not-for-signing",
        "another-use",
        "another-operation",
        "private-and-broken",
        "secrets",
        "another-alg",
        "none",
    ],
)
def test_keys_must_be_usable_and_told_apart(
    changes: list[dict[str, Any]], found: list[str]
) -> None:
    assert outcomes(examine(*(jwk(**members) for members in changes))) == found


@responses.activate
def test_a_key_that_is_listed_twice_is_one() -> None:
    (found,) = examine(*[jwk()] * 2)
    assert (found.outcome, found.cause) == (OK, "Keys that Signet can use: 1.")


@responses.activate
def test_says_that_a_key_names_no_alg() -> None:
    rsa_key = {name: value for name, value in jwk_of("RS256").items() if name != "alg"}
    assert [finding.cause for finding in examine(rsa_key)] == [
        "Keys that Signet can use: 1.",
        "A key has no alg, so Signet uses it for every algorithm of its type.",
    ]


@responses.activate
def test_two_keys_of_one_kid_for_different_algorithms_are_told_apart() -> None:
    assert outcomes(examine(jwk_of("RS256", "one"), jwk_of("ES256", "one"))) == [OK]


@responses.activate
def test_an_address_of_the_keys_that_answers_otherwise_is_a_problem() -> None:
    publish()
    responses.get(f"{ISSUER}/jwks", status=503)
    examined = subject()
    list(endpoints(examined))
    (found,) = keys(examined)
    assert (found.outcome, found.value) == (PROBLEM, f"{ISSUER}/jwks")


def test_keys_are_unknown_while_the_document_is() -> None:
    assert outcomes(keys(subject())) == [UNKNOWN]


def test_plain_oauth_has_no_keys() -> None:
    assert outcomes(keys(subject(add_provider("github", "github")))) == []
