"""What docs/verify-a-session-jwt.md says is so: its apps, called by somebody who has signed in."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests
from django.core.signals import request_started
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.examples.apps import FASTAPI, FLASK, NODE, PAGE, Example, running
from tests.rehearsal import Stage
from tests.sessions.forged import (
    signed_by_mallory,
    signed_by_mallory_with_her_jwk,
    signed_with_the_public_key_as_a_secret,
    unsigned,
    with_alices_signature,
)
from tests.sessions.tokens import ABSENT, changed, claims_of

pytestmark = pytest.mark.django_db(transaction=True)
APP = "https://reports.example"
INVALID = 'Bearer error="invalid_token"'
APPS = pytest.mark.parametrize("example", [FLASK, FASTAPI, NODE], ids=["Flask", "FastAPI", "Node"])

REFUSED: dict[str, Callable[[str], str]] = {
    "expired": lambda token: changed(token, {"exp": int(time.time()) - 10}),
    "no exp": lambda token: changed(token, {"exp": ABSENT}),
    "not valid yet": lambda token: changed(token, {"nbf": int(time.time()) + 60}),
    "tampered with": with_alices_signature,
    "cut off": lambda token: token[:-10],
    "for another audience": lambda token: changed(token, {"aud": ["https://other.example"]}),
    "for Signet alone": lambda token: changed(token, {"aud": claims_of(token)["iss"]}),
    "for nobody": lambda token: changed(token, {"aud": ABSENT}),
    "of another issuer": lambda token: changed(token, {"iss": "https://mallory.example"}),
    "of another issuer by a slash": lambda token: changed(
        token, {"iss": claims_of(token)["iss"] + "/"}
    ),
    "of no issuer": lambda token: changed(token, {"iss": ABSENT}),
    "of nobody": lambda token: changed(token, {"sub": ABSENT}),
    "an ID token": lambda token: changed(token, header={"typ": "JWT"}),
    "of no type": lambda token: changed(token, header={"typ": ABSENT}),
    "of an unknown key": lambda token: changed(token, header={"kid": "A" * 43}),
    "unsigned": unsigned,
    "signed with the public key as a secret": signed_with_the_public_key_as_a_secret,
    "signed by mallory": signed_by_mallory,
    "signed by mallory, with her key inside": signed_by_mallory_with_her_jwk,
    "no token": lambda _: "no-token",
    "two parts": lambda token: token.rpartition(".")[0],
}


@pytest.fixture
def signet(live_server: LiveServer, settings: Settings) -> str:
    """Signet at an address of its own, which knows one other app."""
    settings.BASE_URL = live_server.url
    settings.SESSION_AUDIENCE = [live_server.url, APP]
    return str(live_server.url)


@pytest.fixture
def browser(signet: str, stage: Stage) -> Client:
    """Alice's browser, which has come through the simulated provider."""
    redirect_uri = f"{signet}/sign-in/demo/callback/"
    stage.simulator.register("demo", redirect_uri)
    return sign_in(Client(headers={"host": urlsplit(signet).netloc}))


@pytest.fixture
def looks_at_the_keys() -> Iterator[list[str]]:
    """Every request for the JWK Set that Signet gets."""
    asked: list[str] = []

    def note(environ: dict[str, Any] | None = None, **_: Any) -> None:
        path = (environ or {}).get("PATH_INFO", "")
        asked.extend([path] if path == "/.well-known/jwks.json" else [])

    request_started.connect(note)
    yield asked
    request_started.disconnect(note)


def sign_in(browser: Client) -> Client:
    page = requests.get(browser.post("/sign-in/demo/")["Location"], timeout=20)
    form = {"person": "alice", "decision": "allow"}
    back = requests.post(page.url, form, timeout=20, allow_redirects=False).headers["Location"]
    browser.get(urlsplit(back).path, dict(parse_qsl(urlsplit(back).query)))
    return browser


def token_in(browser: Client) -> str:
    return str(browser.cookies["session"].value)


