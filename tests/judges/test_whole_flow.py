"""The whole flow against OpenID Providers that are not ours, in every way of being registered."""

import logging
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from tests.conftest import HOST
from tests.fakes import failure_code, rows
from tests.judges.conftest import ways
from tests.judges.processes import Judge, choose
from tests.judges.registration import AUTH_METHODS, PEOPLE, REDIRECT_URI, SLUG

ANOTHER_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B


def at(*judges: str) -> pytest.MarkDecorator:
    """Run a test in every way of being registered at these judges."""
    found = [way for judge in judges for way in ways(judge)]
    return pytest.mark.parametrize("judge", found, indirect=True, ids="-".join)


def sign_in(browser: Client, person: str = "alice", decision: str = "allow") -> str:
    """Press the button, choose at the judge, come back; returns where the visitor ends."""
    asked = browser.post(f"/sign-in/{SLUG}/")["Location"]
    return come_back(browser, choose(asked, person, decision))


def come_back(browser: Client, url: str) -> str:
    back, _, query = url.partition("?")
    assert back == REDIRECT_URI
    answer = browser.get(urlsplit(back).path, dict(parse_qsl(query)))
    assert answer.status_code == 303
    return str(answer["Location"])


def challenged_otherwise(url: str) -> str:
    """Put another challenge into an authorization request, as somebody in between might."""
    address, _, query = url.partition("?")
    return f"{address}?{urlencode(dict(parse_qsl(query)) | {'code_challenge': ANOTHER_CHALLENGE})}"


@at("mock", "plain", "pkce")
def test_somebody_signs_in_and_is_known_the_next_time(client: Client, judge: Judge) -> None:
    judge.add_provider()
    assert sign_in(client) == "/account/"
    claims = client.get("/api/session").json()
    told = {name: claims[name] for name in ("idp", "name", "email", "email_verified")}
    assert told == {"idp": SLUG} | PEOPLE["alice"]

    another_browser = Client(headers={"host": HOST})
    assert sign_in(another_browser) == "/account/"
    assert another_browser.get("/api/session").json()["sub"] == claims["sub"]
    assert rows() == (1, 1, 1, 2)


@at("plain", "pkce")
def test_the_token_endpoint_sees_one_secret_and_the_verifier(client: Client, judge: Judge) -> None:
    judge.add_provider()
    sign_in(client)
    in_body = {"client_id", "client_secret"} if judge.auth_method == "client_secret_post" else set()
    parameters = {"grant_type", "code", "redirect_uri", "code_verifier"} | in_body
    assert judge.last_token_request() == {
        "authorization": "" if in_body else "Basic",
        "parameters": sorted(parameters),
        "id_token_alg": judge.client_id.rpartition("-")[2],
    }


@at("mock", "plain")
def test_a_secret_sent_in_another_way_than_registered_is_refused(
    client: Client, judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (other,) = set(AUTH_METHODS) - {judge.auth_method}
    judge.add_provider(other)
    assert sign_in(client).startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == "invalid_client"
    assert rows() == (0, 0, 0, 0)


@at("pkce")
def test_a_code_that_was_asked_for_with_another_challenge_is_refused(
    client: Client, judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    judge.add_provider()
    asked = challenged_otherwise(client.post(f"/sign-in/{SLUG}/")["Location"])
    assert come_back(client, choose(asked, "alice")).startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == "invalid_grant"
    assert rows() == (0, 0, 0, 0)


@at("mock", "plain")
def test_a_provider_without_pkce_takes_no_notice_of_the_challenge(
    client: Client, judge: Judge
) -> None:
    judge.add_provider()
    asked = challenged_otherwise(client.post(f"/sign-in/{SLUG}/")["Location"])
    assert come_back(client, choose(asked, "alice")) == "/account/"


@at("mock")
def test_a_no_that_comes_without_the_state_is_not_believed_and_leaves_nothing_behind(
    client: Client, judge: Judge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    judge.add_provider()
    failed = sign_in(client, decision="deny")
    assert "completed" in client.get(failed).content.decode()
    assert failure_code(caplog.text) == "state_missing"
    assert rows() == (0, 0, 0, 0)


@at("mock", "plain")
def test_an_address_that_the_judge_has_not_proven_is_not_verified(
    client: Client, judge: Judge
) -> None:
    judge.add_provider()
    assert sign_in(client, "bob") == "/account/"
    claims = client.get("/api/session").json()
    assert (claims["email"], claims["email_verified"]) == ("bob@example.com", False)
    assert rows() == (1, 1, 0, 1)
