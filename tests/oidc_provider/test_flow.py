"""An app signs somebody in, in the order of the flow, and what each message says."""

import base64
import json

import jwt
import pytest
from django.test import Client

from oidc_provider.models import App, Audience, Consent, Grant
from sessions.models import Session, User
from sessions.signing_keys.keyring import verification_key
from tests.conftest import HOST
from tests.oidc_provider.party import CHALLENGE, SECRET, RelyingParty, parts_of

ISSUER = "http://localhost:8000"


def test_signs_somebody_in(party: RelyingParty, alice: User) -> None:
    # Where is everything?
    document = party.server.get("/.well-known/openid-configuration").json()
    assert document["issuer"] == ISSUER
    # The browser goes to the authorization endpoint, and comes back with a code
    answer = party.answer(party.authorize())
    assert {*answer} == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("the state", ISSUER)
    # The app exchanges the code
    response = party.exchange(answer["code"])
    assert response.status_code == 200
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600
    # It verifies the ID token with our published keys
    header = jwt.get_unverified_header(tokens["id_token"])
    key = verification_key(header["kid"])
    assert key is not None
    claims = jwt.decode(tokens["id_token"], key.public, ["RS256"], audience="grafana")
    assert claims["sub"] == str(alice.pk)
    assert claims["nonce"] == "the nonce"
    # It asks who that is
    about = party.userinfo(tokens["access_token"]).json()
    assert about["sub"] == claims["sub"]
    assert about["name"] == "Alice Archer"
    # And some time later it refreshes
    again = party.refresh(tokens["refresh_token"])
    assert again.status_code == 200
    assert again.json()["refresh_token"] != tokens["refresh_token"]


def test_the_id_token_says(party: RelyingParty, alice: User, alices_session: Session) -> None:
    tokens = party.tokens()
    header, claims = parts_of(tokens["id_token"])
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert claims.pop("exp") - claims.pop("iat") == 600
    assert len(claims.pop("at_hash")) == 22
    assert claims == {
        "iss": ISSUER,
        "sub": str(alice.pk),
        "aud": "grafana",
        "auth_time": int(alices_session.auth_time.timestamp()),
        "sid": str(alices_session.pk),
        "nonce": "the nonce",
        "name": "Alice Archer",
        "given_name": "Alice",
        "family_name": "Archer",
        "preferred_username": alice.handle,
        "email": "alice@example.com",
        "email_verified": False,
        "groups": [],
    }


def test_id_token_and_userinfo_say_the_same_about_a_person(party: RelyingParty) -> None:
    tokens = party.tokens()
    about = party.userinfo(tokens["access_token"]).json()
    _, claims = parts_of(tokens["id_token"])
    assert about.items() <= claims.items()


def test_the_access_token_says(party: RelyingParty, alice: User, alices_session: Session) -> None:
    header, claims = parts_of(party.tokens()["access_token"])
    assert header["typ"] == "at+jwt"
    assert claims.pop("exp") - claims.pop("iat") == 600
    assert len(claims.pop("jti")) >= 22
    assert claims == {
        "iss": ISSUER,
        "sub": str(alice.pk),
        "aud": [f"{ISSUER}/oauth/userinfo"],
        "client_id": "grafana",
        "auth_time": int(alices_session.auth_time.timestamp()),
        "sid": str(alices_session.pk),
        "scope": "openid profile email groups offline_access",
        "grant": str(Grant.objects.get().pk),
    }


def test_only_what_was_asked_for_is_told(party: RelyingParty, alice: User) -> None:
    tokens = party.tokens(scope="openid unknown")
    assert tokens["scope"] == "openid"
    assert "refresh_token" not in tokens
    assert party.userinfo(tokens["access_token"]).json() == {"sub": str(alice.pk)}


def test_an_app_without_openid_gets_no_id_token(party: RelyingParty) -> None:
    assert "id_token" not in party.tokens(scope="profile")


def test_claims_stay_out_of_the_id_token_where_an_admin_says_so(party: RelyingParty) -> None:
    App.objects.update(claims_in_id_token=False)
    tokens = party.tokens()
    assert "email" not in parts_of(tokens["id_token"])[1]
    assert "email" in party.userinfo(tokens["access_token"]).json()


def test_credentials_in_the_header_are_as_good(party: RelyingParty) -> None:
    pair = base64.b64encode(f"grafana:{SECRET}".encode()).decode()
    party.server = Client(headers={"host": HOST, "authorization": f"Basic {pair}"})
    response = party.exchange(party.code(), client_id=None, client_secret=None)
    assert response.status_code == 200, response.content


