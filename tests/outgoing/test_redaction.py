"""What may be shown of a message, and how secrets are masked in whichever form they travel."""

import base64
import html
import json
import re
import time
from urllib.parse import quote, quote_plus

import pytest

from outgoing.redaction import Parameter, forms_in, masked, parameters, secret_values

SECRET = 'a secret/with+signs=&%"<>\u00e9'
FORMS = {
    "as it is": SECRET,
    "in a path": quote(SECRET),
    "in a parameter": quote(SECRET, safe=""),
    "in small letters": re.sub("%..", lambda sign: sign[0].lower(), quote(SECRET, safe="")),
    "in a form": quote_plus(SECRET),
    "in JSON": json.dumps(SECRET)[1:-1],
    "in HTML": html.escape(SECRET),
    "in base64": base64.b64encode(SECRET.encode()).decode().rstrip("="),
}


def without(text: str, *secrets: str) -> str:
    return masked(text, forms_in(text, secrets))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("grant_type", "authorization_code", "authorization_code"),
        ("expires_in", 3600, "3600"),
        ("code", "hunter2", "7 characters, not shown"),
        ("a_name_of_tomorrow", "hunter2", "7 characters, not shown"),
        ("scope", "s" * 201, "201 characters, not shown"),
        ("scope", ["hunter2"], "not shown"),
        ("expires_in", True, "not shown"),
        ("profile", {"secret": "hunter2"}, "not shown"),
        ("picture", None, "not shown"),
    ],
)
def test_a_value_is_shown_only_if_its_name_is_harmless(
    name: str, value: object, shown: str
) -> None:
    assert parameters({name: value}) == (Parameter(name, shown),)


def test_an_answer_with_endless_names_is_cut() -> None:
    assert len(parameters(dict.fromkeys(map(str, range(1000)), ""))) == 60


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_secret_is_masked(form: str) -> None:
    assert without(f"before {form} after", SECRET) == "before *** after"


def test_a_part_that_an_address_cuts_off_is_masked() -> None:
    secret = "first-part-of-it?second-part-of-it#third"
    assert without("/first-part-of-it", secret) == "/***"


def test_of_two_secrets_the_longer_one_is_masked_first() -> None:
    assert without("hunter2hunter2-longer", "hunter2hunter2", "hunter2hunter2-longer") == "***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://api.example/at-1/me", "https://api.example/***/me"),
        ("https://api.example/at-15/flat-1s", "https://api.example/at-15/flat-1s"),
    ],
)
def test_a_short_secret_is_masked_where_it_stands_alone(text: str, shown: str) -> None:
    assert without(text, "at-1") == shown


def test_an_empty_text_is_no_secret() -> None:
    assert without("7 hunter2", "") == "7 hunter2"


@pytest.mark.parametrize("value", [None, 7, ["hunter2"], True], ids=repr)
def test_what_is_no_text_is_no_secret(value: object) -> None:
    assert not list(secret_values({"token": value}))


def test_a_lone_surrogate_is_no_obstacle() -> None:
    assert without("x hunter2\ud800hunter2", "hunter2\ud800hunter2") == "x ***"


def test_what_is_a_secret_by_its_name_is_found_in_objects_too() -> None:
    told = {
        "access_token": "1",
        "token_type": "2",
        "token_endpoint": "3",
        "client_secret": "4",
        "authed_user": {"access_token": "5", "deep": {"idToken": "6", "deeper": {"token": "7"}}},
        "client_assertion": "8",
        "code_verifier": "9",
    }
    assert list(secret_values(told)) == ["1", "4", "5", "6", "8", "9"]


def test_a_secret_of_any_shape_is_looked_for_quickly() -> None:
    secrets = ("%2F" * 5000, "a" * 16_000, *(f"secret-{number}" for number in range(50)))
    began = time.perf_counter()
    without("secret" * 20_000, *secrets)
    assert time.perf_counter() - began < 2
