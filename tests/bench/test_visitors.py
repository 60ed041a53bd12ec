import pytest

from bench.sites import SIGNET
from bench.visitors import Browser, RefusedError, Request, Response

FORM = b'<input type="hidden" name="csrfmiddlewaretoken" value="abc">'
PROVIDER = "http://provider.example/authorize"
STARTED = f"{PROVIDER}?redirect_uri=http://site/sign-in/demo/callback/&state=s1&nonce=n1"


def test_signs_in_with_the_token_of_the_page_and_the_state_of_the_start() -> None:
    exchange = Browser(SIGNET, 1).sign_in("alice")
    assert next(exchange)[:2] == ("GET", "/sign-in/")
    start: Request = exchange.send(Response(200, [("set-cookie", " csrf=abc; Path=/")], FORM))
    assert start[:2] == ("POST", "/sign-in/demo/")
    assert start.body == b"csrfmiddlewaretoken=abc"
    assert start.headers["Cookie"] == "csrf=abc"
    callback = exchange.send(Response(303, [("location", STARTED)], b""))
    assert callback.target.startswith("/sign-in/demo/callback/?code=")
    assert callback.target.endswith("&state=s1")
    with pytest.raises(StopIteration):
        exchange.send(Response(303, [("set-cookie", "session=jwt; HttpOnly")], b""))


def test_a_callback_without_a_session_is_a_refusal() -> None:
    exchange = Browser(SIGNET, 1).sign_in("alice")
    next(exchange)
    exchange.send(Response(200, [], FORM))
    exchange.send(Response(303, [("location", STARTED)], b""))
    with pytest.raises(RefusedError, match="Signet answers 303"):
        exchange.send(Response(303, [("location", "/sign-in/failed/")], b""))


def test_an_app_brings_its_code_and_asks_with_the_access_token() -> None:
    exchange = Browser(SIGNET, 1).enter_app("the secret")
    assert next(exchange).target.startswith("/oauth/authorize?client_id=bench&")
    back = [("location", "https://app.example/callback?code=c1&state=s")]
    token: Request = exchange.send(Response(303, back, b""))
    assert "Cookie" not in token.headers
    assert b"client_secret=the+secret" in token.body
    assert b"code=c1" in token.body
    body = b'{"access_token": "t1", "id_token": "j1"}'
    userinfo: Request = exchange.send(Response(200, [], body))
    assert userinfo.headers["Authorization"] == "Bearer t1"
    with pytest.raises(RefusedError, match="Signet answers 401"):
        exchange.send(Response(401, [], b""))
