import jwt
import pytest

from tests.simulator.client import Client, query


def test_publishes_its_metadata(google: Client) -> None:
    metadata = google.metadata()

    assert metadata["issuer"] == google.base_url
    assert metadata["authorization_endpoint"] == google.authorization_endpoint
    assert metadata["token_endpoint"] == google.token_endpoint
    assert metadata["userinfo_endpoint"] == f"{google.base_url}/v1/userinfo"
    assert metadata["revocation_endpoint"] == f"{google.base_url}/revoke"
    assert metadata["jwks_uri"] == f"{google.base_url}/oauth2/v3/certs"
    assert "authorization_response_iss_parameter_supported" not in metadata


def test_tells_everything_in_the_id_token(google: Client) -> None:
    token = google.tokens("ada")["id_token"]

    claims = google.id_token(token)

    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    assert claims["sub"].isdigit()
    assert len(claims["sub"]) == 21
    assert (claims["email"], claims["email_verified"]) == ("ada@example.org", True)
    assert (claims["given_name"], claims["family_name"]) == ("Ada", "Adler")
    assert claims["picture"] == f"{google.url}/people/ada.png"
    assert (claims["hd"], claims["azp"]) == ("example.org", google.client_id)
    assert claims["nonce"] == "the-nonce"
    assert claims["at_hash"]
    assert claims["iat"] < claims["exp"]


def test_says_of_an_address_whether_it_is_verified(google: Client) -> None:
    una = google.id_token(google.tokens("una")["id_token"])
    nora = google.id_token(google.tokens("nora")["id_token"])

    assert una["email_verified"] is False
    assert not {"email", "email_verified", "hd"} & nora.keys()


def test_tells_userinfo_the_same(google: Client) -> None:
    tokens = google.tokens()

    userinfo = google.api("/v1/userinfo", tokens["access_token"]).json()

    assert userinfo.items() <= google.id_token(tokens["id_token"]).items()
    assert {"sub", "name", "email", "picture"} <= userinfo.keys()


def test_tells_only_what_the_scope_allows(google: Client) -> None:
    claims = google.id_token(google.tokens(scope="openid")["id_token"])

    assert not {"email", "name", "picture"} & claims.keys()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "nobody"}, "Error 401: invalid_client"),
        ({"redirect_uri": "http://localhost:8000/"}, "Error 400: redirect_uri_mismatch"),
        ({"redirect_uri": None}, "Error 400: redirect_uri_mismatch"),
        ({"response_type": "token"}, "Error 400: unsupported_response_type"),
        ({"scope": "openid everything"}, "Error 400: invalid_scope"),
        ({"scope": None}, "Error 400: invalid_scope"),
        ({"prompt": "none consent"}, "Error 400: invalid_request"),
        ({"code_challenge_method": "S512"}, "Error 400: invalid_request"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_keeps_its_errors_to_itself(
    google: Client, changes: dict[str, str | None], error: str
) -> None:
    response = google.ask(**changes)

    assert str(response.status_code) in error
    assert error in response.text


def test_cannot_answer_without_asking(google: Client) -> None:
    assert query(google.ask(prompt="none"))["error"] == "interaction_required"


def test_adds_its_own_parameters_to_a_response(google: Client) -> None:
    answer = query(google.decide("ada"))

    assert answer["iss"] == google.base_url
    assert (answer["authuser"], answer["hd"]) == ("0", "example.org")
    assert "https://www.googleapis.com/auth/userinfo.email" in answer["scope"]


@pytest.mark.parametrize("hd", ["example.org", "*"])
def test_offers_only_people_of_the_hosted_domain(google: Client, hd: str) -> None:
    page = google.ask(hd=hd).text

    assert "Ada Adler" in page
    assert "Alice Archer" not in page
    assert google.decide("alice", hd=hd).status_code == 400


def test_offers_nobody_of_an_unknown_domain(google: Client) -> None:
    assert "No test person has such an account" in google.ask(hd="example.edu").text


def test_gives_a_refresh_token_for_offline_access(google: Client) -> None:
    tokens = google.tokens(access_type="offline")

    again = google.refresh(tokens["refresh_token"]).json()

    assert "refresh_token" not in google.tokens()
    assert "refresh_token" not in again
    assert google.api("/v1/userinfo", again["access_token"]).status_code == 200
    assert google.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_a_token_ends_all_of_its_grant(google: Client, which: str) -> None:
    tokens = google.tokens(access_type="offline")
    form = {"token": tokens[which]}

    assert google.post(f"{google.base_url}/revoke", form).status_code == 200
    assert google.api("/v1/userinfo", tokens["access_token"]).status_code == 401
    assert google.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert google.post(f"{google.base_url}/revoke", form).json()["error"] == "invalid_token"


def test_takes_a_plain_challenge(google: Client) -> None:
    code = google.code(code_challenge="the-verifier", code_challenge_method=None)

    assert "id_token" in google.redeem(code, code_verifier="the-verifier").json()
