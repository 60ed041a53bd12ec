import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from protocol.jws import ALGORITHMS, InvalidSignatureError, read
from protocol.jws.strict_json import MalformedError
from tests.sessions.tokens import base64url, compact

# RFC 7515 appendix A.3: an ES256 signature that we did not make.
RFC_7515_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC_7515_TOKEN = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
KEY = ec.generate_private_key(ec.SECP256R1())


def payload_of(token: str, key: Any = None, algorithm: str = "ES256") -> dict[str, Any]:
    return read(token).payload(key or KEY.public_key(), (algorithm,))


def test_verifies_the_example_of_rfc_7515() -> None:
    key = ALGORITHMS["ES256"].from_jwk(RFC_7515_KEY)
    claims = payload_of(RFC_7515_TOKEN, key)
    assert claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
        (rsa.generate_private_key(65537, 2048), "RS256"),
        (rsa.generate_private_key(65537, 2048), "PS256"),
    ],
    ids=["ES384", "EdDSA", "RS256", "PS256"],
)
def test_verifies(private: Any, algorithm: str) -> None:
    token = compact(f'{{"alg":"{algorithm}"}}'.encode(), b'{"sub":"1"}', private, algorithm)
    assert payload_of(token, private.public_key(), algorithm) == {"sub": "1"}


def test_the_header_is_readable_before_the_signature_is_verified() -> None:
    assert read(RFC_7515_TOKEN).header == {"alg": "ES256"}


MALFORMED = {
    "nothing": "",
    "one part": "e30",
    "two parts": "e30.e30",
    "four parts": "e30.e30.e30.e30",
    "five parts, as encrypted ones have": "e30.e30.e30.e30.e30",
    "too long": "e30.e30." + "A" * 16_384,
    "non-ASCII": "e30.e30.\u00e4\u00e4\u00e4\u00e4",
    "padding": "e30=.e30.e30",
    "standard base64": "e30.+/+/.e30",
    "white space": "e30.e30.e3 0",
    "a newline at the end": "e30.e30.e30\n",
    "a second spelling": "e31.e30.e30",
    "an impossible length": "e30.e30.e",
    "a header that is no JSON": f"{base64url(b'x')}.e30.e30",
    "a header that is no object": f"{base64url(b'[]')}.e30.e30",
    "a header that is null": f"{base64url(b'null')}.e30.e30",
    "a header with two alg": base64url(b'{"alg":"none","alg":"ES256"}') + ".e30.e30",
    "an unknown crit": base64url(b'{"alg":"ES256","crit":["b64"],"b64":false}') + ".e30.e30",
    "an empty crit": base64url(b'{"alg":"ES256","crit":[]}') + ".e30.e30",
}


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
def test_refuses_a_token_with(token: str) -> None:
    with pytest.raises(MalformedError):
        read(token)


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b"7", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}']
)
def test_refuses_a_signed_payload_that_is_no_strict_json_object(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        payload_of(compact(b'{"alg":"ES256"}', payload, KEY))


@pytest.mark.parametrize(
    "header",
    [
        b"{}",
        b'{"alg":"none"}',
        b'{"alg":"HS256"}',
        b'{"alg":"es256"}',
        b'{"alg":["ES256"]}',
        b'{"alg":null}',
    ],
)
def test_the_algorithm_is_the_keys_and_never_the_tokens(header: bytes) -> None:
    with pytest.raises(InvalidSignatureError, match="another algorithm"):
        payload_of(compact(header, b"{}", KEY))


def test_refuses_the_signature_of_another_key() -> None:
    mallory = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(InvalidSignatureError, match="does not match"):
        payload_of(compact(b'{"alg":"ES256"}', b"{}", mallory))


@pytest.mark.parametrize(
    "signature", [b"", b"\0" * 64, b"\0" * 63, b"\xff" * 64, b"\0" * 1000], ids=len
)
def test_refuses_a_signature_of_any_other_shape(signature: bytes) -> None:
    signing_input = compact(b'{"alg":"ES256"}', b"{}", KEY).rpartition(".")[0]
    with pytest.raises(InvalidSignatureError):
        payload_of(f"{signing_input}.{base64url(signature)}")


def test_keys_in_the_header_are_not_looked_at() -> None:
    header = b'{"alg":"ES256","jwk":{"kty":"oct"},"jku":"https://mallory.example","x5c":[1]}'
    assert payload_of(compact(header, b'{"sub":"1"}', KEY)) == {"sub": "1"}


def test_an_unverified_payload_is_there_to_be_shown() -> None:
    forged = read(compact(b'{"alg":"ES256"}', b'{"sub":"mallory"}', KEY)).unverified_payload()
    assert forged == {"sub": "mallory"}


@pytest.mark.parametrize("payload", [b"", b"[]", b"\xff"], ids=str)
def test_an_unverified_payload_is_an_object(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        read(compact(b'{"alg":"ES256"}', payload, KEY)).unverified_payload()


def test_errors_do_not_show_the_token() -> None:
    secret = base64.urlsafe_b64encode(b"a secret header").decode().rstrip("=")
    with pytest.raises(MalformedError) as error:
        read(f"{secret}.e30.e30")
    assert secret not in str(error.value)
    assert "secret" not in str(error.value)
