from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from sessions.models import Session
from sessions.session_tokens import issue_session_token
from sessions.signing_keys import keyring, rotation
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import NOW, Purpose, State, id_token_key, key, states
from tests.sessions.threads import at_once

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def old(db: None) -> SigningKey:
    """The key that signs, and has for 90 days."""
    made = key(State.SIGNING, signs_from=NOW - 90 * DAY)
    made.save()
    return made


def get_session(client: Client, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return client.get("/api/session", headers=headers).status_code


# By itself


def test_a_key_goes_through_its_whole_life_by_itself(old: SigningKey) -> None:
    assert rotation.rotate_if_due(NOW)
    new = SigningKey.objects.get(state=State.UPCOMING)
    assert (new.created_at, new.signs_from) == (NOW, NOW + 360 * SECOND)
    assert not rotation.rotate_if_due(NOW + 359 * SECOND)
    assert rotation.rotate_if_due(NOW + 360 * SECOND)
    assert states() == {old.kid: "retired", new.kid: "signing"}
    assert not rotation.rotate_if_due(NOW + (360 + 719) * SECOND)
    assert rotation.rotate_if_due(NOW + (360 + 720) * SECOND)
    assert states() == {old.kid: "gone", new.kid: "signing"}
    assert SigningKey.objects.get(kid=old.kid).sealed_private_key == ""


def test_a_change_of_the_algorithm_rotates_too(settings: Settings) -> None:
    key(State.SIGNING).save()
    settings.SIGNING_ALGORITHM = "EdDSA"
    rotation.rotate_if_due(NOW)
    assert SigningKey.objects.get(state=State.UPCOMING).algorithm == "EdDSA"


def test_it_is_one_query_to_see_that_nothing_is_due(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    key(State.SIGNING).save()
    with django_assert_num_queries(1):
        assert not rotation.rotate_if_due(NOW)


def test_it_makes_no_first_key() -> None:
    assert not rotation.rotate_if_due()
    assert not SigningKey.objects.exists()


def test_the_keys_for_id_tokens_have_a_life_of_their_own(old: SigningKey) -> None:
    aged = id_token_key(State.SIGNING, signs_from=NOW - 90 * DAY)
    SigningKey.objects.filter(pk=old.pk).update(signs_from=NOW)
    aged.save()
    assert rotation.rotate_if_due(NOW)
    new = SigningKey.objects.get(state=State.UPCOMING)
    assert (new.purpose, new.algorithm) == (Purpose.ID_TOKEN, "RS256")
    assert rotation.rotate_if_due(NOW + 360 * SECOND)
    assert states() == {old.kid: "signing", aged.kid: "retired", new.kid: "signing"}
    last_token_expires = NOW + (360 + 600) * SECOND  # it lives as long as a session JWT
    gone_at = SigningKey.objects.get(kid=aged.kid).gone_at
    assert gone_at
    assert gone_at > last_token_expires


def test_no_id_token_outlives_the_key_that_has_signed_it() -> None:
    key(State.SIGNING).save()
    id_token_key(State.SIGNING, signs_from=NOW - 90 * DAY).save()
    last_signed: dict[str, datetime] = {}
    for now in (NOW + seconds * SECOND for seconds in range(0, 2400, 30)):
        rotation.rotate_if_due(now)
        signing = keyring.ensure_signing_key(now.timestamp(), Purpose.ID_TOKEN)
        last_signed[signing.kid] = now
        valid = [kid for kid, at in last_signed.items() if now < at + 600 * SECOND]
        assert all(keyring.verification_key(kid) for kid in valid)
    old, new = last_signed
    assert (states()[old], states()[new]) == ("gone", "signing")


def test_both_purposes_rotate_at_once_if_both_are_due(old: SigningKey) -> None:
    id_token_key(State.SIGNING, signs_from=NOW - 90 * DAY).save()
    assert rotation.rotate_if_due(NOW)
    upcoming = SigningKey.objects.filter(state=State.UPCOMING)
    assert {row.purpose: row.algorithm for row in upcoming} == {
        "session": "ES256",
        "id_token": "RS256",
    }


@pytest.mark.usefixtures("parallel_database")
def test_processes_that_find_it_due_at_once_make_one_key() -> None:
    key(State.SIGNING, signs_from=NOW - 90 * DAY).save()
    at_once(4, lambda: rotation.rotate_if_due(NOW))
    assert sorted(states().values()) == ["signing", "upcoming"]


@pytest.mark.usefixtures("parallel_database")
def test_processes_that_rotate_at_once_make_one_key_for_each_time() -> None:
    key(State.SIGNING).save()
    signed = at_once(4, lambda: [rotation.rotate(at_once=True).kid for _ in range(6)])
    assert len({kid for kids in signed for kid in kids}) == 24
    assert sorted(states().values()) == ["retired"] * 24 + ["signing"]


# By hand


def test_by_hand_a_key_is_published_before_it_signs(old: SigningKey) -> None:
    new = rotation.rotate(now=NOW)
    assert states() == {old.kid: "signing", new.kid: "upcoming"}
    assert new.signs_from == NOW + 360 * SECOND
    assert keyring.verification_key(new.kid) is not None


def test_by_hand_a_second_time_changes_nothing(old: SigningKey) -> None:
    first = rotation.rotate(now=NOW)
    assert rotation.rotate(now=NOW + SECOND) == first
    assert SigningKey.objects.count() == 2


def test_at_once_the_upcoming_key_signs_now(old: SigningKey) -> None:
    upcoming = rotation.rotate(now=NOW)
    assert rotation.rotate(at_once=True, now=NOW + SECOND).kid == upcoming.kid
    assert states() == {old.kid: "retired", upcoming.kid: "signing"}
    assert keyring.ensure_signing_key(NOW.timestamp() + 1).kid == upcoming.kid


def test_by_hand_the_keys_of_one_purpose_rotate(old: SigningKey) -> None:
    aged = id_token_key(State.SIGNING)
    aged.save()
    new = rotation.rotate(purpose=Purpose.ID_TOKEN, at_once=True, now=NOW)
    assert states() == {old.kid: "signing", aged.kid: "retired", new.kid: "signing"}
    assert keyring.ensure_signing_key(NOW.timestamp(), Purpose.ID_TOKEN).kid == new.kid
    assert keyring.ensure_signing_key(NOW.timestamp()).kid == old.kid


def test_without_any_key_the_first_one_signs_at_once() -> None:
    assert rotation.rotate(now=NOW).state == State.SIGNING


# Revoked


def test_tokens_of_a_revoked_key_are_refused_at_once_and_sessions_live_on(
    client: Client, alices_session: Session
) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    assert get_session(client, token) == 200
    rotation.revoke(keyring.ensure_signing_key().kid)
    assert get_session(client, token) == 401
    again = issue_session_token(alices_session, alices_session.user).text
    assert get_session(client, again) == 200


def test_another_process_refuses_them_when_it_has_looked_again(
    client: Client, alices_session: Session
) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    assert get_session(client, token) == 200
    SigningKey.objects.update(state=State.REVOKED)  # as another process does
    keyring.reload()
    assert get_session(client, token) == 401


def test_a_revoked_key_is_not_published_and_its_private_part_is_wiped(client: Client) -> None:
    kid = keyring.ensure_signing_key().kid
    rotation.revoke(kid)
    kids = {jwk["kid"] for jwk in client.get("/.well-known/jwks.json").json()["keys"]}
    assert kids == {SigningKey.objects.get(state=State.SIGNING).kid}
    row = SigningKey.objects.get(kid=kid)
    assert (row.state, row.sealed_private_key) == (State.REVOKED, "")
    assert row.revoked_at


def test_in_its_place_the_upcoming_key_signs(old: SigningKey) -> None:
    upcoming = rotation.rotate(now=NOW)
    rotation.revoke(old.kid, NOW + SECOND)
    assert states() == {old.kid: "revoked", upcoming.kid: "signing"}
    assert SigningKey.objects.get(state=State.SIGNING).signs_from == NOW + SECOND


def test_a_stolen_key_for_id_tokens_is_replaced_by_another_for_id_tokens(
    client: Client, old: SigningKey, alices_session: Session
) -> None:
    token = issue_session_token(alices_session, alices_session.user).text
    stolen = keyring.ensure_signing_key(purpose=Purpose.ID_TOKEN)
    rotation.revoke(stolen.kid)
    new = keyring.ensure_signing_key(purpose=Purpose.ID_TOKEN)
    assert states() == {old.kid: "signing", stolen.kid: "revoked", new.kid: "signing"}
    assert keyring.verification_key(stolen.kid) is None
    assert get_session(client, token) == 200


@pytest.mark.parametrize("state", [State.UPCOMING, State.RETIRED])
def test_revoking_a_key_that_does_not_sign_changes_nothing_about_the_one_that_does(
    state: State,
) -> None:
    signing, other = key(State.SIGNING), key(state, signs_from=NOW + DAY)
    signing.save()
    other.save()
    rotation.revoke(other.kid, NOW)
    assert states() == {signing.kid: "signing", other.kid: "revoked"}


@pytest.mark.parametrize("state", [State.GONE, State.REVOKED])
def test_a_key_that_has_ended_stays_as_it_is(state: State) -> None:
    key(State.SIGNING).save()
    ended = key(state, revoked_at=NOW - DAY)
    ended.save()
    assert rotation.revoke(ended.kid, NOW).revoked_at == NOW - DAY
    assert SigningKey.objects.count() == 2


def test_a_key_that_nobody_knows_cannot_be_revoked() -> None:
    key(State.SIGNING).save()
    with pytest.raises(SigningKey.DoesNotExist):
        rotation.revoke("unknown")


@pytest.mark.usefixtures("parallel_database")
def test_processes_that_revoke_at_once_leave_one_key_that_signs() -> None:
    first = key(State.SIGNING, signs_from=timezone.now())
    first.save()
    at_once(4, lambda: rotation.revoke(first.kid))
    assert sorted(states().values()) == ["revoked", "signing"]