@APPS
def test_an_app_knows_alice_and_nobody_else(
    example: Example, signet: str, browser: Client, looks_at_the_keys: list[str], tmp_path: Path
) -> None:
    token = token_in(browser)
    with running(example, example.code, tmp_path, signet, APP) as app:
        expected = {"sub": claims_of(token)["sub"], "name": "Alice Archer"}
        assert app.whoami(token).json() == expected
        assert app.whoami(cookie=f"a=b; session={token}").json() == expected

        stranger = app.whoami()
        assert (stranger.status_code, stranger.headers["WWW-Authenticate"]) == (401, "Bearer")
        for name, make in REFUSED.items():
            answer = app.whoami(make(token))
            told = (answer.status_code, answer.headers.get("WWW-Authenticate"))
            assert told == (401, INVALID), f"a token that is {name}"
        bad_header = app.whoami("no-token", cookie=f"session={token}")
        assert bad_header.status_code == 401

        assert "groups" not in claims_of(token)
        assert app.reports(token).status_code == 403
        assert "insufficient_scope" in app.reports(token).headers["WWW-Authenticate"]
        assert app.reports(changed(token, {"groups": ["editors"]})).status_code == 200
        assert len(looks_at_the_keys) == 1


@APPS
def test_an_app_knows_a_script_that_was_made_for_it_and_no_other(
    example: Example, signet: str, browser: Client, tmp_path: Path
) -> None:
    made = [
        browser.post("/account/tokens/", {"name": "a script", "audience": audience}, follow=True)
        for audience in ([], [signet], [APP])
    ]
    for_api, for_signet, for_app = (each.context["made"]["access_token"] for each in made)
    with running(example, example.code, tmp_path, signet, APP) as app:
        assert app.whoami(for_api).status_code == 401
        assert app.whoami(for_signet).status_code == 401
        assert app.whoami(for_app).json().get("name") is None
        assert app.whoami(for_app).json()["sub"] == claims_of(token_in(browser))["sub"]
        assert app.reports(for_app).status_code == 403


@APPS
def test_an_app_accepts_what_the_old_key_signed_and_what_the_new_one_signs(
    example: Example, signet: str, browser: Client, looks_at_the_keys: list[str], tmp_path: Path
) -> None:
    old = token_in(browser)
    with running(example, example.without_cooldown(), tmp_path, signet, APP) as app:
        assert app.whoami(old).status_code == 200

        SigningKey.objects.update(state=SigningKey.State.RETIRED)
        keyring.forget()
        new = token_in(sign_in(browser))

        kids = [jwt.get_unverified_header(token)["kid"] for token in (old, new)]
        assert len(set(kids)) == 2
        assert app.whoami(new).status_code == 200
        assert app.whoami(old).status_code == 200
        assert len(looks_at_the_keys) == 2


@APPS
def test_an_app_blames_nobody_while_signet_cannot_be_reached(
    example: Example, signet: str, browser: Client, tmp_path: Path
) -> None:
    nowhere = "http://127.0.0.1:1"
    with running(example, example.code, tmp_path, nowhere, APP) as app:
        answer = app.whoami(token_in(browser))
        assert answer.status_code == 503
        assert "WWW-Authenticate" not in answer.headers


def test_the_rule_in_a_few_lines_verifies(signet: str, browser: Client) -> None:
    rule = PAGE.partition("```python\n")[2].partition("```")[0]
    rule = rule.replace("https://id.example.com", signet)
    token = token_in(browser)
    names: dict[str, Any] = {"token": token}
    exec(rule, names)
    assert names["claims"]["name"] == "Alice Archer"
    for name in ("expired", "tampered with", "for another audience", "an ID token"):
        with pytest.raises(jwt.PyJWTError):
            exec(rule, {"token": REFUSED[name](token)})


def test_what_the_page_says_of_views_inside_the_site_is_so() -> None:
    inside = PAGE.rpartition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(inside, names)
    for name in ("profile", "addresses", "reports"):
        assert names[name].login_required is False  # the mark: its own decorator asks


def test_a_session_that_has_ended_is_refused_by_signet_at_once_and_by_its_exp_elsewhere(
    signet: str, browser: Client, tmp_path: Path
) -> None:
    token = token_in(browser)
    bearer = {"authorization": f"Bearer {token}"}
    with running(FLASK, FLASK.code, tmp_path, signet, APP) as app:
        assert browser.delete("/api/session", headers=bearer).status_code == 204
        assert app.whoami(token).status_code == 200
        assert browser.get("/api/session", headers=bearer).status_code == 401
    claims = claims_of(token)
    assert claims["exp"] - claims["iat"] == 600
