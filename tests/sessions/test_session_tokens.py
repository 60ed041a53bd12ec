from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from sessions.errors import SessionTokenError
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token, session_claims, validate_session_token
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.sessions.forged import BASE_URL, NOW, REFUSED_CLAIMS, REFUSED_HEADERS, REFUSED_TOKENS
from tests.sessions.tokens import changed, claims_of
from web import cookies

REQUIRED_BY_RFC_9068 = {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}


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
    kid = keyring.ensure_signing_key().kid
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
    assert validated.claims["exp"] == NOW + 600
    assert validated.header["alg"] == "ES256"


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


@pytest.mark.parametrize("claims", REFUSED_CLAIMS.values(), ids=REFUSED_CLAIMS)
def test_refuses_a_token_signed_by_us_with(
    client: Client, alices_token: str, claims: dict[str, Any]
) -> None:
    assert_refused(present(client, changed(alices_token, claims)))


@pytest.mark.parametrize("header", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS)
def test_refuses_a_header_with(client: Client, alices_token: str, header: dict[str, Any]) -> None:
    assert_refused(present(client, changed(alices_token, header=header)))


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
    keyring.forget()
    assert_refused(present(client, alices_token))


def test_a_token_that_was_good_is_refused_by_a_key_of_another_purpose(
    client: Client, alices_token: str
) -> None:
    assert present(client, alices_token).status_code == 200
    SigningKey.objects.update(purpose="id_token")
    keyring.forget()
    assert_refused(present(client, alices_token))


def test_a_token_that_ends_with_its_session_is_refused_then(session: Session) -> None:
    session.expires_at = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=5)
    token = issue_session_token(session, session.user, NOW).text
    with pytest.raises(SessionTokenError):
        validate_session_token(token, NOW + 5)
