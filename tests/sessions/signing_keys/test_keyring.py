import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from sessions.errors import SessionTokenError, SigningKeyUnreadableError
from sessions.models import Session
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.signing_keys import algorithms, keyring, life, rotation
from sessions.signing_keys.models import SigningKey
from tests.sessions.outage import database_gone
from tests.sessions.signing_keys import keys
from tests.sessions.signing_keys.keys import Purpose, State, id_token_key, key
from tests.sessions.threads import at_once
from tests.sessions.tokens import changed

pytestmark = pytest.mark.django_db
JWKS = "/.well-known/jwks.json"


def test_the_first_key_is_made_once() -> None:
    first = keyring.ensure_signing_key()
    keyring.forget()
    assert keyring.ensure_signing_key().kid == first.kid
    assert SigningKey.objects.count() == 1


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.parametrize("purpose", Purpose)
def test_processes_that_start_at_once_make_one_key(purpose: Purpose) -> None:
    def start() -> str:
        keyring.forget()
        return keyring.ensure_signing_key(purpose=purpose).kid

    kids = at_once(4, start)
    assert set(kids) == {SigningKey.objects.get().kid}


def test_a_process_that_lost_the_race_signs_with_the_others_key() -> None:
    assert not keyring.loaded().successions[Purpose.SESSION]
    other = algorithms.generate()
    other.save()
    assert keyring.ensure_signing_key().kid == other.kid


def test_a_process_that_loses_the_race_while_it_makes_a_key_signs_with_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generate = algorithms.generate

    def generate_second(purpose: Purpose) -> SigningKey:
        generate().save()
        return generate()

    monkeypatch.setattr(algorithms, "generate", generate_second)
    assert keyring.ensure_signing_key().kid == SigningKey.objects.get().kid


def test_an_unknown_kid_is_refused_while_the_database_is_gone(
    client: Client, alices_session: Session
) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    unknown = changed(token, header={"kid": "A" * 43})
    with database_gone():
        assert keyring.verification_key("A" * 43, clock=lambda: float("inf")) is None
        answer = client.get("/api/session", headers={"authorization": f"Bearer {unknown}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("make", [key, id_token_key])
@pytest.mark.parametrize("state", [State.SIGNING, State.UPCOMING])
def test_the_table_allows_a_single_key_that_is(
    state: State, make: Callable[[State], SigningKey]
) -> None:
    make(state).save()
    with pytest.raises(IntegrityError):
        make(state).save()


def test_tells_whether_a_key_signs() -> None:
    assert not keyring.has_signing_key()
    keyring.ensure_signing_key()
    assert keyring.has_signing_key()
    assert not keyring.has_signing_key(Purpose.ID_TOKEN)


# Two purposes


def test_the_first_key_for_id_tokens_is_made_once_beside_that_of_sessions() -> None:
    session = keyring.ensure_signing_key()
    made = keyring.ensure_signing_key(purpose=Purpose.ID_TOKEN)
    assert keyring.ensure_signing_key(purpose=Purpose.ID_TOKEN) is made
    assert keyring.ensure_signing_key() is session
    assert (made.purpose, made.algorithm) == (Purpose.ID_TOKEN, "RS256")
    assert made.private.key_size == 3072
    assert SigningKey.objects.count() == 2


def test_a_site_without_apps_has_no_key_for_id_tokens() -> None:
    keyring.ensure_signing_key()
    rotation.rotate_if_due()
    assert [row.purpose for row in SigningKey.objects.all()] == [Purpose.SESSION]


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "HS256"])
def test_id_tokens_are_signed_with_rs256_whatever_session_jwts_are_signed_with(
    algorithm: str, settings: Settings
) -> None:
    settings.SIGNING_ALGORITHM = algorithm
    assert keyring.ensure_signing_key().algorithm == algorithm
    assert algorithms.algorithm_of(Purpose.ID_TOKEN) == "RS256"


def test_publishes_the_keys_of_both_purposes(client: Client) -> None:
    of_session, of_id_tokens = key(State.SIGNING), id_token_key(State.SIGNING)
    of_session.save()
    of_id_tokens.save()
    published = {jwk["kid"]: jwk for jwk in client.get(JWKS).json()["keys"]}
    assert published.keys() == {of_session.kid, of_id_tokens.kid}
    assert published[of_id_tokens.kid].keys() == {"kty", "n", "e", "kid", "use", "alg"}


