"""What is said of a token, and that it is what the site does with it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import DjangoAssertNumQueries, Settings

from sessions import revocation
from sessions.errors import SessionTokenError
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from sessions.token_checker.checks import PROBLEM, UNKNOWN, Check
from sessions.token_checker.explanation import Explanation, explain, pasted
from tests.sessions.forged import (
    REFUSED_CLAIMS,
    REFUSED_HEADERS,
    REFUSED_TOKENS,
    payload_and,
    signed_by_mallory,
    signed_with_the_key_for_id_tokens,
    with_alices_signature,
)
from tests.sessions.outage import database_gone
from tests.sessions.token_checker.tokens_to_check import REFRESH_TOKEN
from tests.sessions.tokens import ABSENT, changed

pytestmark = pytest.mark.django_db
BASE_URL = "http://localhost:8000"
NOW = 1_800_000_000
NAMES = ["form", "typ", "kid", "signature", "iss", "aud", "claims", "time", "session"]


def accepts(token: str, now: float) -> bool:
    try:
        validate_session_token(token, now)
    except SessionTokenError:
        return False
    return True


def problems(explanation: Explanation) -> list[str]:
    return [check.name for check in explanation.checks if check.status == PROBLEM]


def check_of(explanation: Explanation, name: str) -> Check:
    (found,) = (check for check in explanation.checks if check.name == name)
    return found


def with_claims(**claims: Any) -> Callable[[str], str]:
    return lambda token: changed(token, claims)


def with_header(**header: Any) -> Callable[[str], str]:
    return lambda token: changed(token, header=header)


# The verdict is the site's

ACCEPTED: dict[str, Callable[[str], str]] = {
    "as it was issued": lambda token: token,
    "one audience": with_claims(aud=BASE_URL),
    "two audiences": with_claims(aud=["https://app.example", BASE_URL]),
    "nbf": with_claims(nbf=1),
    "iat a little ahead": with_claims(iat=int(time.time()) + 3),
    "a sid that is no UUID": with_claims(sid="x"),
    "more claims": with_claims(more={"than": ["known"]}),
    "typ in capitals": with_header(typ="AT+JWT"),
    "keys in the header": with_header(jku="https://mallory.example", x5c=["AAAA"]),
}
OTHERS: dict[str, Callable[[str], str]] = {
    "a refresh token": lambda _: REFRESH_TOKEN,
    "an opaque token": lambda _: "gho_16C7e42F292c6912E7710c838347Ae178B4a",
    "an encrypted token": lambda _: "e30.a.b.c.d",
    "white space": lambda _: "  \n",
    "a lone surrogate": lambda _: "\ud800.\ud800.\ud800",
    "nothing but a NUL": lambda _: "\0",
    "a claim with a lone surrogate": payload_and(b'"name2":"\\ud800\\u0000\\u202e"'),
    "a kid that no column holds": with_header(kid="a" * 16_000),
    "many audiences": with_claims(aud=["x"] * 3000),
    "a great number": with_claims(exp=10**99, iat=-(10**99)),
}
ALL: dict[str, Callable[[str], str]] = {
    **ACCEPTED,
    **{name: with_claims(**claims) for name, claims in REFUSED_CLAIMS.items()},
    **{name: with_header(**header) for name, header in REFUSED_HEADERS.items()},
    **REFUSED_TOKENS,
    **OTHERS,
}


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_says_what_the_site_does(alices_token: str, make: Callable[[str], str]) -> None:
    token = make(alices_token)
    for after in (0, -3600, 10**6, 10**10):
        now = time.time() + after
        explanation = explain(token, now)
        assert explanation.is_accepted == accepts(token, now), after
        assert explanation.is_accepted == (problems(explanation) == []), after
        str(explanation).encode()


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED)
def test_accepts_a_token_with(alices_token: str, make: Callable[[str], str]) -> None:
    explanation = explain(make(alices_token))
    assert explanation.is_accepted
    assert explanation.is_proven
    assert [check.name for check in explanation.checks] == NAMES


@pytest.mark.parametrize("cut", range(0, 1000, 37))
def test_says_what_the_site_does_with_a_token_that_lost_its_end(
    alices_token: str, cut: int
) -> None:
    token = alices_token[: max(0, len(alices_token) - cut)]
    assert explain(token).is_accepted == accepts(token, time.time()) == (cut == 0)


@pytest.mark.parametrize("position", range(0, 700, 23))
def test_says_what_the_site_does_with_a_token_in_which_a_letter_has_changed(
    alices_token: str, position: int
) -> None:
    letter = "A" if alices_token[position] != "A" else "B"
    token = alices_token[:position] + letter + alices_token[position + 1 :]
    assert not explain(token).is_accepted
    assert not accepts(token, time.time())


# Exactly why

WHY: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "expired": (with_claims(exp=1), ["time"]),
    "issued in the future": (with_claims(iat=10**10), ["time"]),
    "not valid yet": (with_claims(nbf=10**10), ["time"]),
    "nbf as a text": (with_claims(nbf="0"), ["time"]),
    "another issuer": (with_claims(iss=f"{BASE_URL}/"), ["iss"]),
    "another audience": (with_claims(aud=["https://app.example"]), ["aud"]),
    "no sub": (with_claims(sub=ABSENT), ["claims"]),
    "exp as a text": (with_claims(exp="1"), ["claims"]),
    "another type": (with_header(typ="JWT"), ["typ"]),
    "an unknown key": (with_header(kid="A" * 43), ["kid"]),
    "no kid": (with_header(kid=ABSENT), ["kid"]),
    "another algorithm": (with_header(alg="HS256"), ["signature"]),
    "another key": (signed_by_mallory, ["signature"]),
    "another payload": (with_alices_signature, ["signature"]),
    "an expired token for another app": (with_claims(exp=1, aud="x"), ["aud", "time"]),
    "a refresh token": (lambda _: REFRESH_TOKEN, ["form"]),
    "nothing": (lambda _: "", ["form"]),
}


@pytest.mark.parametrize(("make", "checks"), WHY.values(), ids=WHY)
def test_blames(alices_token: str, make: Callable[[str], str], checks: list[str]) -> None:
    assert problems(explain(make(alices_token))) == checks


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (NOW + 600, "The token expired 0 seconds ago."),
        (NOW + 601, "The token expired 1 second ago."),
        (NOW + 600 + 125, "The token expired 2 minutes ago."),
        (NOW + 600 + 7200, "The token expired 2 hours ago."),
        (NOW + 600 + 86_400 * 3, "The token expired 3 days ago."),
        (NOW + 60, "The token is valid for another 9 minutes."),
        (NOW - 61, "The token was issued 1 minute in the future."),
    ],
)
def test_says_how_long_ago(alices_session: Session, now: int, sentence: str) -> None:
    token = changed(
        issue_session_token(alices_session, alices_session.user, NOW).text, {"exp": NOW + 600}
    )
    found = check_of(explain(token, now), "time")
    assert found.sentence.startswith(sentence)
    assert ("exp", "2027-01-15 08:10:00 UTC") in found.values


def test_a_wrong_clock_is_named(alices_token: str) -> None:
    found = check_of(explain(alices_token, time.time() - 3600), "time")
    assert "Compare the clocks" in found.sentence


def test_names_the_issuer_that_it_should_have(alices_token: str) -> None:
    found = check_of(explain(changed(alices_token, {"iss": "https://op.example"})), "iss")
    assert found.values == (("iss", "https://op.example"), ("expected", BASE_URL))


def test_names_the_keys_that_are_accepted(alices_token: str) -> None:
    found = check_of(explain(changed(alices_token, header={"kid": "unknown"})), "kid")
    ours = keyring.ensure_signing_key().kid
    assert found.values == (("kid", "unknown"), ("accepted", ours))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [("revoked", "has been revoked"), ("gone", "is no longer in use. Its state is: Removed")],
)
def test_says_why_a_key_is_not_accepted(alices_token: str, state: str, sentence: str) -> None:
    SigningKey.objects.update(state=state)
    keyring.forget()
    explanation = explain(alices_token)
    assert problems(explanation) == ["kid"]
    assert sentence in check_of(explanation, "kid").sentence
    assert check_of(explanation, "signature").status == UNKNOWN


def test_says_that_a_key_is_for_id_tokens_alone(alices_token: str) -> None:
    explanation = explain(signed_with_the_key_for_id_tokens(alices_token))
    found = check_of(explanation, "kid")
    assert problems(explanation) == ["kid"]
    assert "signs only ID tokens" in found.sentence
    assert found.values[1:] == (("accepted", keyring.ensure_signing_key().kid),)


def test_tells_when_a_retired_key_has_signed_an_accepted_token(alices_token: str) -> None:
    SigningKey.objects.update(state="retired")
    keyring.forget()
    assert explain(alices_token).is_accepted


# The token of a script

SCRIPTS_AUDIENCES: dict[str, tuple[Any, bool]] = {
    "as it is made": ([f"{BASE_URL}/api/session"], True),
    "for this site too": ([f"{BASE_URL}/api/session", BASE_URL], True),
    "for an app alone": (["https://app.example"], False),
    "for nobody": (ABSENT, False),
}


@pytest.mark.parametrize(("aud", "is_ours"), SCRIPTS_AUDIENCES.values(), ids=SCRIPTS_AUDIENCES)
def test_says_of_a_scripts_token_that_it_counts_at_few_places(
    alices_session: Session, aud: Any, *, is_ours: bool
) -> None:
    alices_session.holder = Session.Holder.SCRIPT
    token = issue_session_token(alices_session, alices_session.user).text
    token = changed(token, {"aud": aud})
    explanation = explain(token)
    assert explanation.what == "A script's JWT of this site."
    assert explanation.is_accepted == accepts(token, time.time()) == is_ours
    if is_ours:
        assert "only as Authorization: Bearer" in check_of(explanation, "aud").sentence


# What it is, and whose

KINDS: dict[str, tuple[Callable[[str], str], str]] = {
    "ours": (lambda token: token, "A session JWT of this site."),
    "another site's": (
        with_claims(iss="https://id.example"),
        "An access token from https://id.example.",
    ),
    "an ID token": (
        lambda token: changed(token, {"iss": "https://op.example", "nonce": "x"}, {"typ": "JWT"}),
        "An ID token from https://op.example. It tells one app who signed in.",
    ),
    "another kind": (
        with_header(typ="logout+jwt"),
        f"A JWT from {BASE_URL}, but not a session JWT.",
    ),
    "no issuer": (
        with_claims(iss=ABSENT),
        "An access token from an unknown issuer.",
    ),
    "a refresh token": (lambda _: REFRESH_TOKEN, "A refresh token of this site."),
    "an opaque token": (lambda _: "gho_abc", "An opaque token."),
    "an encrypted token": (lambda _: "a.b.c.d.e", "An encrypted JWT."),
    "two lines": (lambda token: token.replace(".", ".\n"), "A text with spaces."),
    "nonsense": (lambda _: "a.b", "Not a JWT."),
    "nothing": (lambda _: "", "No token."),
}


@pytest.mark.parametrize(("make", "what"), KINDS.values(), ids=KINDS)
def test_recognises(alices_token: str, make: Callable[[str], str], what: str) -> None:
    assert explain(make(alices_token)).what == what


@pytest.mark.parametrize(
    ("claims", "whose"),
    [
        ({}, "Alice Archer, alice@example.com"),
        ({"name": ABSENT, "email": ABSENT, "sub": "7"}, "7"),
        ({"name": ["Eve\u202e"], "email": "", "sub": "\0"}, '["Eve\\u202e"], \\x00'),
    ],
    ids=["name and address", "sub", "hostile"],
)
def test_names_whom_it_names(alices_token: str, claims: dict[str, Any], whose: str) -> None:
    assert explain(changed(alices_token, claims)).whose == whose


# What a stranger does not learn


@pytest.mark.parametrize("make", [signed_by_mallory, with_header(kid="A" * 43)])
def test_says_of_a_session_only_what_a_good_signature_may_ask(
    alices_session: Session, alices_token: str, make: Callable[[str], str]
) -> None:
    before = check_of(explain(make(alices_token)), "session")
    revocation.remember(str(alices_session.pk))
    assert check_of(explain(make(alices_token)), "session") == before
    assert before.status == UNKNOWN
    assert problems(explain(alices_token)) == ["session"]


def test_says_nothing_of_a_session_whose_key_is_revoked(
    alices_session: Session, alices_token: str
) -> None:
    SigningKey.objects.update(state="revoked")
    keyring.forget()
    revocation.remember(str(alices_session.pk))
    assert check_of(explain(alices_token), "session").status == UNKNOWN


def test_a_database_that_is_gone_leaves_open_whether_the_session_has_ended(
    alices_token: str, settings: Settings
) -> None:
    validate_session_token(alices_token)
    settings.REVOCATION_STALE_AFTER = -1
    with database_gone():
        explanation = explain(alices_token)
        unknown_key = explain(with_header(kid="A" * 43)(alices_token))
    assert check_of(explanation, "session").status == UNKNOWN
    assert "database" in check_of(explanation, "session").sentence
    assert not explanation.is_accepted
    assert "database" in check_of(unknown_key, "kid").sentence


def test_a_made_up_token_is_the_same_for_people_who_exist_and_who_do_not(
    alice: User, alices_token: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    known, unknown = (
        explain(changed(alices_token, {"sub": sub, "name": "x", "email": "y"}, key=key), NOW)
        for sub in (str(alice.pk), "0d4f7a36-0a52-4d0c-9a4e-1f7a6f5b2c11")
    )
    assert known.checks == unknown.checks


def test_asks_the_database_nothing_about_a_token_of_a_known_key(
    alices_token: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    validate_session_token(alices_token)
    with django_assert_num_queries(0):
        explain(alices_token)
        explain(signed_by_mallory(alices_token))
        explain(changed(alices_token, {"exp": 1}))


def test_remembers_no_token(alices_token: str, alices_session: Session) -> None:
    from sessions import session_tokens

    session_tokens._verified.cache_clear()
    explain(alices_token)
    assert session_tokens._verified.cache_info().currsize == 0


# What is pasted


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c",
        " a.b.c\n",
        "Bearer a.b.c",
        "Authorization: Bearer a.b.c",
        "authorization:bearer a.b.c",
    ],
)
def test_finds_the_token_in(text: str) -> None:
    assert pasted(text) == "a.b.c"


def test_what_is_too_long_is_cut_and_stays_too_long() -> None:
    assert 16_384 < len(pasted("A" * 10**7)) < 20_000


def test_values_are_cut(alices_token: str) -> None:
    explanation = explain(changed(alices_token, {"iss": "x" * 5000}))
    assert all(len(value) < 310 for found in explanation.checks for _, value in found.values)
    assert len(json.dumps(explanation.claims)) > 5000
