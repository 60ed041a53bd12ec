"""An id is one person's, whatever an adapter makes of what was told."""

import logging
from typing import Any

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from providers import catalogue
from providers.clients.api_responses import is_id
from tests.fakes import failure_code, rows
from tests.providers.clients import profiles
from tests.providers.clients.answers import EVERY
from tests.providers.clients.answers.entry import Answers, OpenID

NONE = {
    "zero": 0,
    "a zero as text": "0",
    "many zeros": "000",
    "a negative number": -1,
    "a negative number as text": "-1",
    "a number with a sign": "+1",
    "a fraction": 1.5,
    "a fraction as text": "1.5",
    "what a large float is as text": "1e+22",
    "what a small float is as text": "1e-05",
    "a whole float": 7.0,
    "nothing": "",
    "blanks": "  ",
    "white space before": " 4711",
    "white space after": "4711\n",
    "a wide space": "\u30004711",
    "null": None,
    "what Python makes of null": "None",
    "what JavaScript makes of null": "null",
    "what JavaScript makes of nothing": "undefined",
    "no number": "NaN",
    "a boolean": True,
    "a boolean as text": "true",
    "a list": ["4711"],
    "a list as text": "['4711']",
    "an object": {"id": "4711"},
    "an object as text": "{}",
}
SOME = [
    "1",
    1,
    "4711",
    "007",
    "1e5",
    "alice",
    "Nonesuch",
    "a.b",
    "f57d5b27-ec4e",
    "auth0|507f",
    "-a",
]
OPENID = [answers for answers in EVERY if isinstance(answers.server, OpenID)]


@pytest.mark.parametrize("value", NONE.values(), ids=NONE.keys())
def test_is_no_id(value: object) -> None:
    assert not is_id(value)


@pytest.mark.parametrize("value", SOME, ids=repr)
def test_is_an_id(value: object) -> None:
    assert is_id(value)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", profiles.BY_ALLAUTH, ids=lambda kind: kind.id)
@responses.activate
def test_a_kind_that_allauth_reads_knows_people_by_their_id(
    client: Client, kind: catalogue.Kind
) -> None:
    provider = profiles.add(kind)
    profiles.answer(
        profiles.shaped(kind, profiles.profile()), {"access_token": "t"} | profiles.ANSWER
    )
    assert profiles.sign_in(client, kind) == "/account/"
    parts = max(len(kind.sub_claims), 1)
    known = ".".join([profiles.ID] * parts)
    assert SocialAccount.objects.get(provider=provider.slug).uid == known


@pytest.mark.django_db
@pytest.mark.parametrize("kind", profiles.BY_ALLAUTH, ids=lambda kind: kind.id)
def test_nobody_without_an_id_is_let_in_by_a_kind_that_allauth_reads(
    client: Client, caplog: pytest.LogCaptureFixture, kind: catalogue.Kind
) -> None:
    caplog.set_level(logging.INFO)
    profiles.add(kind)
    for value in (0, None, True, " 4711"):  # what `or`, str, int and strip would make an id of
        with responses.RequestsMock(assert_all_requests_are_fired=False) as answers:
            told = profiles.shaped(kind, profiles.profile(value))
            profiles.answer(told, {"access_token": "t"} | profiles.ANSWER, answers=answers)
            assert profiles.sign_in(client, kind).startswith("/sign-in/failed/"), value
        assert failure_code(caplog.text) in ("subject_invalid", "profile_malformed")
    assert rows() == (0, 0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("provider", OPENID, ids=lambda provider: provider.kind)
def test_nobody_without_an_id_is_let_in_by_an_id_token(
    client: Client, caplog: pytest.LogCaptureFixture, provider: Answers
) -> None:
    caplog.set_level(logging.INFO)
    provider.add()
    for value in (0, "", " ", "None", "null", True, ["4711"]):
        with responses.mock:
            provider.sign_in(client, sub=value)
        responses.reset()
        assert failure_code(caplog.text) in ("subject_invalid", "id_token_malformed"), value
    assert rows() == (0, 0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("sub", ["0", "-1", "1.5", "[4711]", " 4711"])
def test_what_a_sub_looks_like_is_up_to_its_issuer(client: Client, sub: str) -> None:
    provider = next(each for each in OPENID if each.kind == "keycloak")
    provider.add()
    with responses.mock:
        provider.sign_in(client, sub=sub)
    responses.reset()
    assert SocialAccount.objects.get().uid == sub


def answered(**members: Any) -> dict[str, Any]:
    """Return a token answer with other ids, or without where they are left out."""
    told = {"access_token": "t"} | profiles.ANSWER | members
    return {name: value for name, value in told.items() if value != "left out"}


ASKING = [kind for kind in profiles.BY_ALLAUTH if kind.answer_claim]


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["left out", None, "None", "", "0", " 4711", ["4711"]], ids=repr)
@pytest.mark.parametrize("kind", ASKING, ids=lambda kind: kind.id)
@responses.activate
def test_nobodys_profile_is_asked_for_without_an_id(
    client: Client, caplog: pytest.LogCaptureFixture, kind: catalogue.Kind, value: object
) -> None:
    caplog.set_level(logging.INFO)
    profiles.add(kind)
    told = profiles.shaped(kind, profiles.profile())
    profiles.answer(told, answered(**{kind.answer_claim: value}))
    profiles.sign_in(client, kind)
    assert failure_code(caplog.text) == "subject_invalid"
    assert [call.request.method for call in responses.calls] == ["POST"]
    assert rows() == (0, 0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ASKING, ids=lambda kind: kind.id)
@responses.activate
def test_another_persons_profile_is_nobodys_here(
    client: Client, caplog: pytest.LogCaptureFixture, kind: catalogue.Kind
) -> None:
    caplog.set_level(logging.INFO)
    profiles.add(kind)
    told = profiles.shaped(kind, profiles.profile("4712"))
    profiles.answer(told, answered())
    profiles.sign_in(client, kind)
    assert failure_code(caplog.text) == "subject_mismatch"
    assert rows() == (0, 0, 0, 0)