def test_finds_the_keys_of_both_purposes_and_says_which_is_which() -> None:
    for made in (key(State.SIGNING), id_token_key(State.RETIRED)):
        made.save()
        found = keyring.verification_key(made.kid, clock=lambda: float("inf"))
        assert found is not None
        assert found.purpose is Purpose(made.purpose)


def test_a_session_is_never_signed_with_the_key_for_id_tokens(alices_session: Session) -> None:
    id_token_key(State.SIGNING, signs_from=timezone.now() - timedelta(days=9)).save()
    token = issue_session_token(alices_session, alices_session.user)
    assert token.header["alg"] == "ES256"
    assert token.header["kid"] == SigningKey.objects.get(purpose=Purpose.SESSION).kid


def test_an_id_token_key_that_cannot_be_opened_is_named() -> None:
    id_token_key(State.SIGNING).save()
    SigningKey.objects.update(sealed_private_key="sealed elsewhere")
    with pytest.raises(SigningKeyUnreadableError):
        keyring.ensure_signing_key(purpose=Purpose.ID_TOKEN)


# What is published


def test_publishes_what_has_signed_what_signs_and_what_will(client: Client) -> None:
    published = [key(State.RETIRED), key(State.SIGNING), key(State.UPCOMING)]
    for each in [*published, key(State.GONE), key(State.REVOKED)]:
        each.save()
    kids = {jwk["kid"] for jwk in client.get(JWKS).json()["keys"]}
    assert kids == {each.kid for each in published}


def test_publishes_no_symmetric_key(client: Client) -> None:
    key(State.SIGNING, "HS256").save()
    assert client.get(JWKS).json() == {"keys": []}


def test_the_published_key_is_the_one_that_signs() -> None:
    loaded = keyring.ensure_signing_key()
    numbers = loaded.private.public_key().public_numbers()
    coordinate = base64.urlsafe_b64encode(numbers.x.to_bytes(32, "big")).decode().rstrip("=")
    assert coordinate == loaded.jwk["x"]
    assert isinstance(numbers.curve, ec.SECP256R1)


