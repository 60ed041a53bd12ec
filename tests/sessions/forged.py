"""Session JWTs that nobody may accept, and how they are made."""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, HMACAlgorithm

from sessions.signing_keys import algorithms
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import id_token_key
from tests.sessions.tokens import ABSENT, base64url, changed, claims_of, compact, our_key

BASE_URL = "http://localhost:8000"


NOW = 1_800_000_000


TEXTS = ("iss", "sub", "client_id", "sid", "jti")


NUMBERS = ("iat", "exp", "auth_time", "gen")


REFUSED_CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://mallory.example"},
    "our issuer with a slash": {"iss": f"{BASE_URL}/"},
    "an audience that is not us": {"aud": "https://app.example"},
    "an audience for scripts alone": {"aud": [f"{BASE_URL}/api/session"]},
    "audiences without us": {"aud": ["https://app.example", f"{BASE_URL}/"]},
    "no audience": {"aud": ABSENT},
    "an empty list of audiences": {"aud": []},
    "null as audience": {"aud": None},
    "an audience in an object": {"aud": {BASE_URL: True}},
    "an audience in a list of lists": {"aud": [[BASE_URL]]},
    "exp in the past": {"exp": 1},
    "exp below zero": {"exp": -(10**30)},
    "exp with a fraction": {"exp": time.time() + 60.5},
    "iat in the future": {"iat": 10**11},
    "nbf in the future": {"nbf": 10**11},
    "nbf as a text": {"nbf": "0"},
    "nbf null": {"nbf": None},
    "nbf true": {"nbf": True},
    **{f"no {name}": {name: ABSENT} for name in (*TEXTS, *NUMBERS)},
    **{f"{name} null": {name: None} for name in (*TEXTS, *NUMBERS)},
    **{f"{name} as a number": {name: 7} for name in TEXTS},
    **{f"{name} as a list": {name: ["x"]} for name in TEXTS},
    **{f"{name} as a text": {name: str(NOW)} for name in NUMBERS},
    **{f"{name} true": {name: True} for name in NUMBERS},
}


REFUSED_HEADERS: dict[str, dict[str, Any]] = {
    "typ JWT": {"typ": "JWT"},
    "typ of a status list": {"typ": "statuslist+jwt"},
    "no typ": {"typ": ABSENT},
    "typ as a list": {"typ": ["at+jwt"]},
    "another kid": {"kid": "A" * 43},
    "no kid": {"kid": ABSENT},
    "kid null": {"kid": None},
    "kid as a list": {"kid": ["x"]},
    "kid with NUL": {"kid": "\0"},
    "kid with a lone surrogate": {"kid": "\ud800"},
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg HS256": {"alg": "HS256"},
    "alg ES384": {"alg": "ES384"},
    "alg in lower case": {"alg": "es256"},
    "no alg": {"alg": ABSENT},
    "alg as a list": {"alg": ["ES256"]},
    "crit": {"crit": ["exp"]},
    "an empty crit": {"crit": []},
}


def unsigned(token: str) -> str:
    return changed(token, header={"alg": "none"}).rpartition(".")[0] + "."


def signed_with_the_public_key_as_a_secret(token: str) -> str:
    public = our_key().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = changed(token, header={"alg": "HS256"}).rpartition(".")[0]
    mac = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signing_input.encode(), pem)
    return f"{signing_input}.{base64url(mac)}"


def signed_by_mallory(token: str) -> str:
    return changed(token, key=ec.generate_private_key(ec.SECP256R1()))


def signed_by_mallory_with_her_jwk(token: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return changed(token, header={"jwk": jwk}, key=key)


def signed_with_the_key_for_id_tokens(token: str) -> str:
    """Sign good claims with a key of ours that signs for apps alone."""
    row = id_token_key(SigningKey.State.SIGNING)
    row.save()
    private = algorithms.from_text("RS256", row.private_key)
    return changed(token, header={"alg": "RS256", "kid": row.kid}, key=private, algorithm="RS256")


def with_alices_signature(token: str) -> str:
    """Change the claims and keep the signature."""
    signature = token.rpartition(".")[2]
    return changed(token, {"sub": "mallory"}).rpartition(".")[0] + f".{signature}"


def with_the_first_bit_of_the_signature_turned(token: str) -> str:
    start, _, signature = token.rpartition(".")
    return f"{start}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def header_of(raw: bytes) -> Callable[[str], str]:
    return lambda token: compact(raw, b"{}", our_key())


def payload_of(raw: bytes) -> Callable[[str], str]:
    def make(token: str) -> str:
        header = json.dumps(jwt.get_unverified_header(token)).encode()
        return compact(header, raw, our_key())

    return make


def payload_and(more: bytes) -> Callable[[str], str]:
    """Sign the good claims with one more member, spelled by hand."""

    def make(token: str) -> str:
        good = json.dumps(claims_of(token)).encode()
        return payload_of(good[:-1] + b"," + more + b"}")(token)

    return make


REFUSED_TOKENS: dict[str, Callable[[str], str]] = {
    "no segment": lambda _: "",
    "one segment": lambda _: "a",
    "two segments": lambda token: token.rpartition(".")[0],
    "four segments": lambda token: f"{token}.",
    "five segments": lambda token: f"{token}.a.b",
    "only dots": lambda _: "..",
    "1 MB": lambda token: token + "A" * 1_000_000,
    "1 MB of dots": lambda _: "." * 1_000_000,
    "non-ASCII": lambda token: f"\u00e4{token[1:]}",
    "padding": lambda token: f"{token}==",
    "a space inside": lambda token: token.replace(".", ". ", 1),
    "another alphabet": lambda _: "+/+/.+/+/.+/+/",
    "another spelling of the signature": lambda token: token[:-1] + chr(ord(token[-1]) + 1),
    "no signature": lambda token: token.rpartition(".")[0] + ".",
    "alg none, unsigned": unsigned,
    "HS256 with the public key": signed_with_the_public_key_as_a_secret,
    "another key": signed_by_mallory,
    "our key for ID tokens": signed_with_the_key_for_id_tokens,
    "another key, in the header": signed_by_mallory_with_her_jwk,
    "another payload": with_alices_signature,
    "another signature": with_the_first_bit_of_the_signature_turned,
    "a null header": header_of(b"null"),
    "an empty header": header_of(b""),
    "a list as header": header_of(b"[]"),
    "a number as header": header_of(b"7"),
    "a header not in UTF-8": header_of(b'{"alg":"\xff"}'),
    "a header with a duplicate name": header_of(b'{"alg":"none","alg":"ES256"}'),
    "a header nested deeply": header_of(b"[" * 10_000),
    "a null payload": payload_of(b"null"),
    "an empty payload": payload_of(b""),
    "a payload nested deeply": payload_and(b'"x":' + b"[" * 5000 + b"]" * 5000),
    "a payload not in UTF-8": payload_and(b'"x":"\xff"'),
    "a duplicate claim": payload_and(b'"sub":"mallory"'),
    "NaN": payload_and(b'"nbf":NaN'),
    "Infinity": payload_and(b'"nbf":-Infinity'),
    "a huge integer": payload_and(b'"nbf":' + b"1" * 5000),
    "a huge float": payload_and(b'"nbf":1e999'),
}
