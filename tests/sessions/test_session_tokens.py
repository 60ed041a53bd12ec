import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponse
from django.test import Client
from jwt.algorithms import ECAlgorithm, HMACAlgorithm
from pytest_django import Settings

from sessions import signing_keys
from sessions.errors import SessionTokenError
from sessions.models import Session, SigningKey, User
from sessions.session_tokens import issue_session_token, session_claims, validate_session_token
from tests.sessions.tokens import ABSENT, base64url, changed, claims_of, compact, our_key
from web import cookies

BASE_URL = "http://localhost:8000"
NOW = 1_800_000_000
REQUIRED_BY_RFC_9068 = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}
TEXTS = ("iss", "sub", "client_id", "sid", "jti")
NUMBERS = ("iat", "exp", "auth_time", "gen")


@pytest.fixture
def session(alice: User) -> Session:
    """A session of Alice's that began at NOW."""
    return Session.objects.create(
        user=alice,
        provider="github",
        generation=3,
        auth_time=datetime.fromtimestamp(NOW - 60, UTC),
        expires_at=datetime.fromtimestamp(NOW + 3600, UTC),
    )


def present(client: Client, token: str) -> Any:
    return client.get("/api/session", headers={"authorization": f"Bearer {token}"})


# What is issued


def test_says_all_that_rfc_9068_requires_and_what_our_contract_adds(session: Session) -> None:
    claims = claims_of(issue_session_token(session, session.user, NOW).text)
    assert claims.keys() >= REQUIRED_BY_RFC_9068
    assert claims == {
        "iss": BASE_URL,
        "aud": [BASE_URL],
        "sub": str(session.user.pk),
        "client_id": BASE_URL,
        "sid": str(session.pk),
        "jti": claims["jti"],
        "gen": 3,
        "iat": NOW,
        "exp": NOW + 600,
        "auth_time": NOW - 60,
        "idp": "github",
        "scope": "openid profile email",
        "name": "Alice Archer",
        "email": "alice@example.com",
        "email_verified": False,
    }


def test_groups_are_said_only_where_there_are_any(session: Session) -> None:
    """Strict validators of RFC 9068 refuse an empty list."""
    assert "groups" not in session_claims(session, session.user, NOW)
    session.groups = ["staff"]
    assert session_claims(session, session.user, NOW)["groups"] == ["staff"]


def test_the_header_names_type_algorithm_and_key_and_no_more(session: Session) -> None:
    header = jwt.get_unverified_header(issue_session_token(session, session.user).text)
    kid = signing_keys.ensure_signing_key().kid
    assert header == {"typ": "at+jwt", "alg": "ES256", "kid": kid}


