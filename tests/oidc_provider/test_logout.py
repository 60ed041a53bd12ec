"""Signing out, as an app asks for it."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from oidc_provider.models import App
from protocol.limits import REQUEST_LINE
from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import hold
from tests.oidc_provider.party import RelyingParty

BYE = "https://grafana.example/bye"
AT_BYE = urlencode({"post_logout_redirect_uri": BYE})


def leave(party: RelyingParty, **query: str) -> Any:
    return party.browser.get("/oauth/logout", query)


def is_signed_out() -> bool:
    return Session.objects.get().revoked_at is not None


def test_a_hint_for_this_session_signs_out_at_once(party: RelyingParty) -> None:
    hint = party.tokens()["id_token"]
    response = leave(party, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s t")
    assert response.status_code == 303
    assert response["Location"] == f"{BYE}?state=s+t"
    assert response.cookies["session"].value == ""
    assert is_signed_out()


def test_an_expired_hint_is_as_good(party: RelyingParty, settings: Any) -> None:
    settings.SESSION_TOKEN_LIFETIME = -100
    hint = party.tokens()["id_token"]
    settings.SESSION_TOKEN_LIFETIME = 600
    leave(party, id_token_hint=hint)
    assert is_signed_out()


def test_a_form_of_an_app_becomes_a_get_because_no_lax_cookie_goes_with_it(
    party: RelyingParty,
) -> None:
    hint = party.tokens()["id_token"]
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": "s t&é"}
    response = party.server.post("/oauth/logout", fields)  # no cookies, as from another site
    assert (response.status_code, response["Cache-Control"]) == (303, "private, no-store")
    assert response["Location"].startswith("/oauth/logout?id_token_hint=")
    there = party.browser.get(response["Location"])
    assert there["Location"] == f"{BYE}?state=s+t%26%C3%A9"
    assert is_signed_out()


def test_a_form_with_a_hint_that_no_address_can_hold_asks_for_the_same_app(
    party: RelyingParty,
) -> None:
    User.objects.update(given_groups=[f"a group with a long name {n}" for n in range(300)])
    hint = party.tokens()["id_token"]
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": BYE}
    address = party.server.post("/oauth/logout", fields)["Location"]
    page = party.browser.get(address)
    assert len(address) < REQUEST_LINE < len(hint)
    assert f'value="{BYE}"' in page.content.decode()
    assert not is_signed_out()


LONG = "s" * REQUEST_LINE


def test_a_form_with_a_state_that_no_address_can_hold_signs_out_and_leads_nowhere(
    party: RelyingParty,
) -> None:
    hint = party.tokens()["id_token"]
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": BYE, "state": LONG}
    address = party.server.post("/oauth/logout", fields)["Location"]
    assert party.browser.get(address)["Location"] == "/sign-out/"
    assert is_signed_out()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": LONG, "client_id": "grafana"},
        {"state": LONG, "id_token_hint": LONG, "client_id": "grafana"},
        {"post_logout_redirect_uri": f"{BYE}?{LONG}", "client_id": "grafana"},
        {"extra": LONG, "client_id": "grafana"},
    ],
)
def test_a_form_that_no_address_can_hold_asks_whether_to_sign_out_of_the_app(
    party: RelyingParty, changes: dict[str, str]
) -> None:
    fields = {"post_logout_redirect_uri": BYE, **changes}
    address = party.server.post("/oauth/logout", fields)["Location"]
    assert len(address) < REQUEST_LINE
    page = party.browser.get(address).content.decode()
    assert "Grafana" in page
    assert not is_signed_out()


def test_a_form_with_a_client_id_that_no_address_can_hold_asks(party: RelyingParty) -> None:
    address = party.server.post("/oauth/logout", {"client_id": LONG})["Location"]
    assert address == "/oauth/logout"
    assert party.browser.get(address).status_code == 200
    assert not is_signed_out()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"client_id": "grafana"},
        {"client_id": "grafana", "post_logout_redirect_uri": BYE},
        {"client_id": "unknown", "post_logout_redirect_uri": BYE},
        {"post_logout_redirect_uri": BYE},
        {"id_token_hint": "a.b.c", "post_logout_redirect_uri": BYE},
        {"id_token_hint": "é", "state": "x" * 5000},
    ],
)
def test_otherwise_the_person_is_asked(party: RelyingParty, query: dict[str, str]) -> None:
    response = leave(party, **query)
    assert response.status_code == 200
    assert not is_signed_out()


def test_a_hint_of_another_session_asks(party: RelyingParty, alices_session: Session) -> None:
    hint = party.tokens()["id_token"]
    other = Session.objects.create(
        user=alices_session.user,
        auth_time=alices_session.auth_time,
        expires_at=alices_session.expires_at,
    )
    from sessions.session_tokens import issue_session_token

    party.browser.cookies["session"] = issue_session_token(other, other.user).text
    assert leave(party, id_token_hint=hint).status_code == 200


def test_the_person_agrees_and_goes_back_to_the_app(party: RelyingParty) -> None:
    page = leave(party, client_id="grafana", post_logout_redirect_uri=BYE, state="s")
    assert f'value="{BYE}"' in page.content.decode()
    fields = {"client_id": "grafana", "address": BYE, "state": "s"}
    response = party.browser.post("/oauth/logout/confirm", fields)
    assert response["Location"] == f"{BYE}?state=s"
    assert is_signed_out()


@pytest.mark.parametrize(
    "address",
    [
        "https://mallory.example/",
        f"{BYE}/",
        f"{BYE}?x=1",
        "https://grafana.example/login/generic_oauth",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    party: RelyingParty, address: str
) -> None:
    hint = party.tokens()["id_token"]
    fields = {"client_id": "grafana", "address": address}
    asked = leave(party, client_id="grafana", post_logout_redirect_uri=address)
    assert address not in asked.content.decode()
    response = leave(party, id_token_hint=hint, post_logout_redirect_uri=address)
    assert response["Location"] == "/sign-out/"
    response = party.browser.post("/oauth/logout/confirm", fields)
    assert response["Location"] == "/sign-out/"


def test_a_hint_and_a_client_id_that_differ(party: RelyingParty, phone: App) -> None:
    hint = party.tokens()["id_token"]
    assert leave(party, id_token_hint=hint, client_id="phone").status_code == 200


def test_the_confirmation_needs_a_csrf_token(party: RelyingParty, alices_token: str) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(strict, alices_token)
    assert strict.post("/oauth/logout/confirm").status_code == 403
    assert strict.post("/oauth/logout", {"client_id": "grafana"}).status_code == 303
    assert not is_signed_out()


def test_somebody_who_is_not_signed_in_goes_back_at_once(client: Client, grafana: App) -> None:
    query = {"client_id": "grafana", "post_logout_redirect_uri": BYE}
    stranger = Client(headers={"host": HOST})
    assert stranger.get("/oauth/logout", query)["Location"] == BYE
    assert stranger.get("/oauth/logout")["Location"] == "/sign-out/"


def test_a_repeated_parameter_asks_for_nothing_but_the_signing_out(party: RelyingParty) -> None:
    page = party.browser.get(f"/oauth/logout?client_id=grafana&state=a&state=b&{AT_BYE}")
    assert page.status_code == 200
    assert BYE not in page.content.decode()
    assert not is_signed_out()


def test_an_app_that_is_switched_off_gets_nobody_back(party: RelyingParty) -> None:
    hint = party.tokens()["id_token"]
    App.objects.update(enabled=False)
    query = {"client_id": "grafana", "post_logout_redirect_uri": BYE}
    assert Client(headers={"host": HOST}).get("/oauth/logout", query)["Location"] == "/sign-out/"
    assert leave(party, id_token_hint=hint, **query).status_code == 200
    assert not is_signed_out()
    fields = {"client_id": "grafana", "address": BYE}
    response = party.browser.post("/oauth/logout/confirm", fields)
    assert response["Location"] == "/sign-out/"


def test_signing_out_ends_the_apps_tokens(party: RelyingParty) -> None:
    tokens = party.tokens()
    leave(party, id_token_hint=tokens["id_token"])
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 400
