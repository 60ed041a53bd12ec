"""No secret of a sign-in is kept, shown or logged, whatever kind it is of."""

import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import responses
from django.apps import apps
from django.db import connection
from django.test import Client

from oauth_client import catalogue
from oauth_client.attempts import recording
from oauth_client.attempts.models import SignInAttempt
from tests.fakes import begin, come_back
from tests.oauth_client.providers import profiles

pytestmark = pytest.mark.django_db
CODE = "canary-of-the-code"
CLIENT_SECRET = "canary of the client secret/+%"
NEXT_SECRET = "canary-of-the-next-secret"
TOKENS = {
    "plain": "canary-of-the-access-token",
    "with signs": "canary/of+the=access%2Ftoken?and:its#fragment",
}


@dataclass
class Visit:
    """A sign-in of one kind, with what was secret in it."""

    kind: catalogue.Kind
    secrets: set[str]
    page: str = ""

    def finish(self, client: Client, state: str) -> None:
        answer = come_back(client, self.kind.id.lower(), code=CODE, state=state)
        self.page = client.get(answer["Location"]).content.decode()


def token_answer(access_token: str) -> dict[str, Any]:
    """Return an answer of the token endpoint that tells its tokens in unusual places too."""
    return {
        "access_token": access_token,
        "refresh_token": "canary-of-the-refresh-token",
        "scope": f"email {access_token}",
        "canary-of-the-refresh-token": "",
        access_token: access_token,
        "authed_user": {"access_token": "canary-of-another-token"},
    } | profiles.ANSWER


def visit(client: Client, kind: catalogue.Kind, access_token: str, told: Any, status: int) -> Visit:
    """Sign in through a kind whose answers repeat every secret that the provider knows."""
    profiles.add(kind, **({"client_secret": CLIENT_SECRET} if kind.takes_secret else {}))
    sent, id_token = prepare(client, kind)
    token = token_answer(access_token) | ({"id_token": id_token} if id_token else {})
    answer = told | {access_token: CODE, "iss": access_token} if isinstance(told, dict) else told
    profiles.answer(answer, token, status)
    secrets = {sent["state"], sent.get("nonce", ""), id_token, CODE, CLIENT_SECRET, access_token}
    made = Visit(kind, secrets | {"canary-of-the-refresh-token", "canary-of-another-token"})
    made.finish(client, sent["state"])
    for call in responses.calls:
        header = str(call.request.headers.get("Authorization", ""))
        made.secrets.add(header.partition(" ")[2])
    return made


def prepare(client: Client, kind: catalogue.Kind) -> tuple[dict[str, str], str]:
    """Begin; returns the authorization request and an ID token that answers it."""
    slug = kind.id.lower()
    described = profiles.openid(kind)
    if described is None:
        return begin(client, slug), ""
    described.publish()
    sent = begin(client, slug)
    return sent, described.id_token(sent.get("nonce", ""), {})


def left_behind(caplog: pytest.LogCaptureFixture, made: Visit) -> dict[str, str]:
    """Return all that a sign-in has left here, as text."""
    recording.write()
    columns = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            columns += [str(value) for row in cursor.fetchall() for value in row]
    return {"log": caplog.text, "page": made.page, "columns": "\n".join(columns)}


def told(caplog: pytest.LogCaptureFixture, made: Visit) -> list[tuple[str, str]]:
    left = left_behind(caplog, made).items()
    secrets = [secret for secret in made.secrets if len(secret) > 8]
    return [(where, secret) for where, text in left for secret in secrets if secret in text]


@pytest.fixture(autouse=True)
def _log_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("kind", catalogue.addable_kinds(), ids=lambda kind: kind.id)
@responses.activate
def test_no_secret_of_a_sign_in_is_kept_shown_or_logged(
    client: Client, caplog: pytest.LogCaptureFixture, kind: catalogue.Kind
) -> None:
    profile = profiles.shaped(kind, profiles.profile())
    made = visit(client, kind, TOKENS["plain"], profile, 200)
    assert told(caplog, made) == []
    assert SignInAttempt.objects.count() == 1


@pytest.mark.parametrize("kind", profiles.BY_ALLAUTH, ids=lambda kind: kind.id)
@responses.activate
def test_no_secret_of_a_refused_sign_in_is_kept_shown_or_logged(
    client: Client, caplog: pytest.LogCaptureFixture, kind: catalogue.Kind
) -> None:
    refusal = {"error": TOKENS["with signs"], "error_description": f"{CODE} {CLIENT_SECRET}"}
    made = visit(client, kind, TOKENS["with signs"], refusal, 401)
    assert told(caplog, made) == []
    assert "canary" not in SignInAttempt.objects.get().hops


@responses.activate
def test_a_token_in_the_path_of_an_address_is_masked(client: Client) -> None:
    kind = catalogue.kind("hubspot")
    visit(client, kind, TOKENS["plain"], profiles.profile(), 200)
    recording.write()
    hops = json.loads(SignInAttempt.objects.get().hops)
    urls = [hop[4] for hop in hops if hop[4]]
    assert "https://api.hubapi.com/oauth/v1/access-tokens/***" in urls


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
@responses.activate
def test_a_token_that_came_in_a_form_is_masked_too(
    client: Client, caplog: pytest.LogCaptureFixture, content_type: str
) -> None:
    kind = catalogue.kind("hubspot")
    profiles.add(kind)
    state = begin(client, "hubspot")["state"]
    form = f"access_token={TOKENS['plain']}&expires=60"
    responses.post(profiles.ANYTHING, body=form, content_type=content_type)
    responses.get(profiles.ANYTHING, json=profiles.shaped(kind, profiles.profile()))
    made = Visit(kind, {TOKENS["plain"], CODE, state})
    made.finish(client, state)
    assert told(caplog, made) == []
    assert "/access-tokens/***" in SignInAttempt.objects.get().hops


@responses.activate
def test_the_text_of_a_lost_connection_is_not_logged(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    kind = catalogue.kind("hubspot")
    profiles.add(kind)
    state = begin(client, "hubspot")["state"]
    responses.post(profiles.ANYTHING, json={"access_token": TOKENS["plain"]})
    text = f"Max retries exceeded with url: /access-tokens/{TOKENS['plain']}"
    responses.get(profiles.ANYTHING, body=requests.ConnectionError(text))
    made = Visit(kind, {TOKENS["plain"], CODE, state})
    made.finish(client, state)
    assert told(caplog, made) == []


@responses.activate
def test_the_next_secret_is_masked_too(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    kind = catalogue.kind("hubspot")
    provider = profiles.add(kind, client_secret=CLIENT_SECRET)
    provider.next_client_secret = NEXT_SECRET
    provider.save()
    state = begin(client, "hubspot")["state"]
    responses.post(profiles.ANYTHING, json={"error": "invalid_client", NEXT_SECRET: CLIENT_SECRET})
    made = Visit(kind, {NEXT_SECRET, CLIENT_SECRET, CODE, state})
    made.finish(client, state)
    assert len(responses.calls) == 2
    assert told(caplog, made) == []
    assert "canary" not in SignInAttempt.objects.get().hops
