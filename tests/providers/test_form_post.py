"""An answer by cross-site POST: only from kinds that answer so, and believed by none."""

import json
import logging
from typing import Any
from urllib.parse import urlencode

import pytest
import responses
from django.http import HttpResponse
from django.test import Client

from providers.models import Provider
from sessions.models import User
from tests.fakes import add_provider, begin, failure_code
from tests.providers.clients.answers.openid import APPLE

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}
CALLBACK = "/sign-in/apple/callback/"
FORM = "application/x-www-form-urlencoded"
USER = json.dumps({"name": {"firstName": "Alice", "lastName": "Archer"}, "email": "a@example.com"})


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def apple() -> Provider:
    return APPLE.add()


def post(body: str | bytes, content_type: str = FORM, path: str = CALLBACK) -> HttpResponse:
    """Come back by POST as a browser does from another site: without any of our cookies."""
    stranger = Client(enforce_csrf_checks=True, headers=HOST)
    return stranger.post(path, body, content_type)  # type: ignore[return-value]


def sign_in(client: Client, **fields: str) -> str:
    """Go through Apple's flow; returns where the visitor ends."""
    responses.reset()
    APPLE.publish()
    asked = begin(client, "apple")
    APPLE.vouch(asked["nonce"])
    answer = post(urlencode({"code": "c", "state": asked["state"]} | fields))
    for name, cookie in answer.cookies.items():
        client.cookies[name] = cookie.value
    return client.get(answer["Location"])["Location"]


def test_a_post_is_sent_on_to_the_same_address(apple: Provider) -> None:
    body = urlencode({"state": "s", "code": "c", "iss": "https://i.example", "id_token": "x.y.z"})
    answer = post(body)
    assert answer.status_code == 303
    assert answer["Location"] == f"{CALLBACK}?code=c&state=s&iss=https%3A%2F%2Fi.example"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_an_error_by_post_is_sent_on_too(apple: Provider) -> None:
    answer = post("error=user_cancelled_authorize&state=s")
    assert answer["Location"] == f"{CALLBACK}?state=s&error=user_cancelled_authorize"


@responses.activate
def test_somebody_signs_in_by_post_with_the_name_told_once(client: Client, apple: Provider) -> None:
    assert sign_in(client, user=USER) == "/account/"
    claims = client.get("/api/session").json()
    assert (claims["name"], claims["email"]) == ("Alice Archer", "alice@example.com")
    assert not [name for name, c in client.cookies.items() if c.value and "told" in name]


@responses.activate
def test_a_name_that_was_told_once_is_kept(client: Client, apple: Provider) -> None:
    sign_in(client, user=USER)
    again = Client(headers=HOST)
    sign_in(again)
    assert again.get("/api/session").json()["name"] == "Alice Archer"
    assert User.objects.count() == 1


@responses.activate
def test_a_name_tells_nothing_but_a_name(client: Client, apple: Provider) -> None:
    forged = {"name": {"firstName": "Mallory"}, "email": "mallory@example.com", "sub": "mallory"}
    sign_in(client, user=json.dumps(forged))
    claims = client.get("/api/session").json()
    assert (claims["name"], claims["email"]) == ("Mallory", "alice@example.com")


@pytest.mark.parametrize(
    "user",
    [
        "",
        "not JSON",
        "[1]",
        "{}",
        '{"name": "Alice"}',
        '{"name": {"firstName": 1, "lastName": null}}',
        '{"name": {"firstName": "\\u0000"}}',
        '{"name": {"firstName": "\\ud800"}}',
        '{"name": ' + "[" * 500 + "]" * 500 + "}",
    ],
    ids=range(9),
)
@responses.activate
def test_a_name_of_another_shape_keeps_nobody_out(
    client: Client, apple: Provider, user: str
) -> None:
    assert sign_in(client, user=user) == "/account/"
    assert User.objects.get().name.isprintable()


@responses.activate
def test_a_very_long_name_is_cut(client: Client, apple: Provider) -> None:
    long = {"name": {"firstName": "A" * 3000, "lastName": "B" * 3000}}
    sign_in(client, user=json.dumps(long))
    assert len(User.objects.get().name) <= 201


@responses.activate
def test_a_name_that_was_told_for_another_attempt_is_not_taken(
    client: Client, apple: Provider
) -> None:
    other = post(urlencode({"code": "c", "state": "another-state", "user": USER}))
    sealed = next(iter(other.cookies.values())).value
    APPLE.publish()
    asked = begin(client, "apple")
    APPLE.vouch(asked["nonce"])
    client.cookies["sent-name"] = sealed
    client.get(CALLBACK, {"code": "c", "state": asked["state"]})
    assert client.get("/api/session").json()["name"] == "alice"


