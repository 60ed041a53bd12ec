"""Userinfo, revocation and introspection: to whom they say what."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from oidc_provider import tokens as app_tokens
from oidc_provider.models import App, Grant
from oidc_provider.pushed import URN
from protocol.authorization_server.metadata import CALLED_BY_APPS
from sessions.lifetime import revoke
from sessions.models import Session
from sessions.refresh_tokens import issue_refresh_token
from tests.conftest import HOST
from tests.oidc_provider.party import SECRET, RelyingParty, digest_of, parts_of

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def api(db: None, party: RelyingParty) -> RelyingParty:
    """Another app, an API that access tokens can be for."""
    app = App.objects.create(
        slug="api",
        name="API",
        launch_url="https://api.example/",
        redirect_uris=["https://api.example/cb"],
        secret_digest=digest_of(SECRET),
    )
    return RelyingParty(party.browser, app)


# Userinfo


def test_userinfo_by_post(party: RelyingParty) -> None:
    token = party.tokens()["access_token"]
    in_body = party.server.post("/oauth/userinfo", f"access_token={token}", content_type=FORM)
    headers = {"Authorization": f"bearer {token}"}
    in_header = party.server.post("/oauth/userinfo", headers=headers)
    ignored = party.server.get("/oauth/userinfo?schema=openid", headers=headers)
    assert in_body.json() == in_header.json() == ignored.json()
    assert in_body["Cache-Control"] == "no-store"


def test_userinfo_takes_no_token_from_the_address(party: RelyingParty) -> None:
    token = party.tokens()["access_token"]
    assert party.server.get(f"/oauth/userinfo?access_token={token}").status_code == 401


def test_userinfo_without_a_token_says_only_that_one_is_needed(client: Client) -> None:
    response = client.get("/oauth/userinfo")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_userinfo_refuses_two_tokens(party: RelyingParty) -> None:
    token = party.tokens()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    body = f"access_token={token}"
    response = party.server.post("/oauth/userinfo", body, content_type=FORM, headers=headers)
    assert response.status_code == 400
    assert 'error="invalid_request"' in response["WWW-Authenticate"]


@pytest.mark.parametrize("which", ["id_token", "refresh_token"])
def test_userinfo_refuses_other_tokens(party: RelyingParty, which: str) -> None:
    response = party.userinfo(party.tokens()[which])
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.e30", "é", "x" * 20_000, "\x01"])
def test_userinfo_refuses_what_is_no_token(party: RelyingParty, token: str) -> None:
    assert party.userinfo(token).status_code == 401


def test_userinfo_refuses_a_session_jwt(party: RelyingParty, alices_token: str) -> None:
    assert party.userinfo(alices_token).status_code == 401


def test_a_session_is_not_opened_by_an_apps_access_token(party: RelyingParty) -> None:
    for token in (party.tokens()["access_token"], party.tokens()["id_token"]):
        bearer = Client(headers={"host": HOST, "authorization": f"Bearer {token}"})
        assert bearer.get("/api/session").status_code == 401
        cookie = Client(headers={"host": HOST})
        cookie.cookies["session"] = token
        assert cookie.get("/account/").status_code == 302


def test_an_expired_access_token(party: RelyingParty, settings: Any) -> None:
    settings.SESSION_TOKEN_LIFETIME = -1
    assert party.userinfo(party.tokens()["access_token"]).status_code == 401


def test_the_token_of_a_grant_that_is_gone(party: RelyingParty) -> None:
    token = party.tokens()["access_token"]
    Grant.objects.all().delete()
    assert party.userinfo(token).status_code == 401


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_userinfo_by_another_method(client: Client, method: str) -> None:
    assert getattr(client, method)("/oauth/userinfo").status_code == 405


# Revocation


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_an_app_ends_its_grant(party: RelyingParty, which: str) -> None:
    tokens = party.tokens()
    assert party.post("/oauth/revoke", token=tokens[which]).status_code == 200
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 400


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "x" * 20_000])
def test_an_unknown_token_is_as_good_as_revoked(party: RelyingParty, token: str) -> None:
    assert party.post("/oauth/revoke", token=token).status_code == 200
    assert party.post("/oauth/revoke").status_code == 400


def test_another_app_cannot_end_it(party: RelyingParty, api: RelyingParty) -> None:
    tokens = party.tokens()
    for which in ("access_token", "refresh_token"):
        assert api.post("/oauth/revoke", token=tokens[which]).status_code == 400
    assert party.post("/oauth/revoke", token="x", client_secret="wrong").status_code == 401
    assert party.userinfo(tokens["access_token"]).status_code == 200


def test_a_session_jwt_is_not_revoked_here(party: RelyingParty, alices_token: str) -> None:
    assert party.post("/oauth/revoke", token=alices_token).status_code == 200
    assert Session.objects.get().revoked_at is None


# Introspection


def introspected(party: RelyingParty, token: str) -> dict[str, Any]:
    found: dict[str, Any] = party.post("/oauth/introspect", token=token).json()
    return found


def test_an_app_asks_about_its_tokens(party: RelyingParty) -> None:
    tokens = party.tokens()
    about = introspected(party, tokens["access_token"])
    assert about["active"] is True
    assert (about["client_id"], about["token_type"]) == ("grafana", "Bearer")
    assert introspected(party, tokens["refresh_token"])["active"] is True
    assert introspected(party, tokens["id_token"]) == {"active": False}
    assert introspected(party, "nonsense") == {"active": False}


def test_an_earlier_refresh_token_is_not_active(party: RelyingParty) -> None:
    tokens = party.tokens()
    party.refresh(tokens["refresh_token"])
    assert introspected(party, tokens["refresh_token"]) == {"active": False}


def test_another_app_learns_nothing(party: RelyingParty, api: RelyingParty) -> None:
    tokens = party.tokens()
    for which in ("access_token", "refresh_token"):
        assert introspected(api, tokens[which]) == {"active": False}


def test_an_api_learns_about_the_tokens_that_are_for_it(
    party: RelyingParty, api: RelyingParty
) -> None:
    App.objects.filter(slug="grafana").update(audiences=["https://api.example/"])
    tokens = party.exchange(party.code(resource="https://api.example/")).json()
    assert introspected(api, tokens["access_token"])["active"] is True
    assert introspected(api, tokens["refresh_token"]) == {"active": False}


def test_what_the_app_has_lost_since_is_not_told(party: RelyingParty, api: RelyingParty) -> None:
    App.objects.filter(slug="grafana").update(audiences=["https://api.example/"])
    tokens = party.exchange(party.code(resource="https://api.example/")).json()
    App.objects.filter(slug="grafana").update(audiences=[], scopes=["openid", "offline_access"])
    for which in ("access_token", "refresh_token"):
        assert introspected(party, tokens[which])["scope"] == "openid offline_access"
    assert introspected(party, tokens["access_token"])["aud"] == [app_tokens.userinfo_address()]
    assert introspected(api, tokens["access_token"]) == {"active": False}


def test_a_public_app_may_not_ask(alices_browser: Client, phone: App) -> None:
    party = RelyingParty(alices_browser, phone)
    token = party.tokens()["access_token"]
    assert party.post("/oauth/introspect", token=token).status_code == 401


def test_a_session_that_has_ended(party: RelyingParty) -> None:
    tokens = party.tokens()
    revoke(str(Session.objects.get().pk), Session.End.SIGNED_OUT)
    assert introspected(party, tokens["access_token"]) == {"active": False}
    assert introspected(party, tokens["refresh_token"]) == {"active": False}


# Pushed requests


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"redirect_uri": "https://mallory.example/"}, "invalid_request", 400),
        ({"code_challenge": None}, "invalid_request", 400),
        ({"request": "eyJ"}, "request_not_supported", 400),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "request_uri_not_supported", 400),
        ({"resource": "https://api.example/"}, "invalid_target", 400),
    ],
)
def test_what_may_not_be_pushed(
    party: RelyingParty, changes: dict[str, Any], error: str, status: int
) -> None:
    response = party.post("/oauth/par", **(party.query() | changes))
    assert (response.status_code, response.json()["error"]) == (status, error)


def test_no_secret_is_kept_with_a_pushed_request(party: RelyingParty, client: Client) -> None:
    request_uri = party.post("/oauth/par", **party.query()).json()["request_uri"]
    stranger = Client(headers={"host": HOST})
    query = {"client_id": "grafana", "request_uri": request_uri}
    assert SECRET not in stranger.get("/oauth/authorize", query)["Location"]


def test_only_what_means_something_is_kept_of_a_pushed_request(party: RelyingParty) -> None:
    junk = {"junk": "x" * 50_000}
    request_uri = party.post("/oauth/par", **party.query(), **junk).json()["request_uri"]
    _, kept = caches["pushed"].get(request_uri.removeprefix(URN))
    assert {*kept} == {*party.query()}
    long = party.post("/oauth/par", **party.query(state="s" * 9000))
    assert (long.status_code, long.json()["error"]) == (400, "invalid_request")


def test_strangers_do_not_push_out_what_apps_have_pushed(party: RelyingParty, phone: App) -> None:
    stranger = RelyingParty(Client(headers={"host": HOST}), phone)
    next_ = stranger.authorize(state="s" * 3000)["Location"]
    long = parse_qs(parse_qs(urlsplit(next_).query)["next"][0])["request_uri"][0]
    public = stranger.post("/oauth/par", **stranger.query()).json()["request_uri"]
    proven = party.post("/oauth/par", **party.query()).json()["request_uri"]
    for name, uri in (("long-requests", long), ("long-requests", public), ("pushed", proven)):
        assert caches[name].get(uri.removeprefix(URN))
    assert caches["pushed"].get(long.removeprefix(URN)) is None


def test_apps_that_prove_nothing_may_not_push_for_ever(party: RelyingParty, phone: App) -> None:
    public = RelyingParty(party.browser, phone)
    answers = [public.post("/oauth/par", **public.query()).status_code for _ in range(101)]
    assert answers == [201] * 100 + [429]
    assert party.post("/oauth/par", **party.query()).status_code == 201


@pytest.mark.parametrize("name", ["x", "p.x", "p." + "A" * 300, "q." + "A" * 43, "p.\x01", ""])
def test_a_request_uri_that_is_none(party: RelyingParty, name: str) -> None:
    query = {"client_id": "grafana", "request_uri": URN + name}
    assert party.browser.get("/oauth/authorize", query).status_code == 400


def test_an_app_that_may_ask_for_less_learns_less_at_once(party: RelyingParty) -> None:
    App.objects.update(audiences=["https://api.example/"])
    tokens = party.exchange(party.code(resource="https://api.example/")).json()
    App.objects.update(scopes=["openid", "offline_access"], audiences=[])
    assert {*party.userinfo(tokens["access_token"]).json()} == {"sub"}
    again = party.refresh(tokens["refresh_token"]).json()
    assert again["scope"] == "openid offline_access"
    assert parts_of(again["access_token"])[1]["aud"] == [app_tokens.userinfo_address()]


def test_the_id_token_of_a_revoked_key_is_no_hint(party: RelyingParty) -> None:
    assert app_tokens.read_id_token_hint("a.b.c") is None
    assert app_tokens.read_id_token_hint(party.tokens()["access_token"]) is None
    assert app_tokens.read_id_token_hint(party.tokens()["id_token"]) is not None


def test_a_code_that_was_never_redeemed_gives_no_token(party: RelyingParty) -> None:
    party.code()
    Grant.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert Grant.objects.get().generation == 0


# What it costs


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/oauth/token", 3), ("/oauth/userinfo", 1), ("/oauth/introspect", 2)],
)
def test_how_many_queries(
    party: RelyingParty,
    path: str,
    queries: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    code, token = party.code(), party.tokens()["access_token"]
    asked = {
        "/oauth/token": lambda: party.exchange(code),
        "/oauth/userinfo": lambda: party.userinfo(token),
        "/oauth/introspect": lambda: party.post(path, token=token),
    }
    with django_assert_max_num_queries(queries):
        response = asked[path]()
    assert response.status_code == 200
    assert response.json().get("active", True)


@pytest.mark.parametrize("path", CALLED_BY_APPS)
def test_a_browsers_cookies_cost_nothing_and_refresh_nobody(
    party: RelyingParty, alices_session: Session, path: str
) -> None:
    party.browser.cookies.clear()
    party.browser.cookies["refresh"] = issue_refresh_token(alices_session)
    response = party.browser.post(path, {"token": "x"})
    assert response.cookies == {}
    assert Session.objects.get().generation == alices_session.generation
    assert party.browser.get("/account/").cookies.keys() >= {"session"}