def test_the_key_set_may_be_read_and_kept_by_everybody(client: Client) -> None:
    answer = client.get(JWKS)
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_the_key_set_is_not_sent_to_who_has_it(client: Client) -> None:
    keyring.ensure_signing_key()
    etag = client.get(JWKS)["ETag"]
    assert etag.startswith('"')  # strong (RFC 9110 §8.8.3)
    answer = client.get(JWKS, headers={"if-none-match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == etag
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_the_key_set_is_sent_to_who_has_another(client: Client) -> None:
    keyring.ensure_signing_key()
    etag = client.get(JWKS)["ETag"]
    rotation.rotate()
    answer = client.get(JWKS, headers={"if-none-match": etag})
    assert answer.status_code == 200
    assert len(answer.json()["keys"]) == 2


def test_the_key_set_takes_no_cookie_into_account(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keyring.ensure_signing_key()
    client.cookies["session"] = "broken"
    with django_assert_num_queries(0):
        answer = client.get(JWKS)
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


# What is kept secret


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_the_private_part_is_sealed_in_the_database(algorithm: str) -> None:
    made = key(State.SIGNING, algorithm)
    made.save()
    row = json.dumps(SigningKey.objects.values().get(), default=str)
    assert "PRIVATE" not in row
    assert made.private_key not in row
    assert SigningKey.objects.get().private_key == made.private_key


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_a_loaded_key_does_not_show_its_private_part(algorithm: str) -> None:
    key(State.SIGNING, algorithm).save()
    loaded = keyring.ensure_signing_key()
    shown = f"kid='{loaded.kid}', purpose={loaded.purpose!r}, algorithm='{algorithm}'"
    assert repr(loaded) == f"LoadedKey({shown})"


# What a process knows


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_a_token_of_each_algorithm_is_issued_and_accepted(
    algorithm: str, alices_session: Session
) -> None:
    key(State.SIGNING, algorithm).save()
    token = issue_session_token(alices_session, alices_session.user).text
    validated = validate_session_token(token)
    assert validated.header["alg"] == algorithm
    assert validated.claims["sid"] == str(alices_session.pk)
    with pytest.raises(SessionTokenError):
        validate_session_token(token[:-8] + "AAAAAAAA")


def test_keys_are_read_once_in_a_process(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    signing = keyring.ensure_signing_key()
    with django_assert_num_queries(0):
        assert keyring.ensure_signing_key() is signing
        assert keyring.verification_key(signing.kid) is signing


def test_reloading_is_one_query_and_parses_only_what_is_new(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = keyring.ensure_signing_key()
    parsed: list[str] = []
    from_text = algorithms.from_text

    def counted(algorithm: str, text: str) -> Any:
        parsed.append(text)
        return from_text(algorithm, text)

    monkeypatch.setattr(algorithms, "from_text", counted)
    with django_assert_num_queries(1):
        keyring.reload()
    new = key(State.UPCOMING)
    new.save()
    with django_assert_num_queries(3):
        keyring.reload()
    with django_assert_num_queries(1):
        keyring.reload()
    SigningKey.objects.filter(kid=known.kid).update(state=State.RETIRED)
    SigningKey.objects.filter(kid=new.kid).update(state=State.SIGNING)
    keyring.reload()
    assert keyring.verification_key(known.kid) is known
    assert parsed == [new.private_key]


def test_the_private_part_of_a_retired_key_is_not_even_opened() -> None:
    old = key(State.RETIRED)
    old.sealed_private_key = "not to be opened"
    old.save()
    loaded = keyring.verification_key(old.kid)
    assert loaded is not None
    assert loaded.private is None


def test_every_process_changes_over_by_the_clock_alone(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    old, new = key(State.SIGNING), key(State.UPCOMING, signs_from=now + timedelta(seconds=60))
    old.signs_from = now - timedelta(days=1)
    old.save()
    new.save()
    keyring.loaded()
    with django_assert_num_queries(0):
        assert keyring.ensure_signing_key(now.timestamp() + 59).kid == old.kid
        assert keyring.ensure_signing_key(now.timestamp() + 60).kid == new.kid


def test_a_process_that_has_not_looked_for_long_looks_before_it_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = keyring.ensure_signing_key()
    SigningKey.objects.filter(kid=old.kid).update(state=State.RETIRED)
    new = key(State.SIGNING, signs_from=timezone.now())
    new.save()
    assert keyring.ensure_signing_key() is old
    later = time.monotonic() + life.STALE_AFTER
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert keyring.ensure_signing_key().kid == new.kid


def test_a_key_made_by_another_process_is_found_by_its_kid() -> None:
    keyring.loaded()
    other = algorithms.generate()
    other.save()
    keyring.reload()
    newest = key(State.UPCOMING)
    newest.save()  # a moment after the background thread has looked
    for made in (other, newest):
        found = keyring.verification_key(made.kid)
        assert found is not None
        assert found.kid == made.kid


def test_an_unknown_kid_looks_into_the_database_once_in_a_while(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    keyring.ensure_signing_key()
    with django_assert_num_queries(1):
        for number in range(10):
            assert keyring.verification_key(f"unknown {number}") is None
    with django_assert_num_queries(1):
        keyring.verification_key("unknown", clock=lambda: time.monotonic() + 1)


@pytest.mark.parametrize("state", [State.UPCOMING, State.SIGNING, State.RETIRED])
def test_tokens_are_verified_with_a_key_that_is(state: State) -> None:
    made = key(state)
    made.save()
    assert keyring.verification_key(made.kid) is not None


@pytest.mark.parametrize("state", [State.GONE, State.REVOKED])
def test_no_token_is_verified_with_a_key_that_is(state: State) -> None:
    made = key(state)
    made.save()
    assert keyring.verification_key(made.kid) is None


@pytest.mark.parametrize("algorithm", ["HS512", "none"])
def test_the_algorithm_is_that_of_the_stored_key_whatever_the_token_says(
    algorithm: str, alices_session: Session
) -> None:
    key(State.SIGNING, "HS256").save()
    token = issue_session_token(alices_session, alices_session.user).text
    secret = keyring.ensure_signing_key().private if algorithm != "none" else ""
    forged = changed(token, header={"alg": algorithm}, key=secret or None, algorithm=algorithm)
    with pytest.raises(SessionTokenError, match="another algorithm"):
        validate_session_token(forged)