@pytest.mark.parametrize("state", ["a;b", "a b", "a=b", "a,b", '"', "__Host-x"])
def test_any_state_with_a_name_leaves_one_cookie_of_one_name(apple: Provider, state: str) -> None:
    answer = post(urlencode({"code": "c", "state": state, "user": USER}))
    assert answer.status_code == 303
    assert list(answer.cookies) == ["sent-name"]


REFUSED: dict[str, tuple[Any, ...]] = {
    "no state": ("code=c", FORM, "state_missing"),
    "an empty state": ("code=c&state=", FORM, "state_missing"),
    "two states": ("code=c&state=s&state=s", FORM, "response_malformed"),
    "two codes": ("code=c&code=d&state=s", FORM, "response_malformed"),
    "two codes, one of them empty": ("code=c&code=&state=s", FORM, "response_malformed"),
    "two errors": ("error=a&error=b&state=s", FORM, "response_malformed"),
    "a control character": ("code=%0d%0aSet-Cookie:x&state=s", FORM, "response_malformed"),
    "an over-long code": ("state=s&code=" + "c" * 8191, FORM, "response_malformed"),
    "a redirect too long to follow": (
        "state=" + "%2F" * 1500 + "&code=" + "%25" * 1500,
        FORM,
        "response_malformed",
    ),
    "many fields": ("state=s&" + "a=b&" * 30, FORM, "response_malformed"),
    "bytes that are no form": (b"state=s&code=\xff", FORM, "response_malformed"),
    "multipart": (
        '--b\r\nContent-Disposition: form-data; name="state"\r\n\r\ns\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
        "response_malformed",
    ),
    "JSON": ('{"state": "s", "code": "c"}', "application/json", "response_malformed"),
    "nothing of ours": ("a=b", FORM, "state_missing"),
    "no body": ("", FORM, "response_malformed"),
}


@pytest.mark.parametrize(("body", "content_type", "code"), REFUSED.values(), ids=REFUSED)
def test_refuses_a_post_with(
    apple: Provider,
    caplog: pytest.LogCaptureFixture,
    body: str | bytes,
    content_type: str,
    code: str,
) -> None:
    answer = post(body, content_type)
    assert answer["Location"].startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == code


def test_what_stands_in_the_address_of_a_post_is_not_read(
    apple: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    post("a=b", path=f"{CALLBACK}?code=c&state=s")
    assert failure_code(caplog.text) == "state_missing"


@responses.activate
def test_a_post_uses_no_state_up(client: Client, apple: Provider) -> None:
    APPLE.publish()
    asked = begin(client, "apple")
    for _ in range(3):
        post(urlencode({"code": "c", "state": asked["state"]}))
    APPLE.vouch(asked["nonce"])
    answer = client.get(CALLBACK, {"code": "c", "state": asked["state"]})
    assert answer["Location"] == "/account/"


@responses.activate
def test_a_post_cannot_finish_a_sign_in_of_another_browser(
    client: Client, apple: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    asked = begin(client, "apple")
    answer = post(urlencode({"code": "c", "state": asked["state"]}))
    Client(headers=HOST).get(answer["Location"])
    assert failure_code(caplog.text) == "state_unknown"
    assert len(responses.calls) == 0


@pytest.mark.parametrize("kind", ["github", "discord", "google"])
def test_a_kind_that_does_not_answer_by_post_gets_405(kind: str) -> None:
    add_provider(kind, kind)
    answer = post("code=c&state=s", path=f"/sign-in/{kind}/callback/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")


@responses.activate
def test_looking_ahead_uses_no_state_up(client: Client, apple: Provider) -> None:
    APPLE.publish()
    asked = begin(client, "apple")
    url = f"{CALLBACK}?code=c&state={asked['state']}"
    assert client.head(url).status_code == 405
    assert client.options(url).status_code == 405
    assert client.get(url, headers={"sec-purpose": "prefetch"}).status_code == 403
    APPLE.vouch(asked["nonce"])
    assert client.get(url)["Location"] == "/account/"


def test_a_disabled_provider_takes_no_post(apple: Provider) -> None:
    Provider.objects.update(enabled=False)
    assert post("code=c&state=s").status_code == 404


def test_a_name_is_never_logged(apple: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post(urlencode({"code": "the-code", "state": "the-state", "user": USER}))
    assert not [text for text in ("the-code", "the-state", "Alice") if text in caplog.text]