def test_a_post_to_the_authorization_endpoint_becomes_a_get(party: RelyingParty) -> None:
    response = party.browser.post("/oauth/authorize", party.query())
    assert response.status_code == 303
    assert response["Location"].startswith("/oauth/authorize?client_id=grafana")
    assert party.answer(party.browser.get(response["Location"]))["code"]


def test_an_app_without_a_secret(alices_browser: Client, phone: App) -> None:
    party = RelyingParty(alices_browser, phone)
    assert party.tokens()["id_token"]


def test_a_native_app_may_listen_on_any_port(
    alices_browser: Client, phone: App, alice: User
) -> None:
    party = RelyingParty(alices_browser, phone)
    uri = "http://127.0.0.1:51234/cb"
    Consent.objects.create(app=phone, user=alice, scopes=phone.scopes)
    response = party.authorize(redirect_uri=uri)
    assert response["Location"].startswith(f"{uri}?code=")
    code = response["Location"].partition("code=")[2].partition("&")[0]
    assert party.exchange(code, redirect_uri=uri).status_code == 200
    assert party.exchange(code, redirect_uri="http://127.0.0.1:2/cb").status_code == 400


def test_the_answer_by_form(party: RelyingParty) -> None:
    response = party.authorize(response_mode="form_post")
    page = response.content.decode()
    assert response.status_code == 200
    assert f'action="{party.app.redirect_uris[0]}"' in page
    assert 'name="code"' in page
    assert 'name="state" value="the state"' in page
    assert "form-action" not in response["Content-Security-Policy"]


def test_somebody_who_may_not_use_an_app_goes_back_by_form_too(party: RelyingParty) -> None:
    App.objects.update(audience=Audience.CHOSEN)
    response = party.authorize(response_mode="form_post")
    page = response.content.decode()
    assert response.status_code == 403
    assert f'action="{party.app.redirect_uris[0]}"' in page
    assert 'name="error" value="access_denied"' in page
    assert f'name="iss" value="{ISSUER}"' in page
    assert "?error=" not in page
    assert "form-action" not in response["Content-Security-Policy"]


def test_a_redirect_uri_keeps_its_query(party: RelyingParty) -> None:
    party.app.redirect_uris = ["https://app.example/cb?tenant=1"]
    party.app.save()
    location = party.authorize()["Location"]
    assert location.startswith("https://app.example/cb?tenant=1&code=")


def test_the_document_says_in_which_languages_pages_are(client: Client) -> None:
    document = client.get("/.well-known/openid-configuration").json()
    assert document["ui_locales_supported"] == ["en", "de"]


@pytest.mark.parametrize("path", ["/.well-known/", "//.well-known/"])
@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server"])
def test_the_document_is_found(client: Client, path: str, name: str) -> None:
    response = client.get("/", PATH_INFO=path + name)
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json()["authorization_endpoint"] == f"{ISSUER}/oauth/authorize"


def test_the_document_ignores_the_host(client: Client) -> None:
    here = client.get("/.well-known/openid-configuration").content
    response = client.get("/.well-known/openid-configuration", headers={"host": "mallory.example"})
    assert response.status_code == 302
    assert json.loads(here)["issuer"] == ISSUER


def test_a_pushed_request(party: RelyingParty) -> None:
    pushed = party.post("/oauth/par", **party.query())
    assert pushed.status_code == 201
    answer = pushed.json()
    assert answer["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    query = {"client_id": "grafana", "request_uri": answer["request_uri"]}
    response = party.browser.get("/oauth/authorize", query)
    code = party.answer(response)["code"]
    assert party.exchange(code).status_code == 200
    assert party.browser.get("/oauth/authorize", query).status_code == 400


def test_a_pushed_request_waits_while_somebody_signs_in(party: RelyingParty) -> None:
    request_uri = party.post("/oauth/par", **party.query()).json()["request_uri"]
    query = {"client_id": "grafana", "request_uri": request_uri}
    stranger = Client(headers={"host": HOST})
    for _ in range(2):  # and may reload the page: only an answer uses it up
        assert stranger.get("/oauth/authorize", query)["Location"].startswith("/sign-in/?next=")
    assert party.answer(party.browser.get("/oauth/authorize", query))["code"]


def test_what_an_app_does_not_send_does_not_come_back(party: RelyingParty) -> None:
    answer = party.answer(party.authorize(state=None, nonce=None))
    assert {*answer} == {"code", "iss"}
    assert "nonce" not in parts_of(party.exchange(answer["code"]).json()["id_token"])[1]


def test_the_challenge_is_kept_with_the_grant(party: RelyingParty) -> None:
    party.code()
    assert Grant.objects.get().code_challenge == CHALLENGE
