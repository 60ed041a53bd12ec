from typing import Any

import pytest
import responses

from oauth_client.doctor.keys import keys
from oauth_client.doctor.metadata import endpoints
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

pytestmark = pytest.mark.django_db


def jwk(**members: Any) -> dict[str, Any]:
    key = FakeIssuer(responses.mock).jwk() | members
    return {name: value for name, value in key.items() if value is not None}


@responses.activate
@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ([{}], OK),
        ([{"kid": None}], OK),
        ([{}, {"kid": "key-2"}], OK),
        ([{}, {"kid": None}], WARNING),
        ([{}, {}], PROBLEM),
        ([{"use": "enc"}], PROBLEM),
        ([], PROBLEM),
    ],
    ids=["one", "nameless", "two", "one-nameless", "twins", "not-for-signing", "none"],
)
def test_keys_must_be_usable_and_told_apart(changes: list[dict[str, Any]], outcome: str) -> None:
    publish()
    responses.get(f"{ISSUER}/jwks", json={"keys": [jwk(**members) for members in changes]})
    examined = subject()
    list(endpoints(examined))
    assert outcomes(keys(examined)) == [outcome]


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
