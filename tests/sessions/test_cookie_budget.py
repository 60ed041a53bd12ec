"""The access cookie stays under 3.5 KB, whatever is in it and whichever key signs."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from protocol.jws import base64url
from sessions.cookie_budget import (
    ACCESS_COOKIE_BYTES,
    SIGNATURE_BYTES,
    bytes_left_for_groups,
    bytes_of,
    longest_session,
    longest_user,
)
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import issue_session_token, session_claims
from sessions.signing_keys.algorithms import NEW_KEY
from tests.sessions.signing_keys.keys import new_key
from tests.sessions.tokens import claims_of

NOW = 1_800_000_000
ALGORITHMS = sorted(NEW_KEY)
NAMES = {
    "quotes": '"' * 200,
    "four bytes each": "\N{GRINNING FACE}" * 200,
    "two bytes each": "\N{LATIN SMALL LETTER E WITH ACUTE}" * 200,
}


def group_of(size: int) -> str:
    """Return a group that adds this many bytes to the payload."""
    return "g" * (size - bytes_of(["g"]) + 1)


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_longest_claims_and_all_groups_that_fit_stay_in_the_limit(
    algorithm: str, name: str
) -> None:
    new_key(algorithm).save()
    session, user = longest_session(), longest_user()
    user.name = name
    session.groups = [group_of(bytes_left_for_groups())]
    cookie = f"session={issue_session_token(session, user).text}"
    assert len(cookie) <= ACCESS_COOKIE_BYTES


def test_there_is_room_for_a_dozen_groups_with_every_algorithm() -> None:
    assert bytes_left_for_groups() > bytes_of([f"a-group-name-{n:02}" for n in range(12)])


@pytest.mark.django_db
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_algorithm_has_a_longer_signature(algorithm: str) -> None:
    new_key(algorithm).save()
    token = issue_session_token(longest_session(), longest_user()).text
    assert len(base64url.decode(token.rpartition(".")[2])) <= SIGNATURE_BYTES


def test_more_audiences_leave_less_room(settings: Settings) -> None:
    before = bytes_left_for_groups()
    settings.SESSION_AUDIENCE = [settings.BASE_URL, "https://reports.example"]
    assert bytes_left_for_groups() == before - len(',"https://reports.example"')


def test_the_longest_settings_leave_room_for_a_few_groups(settings: Settings) -> None:
    """150 characters of BASE_URL, and 600 of audiences less two more times that address."""
    settings.BASE_URL = "https://" + "b" * 142
    settings.SESSION_AUDIENCE = [settings.BASE_URL, "a" * (300 - 150 - 2 * len('"",'))]
    assert bytes_left_for_groups() > bytes_of([f"group-{n}" for n in range(9)])


@pytest.mark.parametrize("groups", [[], ["g"], ["ä", 'a "quoted" one', "c"]], ids=str)
def test_groups_take_what_they_add_to_the_payload(groups: list[str]) -> None:
    session, user = longest_session(), longest_user()
    sizes = []
    for session.groups in ([], sorted(groups)):
        claims = session_claims(session, user, NOW)
        listed = json.dumps(claims | {"jti": ""}, ensure_ascii=False, separators=(",", ":"))
        sizes.append(len(listed.encode()))
    assert bytes_of(groups) == sizes[1] - sizes[0]


def test_groups_survive_a_refresh(alices_session: Session, alice: User, client: Client) -> None:
    Session.objects.filter(pk=alices_session.pk).update(groups=["editors"])
    refreshed = refresh(issue_refresh_token(alices_session))
    assert claims_of(issue_session_token(refreshed, alice).text)["groups"] == ["editors"]