def test_any_jwt_library_verifies_it_with_our_published_keys(
    client: Client, alices_token: str
) -> None:
    keys = jwt.PyJWKSet.from_dict(client.get("/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(alices_token)["kid"]]
    options: Any = {"require": sorted(REQUIRED_BY_RFC_9068)}
    jwt.decode(alices_token, key, ["ES256"], audience=BASE_URL, issuer=BASE_URL, options=options)


def test_every_token_has_128_fresh_bits_of_its_own(session: Session) -> None:
    one, other = (claims_of(issue_session_token(session, session.user).text)["jti"] for _ in "12")
    assert one != other
    assert len(one) == 22


def test_is_valid_no_longer_than_its_session(session: Session) -> None:
    token = issue_session_token(session, session.user, NOW + 3500).text
    assert claims_of(token)["exp"] == NOW + 3600


def test_lives_for_as_long_as_the_admin_says(session: Session, settings: Settings) -> None:
    settings.SESSION_TOKEN_LIFETIME = 60
    assert claims_of(issue_session_token(session, session.user, NOW).text)["exp"] == NOW + 60


def test_is_for_the_audiences_that_the_admin_lists(session: Session, settings: Settings) -> None:
    settings.SESSION_AUDIENCE = [BASE_URL, "https://app.example"]
    token = issue_session_token(session, session.user, NOW).text
    assert claims_of(token)["aud"] == [BASE_URL, "https://app.example"]
    assert validate_session_token(token, NOW).sub == str(session.user.pk)


def test_names_no_provider_after_a_password(session: Session) -> None:
    session.provider = ""
    assert "idp" not in claims_of(issue_session_token(session, session.user).text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Alice", "Alice"),
        ("a" * 200, "a" * 120),
        ("a" + "\u00e4" * 100, "a" + "\u00e4" * 59),
        ("\U0001f600" * 50, "\U0001f600" * 30),
        ("ab" + "\U0001f600" * 50, "ab" + "\U0001f600" * 29),
    ],
    ids=["short", "ASCII", "two bytes", "four bytes", "four bytes, not aligned"],
)
def test_cuts_a_name_at_120_bytes_and_never_inside_a_letter(
    session: Session, name: str, shown: str
) -> None:
    session.user.name = name
    assert claims_of(issue_session_token(session, session.user).text)["name"] == shown


@pytest.mark.parametrize(("length", "is_shown"), [(256, True), (257, False)])
def test_leaves_out_a_picture_over_256_bytes(
    session: Session, length: int, *, is_shown: bool
) -> None:
    session.user.picture = "https://a.example/".ljust(length, "a")
    claims = claims_of(issue_session_token(session, session.user).text)
    assert ("picture" in claims) is is_shown


def test_says_nothing_about_a_person_of_whom_nothing_is_known(session: Session) -> None:
    session.user.name = session.user.email = session.user.picture = ""
    claims = claims_of(issue_session_token(session, session.user).text)
    assert claims.keys().isdisjoint({"name", "picture", "email", "email_verified"})


def test_prefers_the_proven_address(session: Session) -> None:
    EmailAddress.objects.create(
        user=session.user, email="proven@example.com", verified=True, primary=True
    )
    claims = claims_of(issue_session_token(session, session.user).text)
    assert (claims["email"], claims["email_verified"]) == ("proven@example.com", True)


@pytest.mark.parametrize(
    "wanted", [[], ["name"], ["email"], ["email", "email_verified"], ["picture"]], ids=str
)
def test_carries_of_the_profile_only_what_session_claims_lists(
    session: Session, settings: Settings, wanted: list[str]
) -> None:
    settings.SESSION_CLAIMS = wanted
    session.user.picture = "https://a.example/alice"
    claims = claims_of(issue_session_token(session, session.user).text)
    profile = {"name", "picture", "email", "email_verified"}
    assert profile & claims.keys() == set(wanted)


def test_the_cookie_stays_under_3500_bytes_with_the_largest_claims(
    session: Session, settings: Settings
) -> None:
    settings.COOKIE_PREFIX, settings.IS_HTTPS = "__Host-", True
    settings.BASE_URL = f"https://{'a' * 63}.example.com"
    settings.SESSION_AUDIENCE = [settings.BASE_URL] * 3
    session.provider, session.generation = "p" * 50, 2**31 - 1
    session.user.name = "\U0001f600" * 50
    session.user.picture = "https://a.example/".ljust(256, "a")
    session.user.email = "a" * 64 + "@" + "b" * 185 + ".com"
    response = HttpResponse()
    token = issue_session_token(session, session.user).text
    cookies.set_cookie(response, cookies.SESSION, token, max_age=600)
    longer = 4096 // 6 - 86  # characters that the signature of the longest RSA key has more
    assert len(response.cookies["__Host-session"].OutputString()) + longer < 3500


# What is accepted


def test_accepts_what_was_issued(session: Session) -> None:
    token = issue_session_token(session, session.user, NOW).text
    validated = validate_session_token(token, NOW + 599)
    assert (validated.sub, validated.sid) == (str(session.user.pk), str(session.pk))
    assert validated.exp == NOW + 600
    assert validated.algorithm == "ES256"


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"aud": BASE_URL}, {}),
        ({"aud": ["https://app.example", BASE_URL]}, {}),
        ({"nbf": NOW}, {}),
        ({"nbf": NOW - 0.5}, {}),
        ({"iat": NOW + 60}, {}),
        ({"more": {"than": "known"}}, {}),
        ({}, {"typ": "AT+JWT"}),
        ({}, {"jku": "https://mallory.example/jwks", "x5u": "https://mallory.example/x5u"}),
        ({}, {"jwk": {"kty": "EC"}, "x5c": ["AAAA"]}),
    ],
    ids=str,
)
def test_accepts_a_token_of_ours_with(
    session: Session, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    token = changed(issue_session_token(session, session.user, NOW).text, claims, header)
    assert validate_session_token(token, NOW).sid == str(session.pk)


@pytest.mark.parametrize("now", [NOW + 600, NOW + 601, NOW + 10**9, NOW - 61], ids=str)
def test_refuses_a_token_at_the_wrong_time(session: Session, now: float) -> None:
    token = issue_session_token(session, session.user, NOW).text
    with pytest.raises(SessionTokenError):
        validate_session_token(token, now)


# What is refused, as a visitor meets it: each answers 401, says no more, and never fails


def assert_refused(answer: Any) -> None:
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json() == {"status": 401, "detail": "A valid session JWT is needed."}


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


@pytest.mark.parametrize("claims", REFUSED_CLAIMS.values(), ids=REFUSED_CLAIMS)
def test_refuses_a_token_signed_by_us_with(
    client: Client, alices_token: str, claims: dict[str, Any]
) -> None:
    assert_refused(present(client, changed(alices_token, claims)))


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


@pytest.mark.parametrize("header", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS)
def test_refuses_a_header_with(client: Client, alices_token: str, header: dict[str, Any]) -> None:
    assert_refused(present(client, changed(alices_token, header=header)))


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


@pytest.mark.parametrize("make", REFUSED_TOKENS.values(), ids=REFUSED_TOKENS)
def test_refuses_a_token_with(
    client: Client, alices_token: str, make: Callable[[str], str]
) -> None:
    assert_refused(present(client, make(alices_token)))


@pytest.mark.parametrize(
    "make",
    [make for name, make in REFUSED_TOKENS.items() if name not in ("no segment", "a space inside")],
    ids=[name for name in REFUSED_TOKENS if name not in ("no segment", "a space inside")],
)
def test_refuses_a_cookie_with(
    client: Client, alices_token: str, make: Callable[[str], str]
) -> None:
    header = f"session={make(alices_token)}"
    assert_refused(client.get("/api/session", headers={"cookie": header}))


def test_refuses_a_token_when_its_session_has_been_revoked(
    client: Client, alices_browser: Client, alices_token: str
) -> None:
    assert alices_browser.delete("/api/session", headers={"origin": BASE_URL}).status_code == 204
    assert_refused(present(client, alices_token))


def test_a_token_of_a_key_that_is_gone_is_refused(client: Client, alices_token: str) -> None:
    SigningKey.objects.update(state="revoked")
    signing_keys.forget()
    assert_refused(present(client, alices_token))


def test_a_token_that_ends_with_its_session_is_refused_then(session: Session) -> None:
    session.expires_at = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=5)
    token = issue_session_token(session, session.user, NOW).text
    with pytest.raises(SessionTokenError):
        validate_session_token(token, NOW + 5)
