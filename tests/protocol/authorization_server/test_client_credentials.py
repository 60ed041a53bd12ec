"""How an app says who it is."""

import base64

import pytest

from protocol.authorization_server.client_credentials import (
    JWT_BEARER,
    ClientCredentials,
    client_credentials,
)
from protocol.authorization_server.errors import Refusal, RefusedRequestError

BASIC = "Basic " + base64.b64encode(b"grafana:s3cret").decode()


def read(header: str = "", **form: str) -> ClientCredentials:
    return client_credentials({name: [value] for name, value in form.items()}, header)


def test_in_the_header() -> None:
    assert read(BASIC) == ClientCredentials("grafana", "s3cret")
    assert read(BASIC, client_id="grafana").secret == "s3cret"
    assert read(BASIC.replace("Basic", "basic")).client_id == "grafana"


def test_form_encoded_in_the_header() -> None:
    header = "Basic " + base64.b64encode(b"my%2Dapp:a%2Eb%7Ec").decode()
    assert read(header) == ClientCredentials("my-app", "a.b~c")


def test_in_the_body() -> None:
    assert read(client_id="grafana", client_secret="s3cret").secret == "s3cret"


def test_of_a_public_app() -> None:
    assert read(client_id="phone") == ClientCredentials("phone")


def test_as_an_assertion() -> None:
    found = read(client_id="api", client_assertion="a.b.c", client_assertion_type=JWT_BEARER)
    assert found == ClientCredentials("api", assertion="a.b.c")


@pytest.mark.parametrize(
    ("header", "form", "refusal"),
    [
        ("", {}, Refusal.CLIENT_MISSING),
        ("", {"client_secret": "s3cret"}, Refusal.CLIENT_MISSING),
        ("Basic !", {}, Refusal.CLIENT_MISSING),
        ("Basic /w==", {}, Refusal.CLIENT_MISSING),
        ("Bearer abc", {}, Refusal.CLIENT_MISSING),
        (BASIC, {"client_secret": "s3cret"}, Refusal.CREDENTIALS_TWICE),
        (BASIC, {"client_id": "other"}, Refusal.CREDENTIALS_TWICE),
        (BASIC, {"client_assertion": "a.b.c"}, Refusal.CREDENTIALS_TWICE),
        (
            "",
            {"client_id": "api", "client_assertion": "a.b.c", "client_assertion_type": "other"},
            Refusal.CREDENTIALS_TWICE,
        ),
        (
            "",
            {
                "client_id": "api",
                "client_secret": "s3cret",
                "client_assertion": "a.b.c",
                "client_assertion_type": JWT_BEARER,
            },
            Refusal.CREDENTIALS_TWICE,
        ),
    ],
)
def test_refuses(header: str, form: dict[str, str], refusal: Refusal) -> None:
    with pytest.raises(RefusedRequestError) as caught:
        read(header, **form)
    assert caught.value.refusal is refusal


def test_a_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(read(BASIC))
