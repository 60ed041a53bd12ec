"""The authorization request of an app."""

from typing import Any

import pytest

from protocol.authorization_server.authorization_request import (
    AuthorizationRequest,
    Destination,
    Pkce,
    Prompt,
    authorization_request,
    destination_of,
)
from protocol.authorization_server.errors import SAID, Refusal, RefusedRequestError

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
GOOD = {
    "client_id": "grafana",
    "redirect_uri": "https://app.example/cb",
    "response_type": "code",
    "scope": "openid profile",
    "state": "{json: 1}",
    "nonce": "n-0S6_WzA2Mj",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def read(pkce: Pkce = Pkce.REQUIRED, **changes: Any) -> AuthorizationRequest:
    """Read the good request with these changes; None takes a parameter away."""
    values = {name: value for name, value in (GOOD | changes).items() if value is not None}
    parameters = {n: v if isinstance(v, list) else [v] for n, v in values.items()}
    return authorization_request(parameters, destination_of(parameters), pkce)


def refusal(pkce: Pkce = Pkce.REQUIRED, **changes: Any) -> Refusal:
    with pytest.raises(RefusedRequestError) as caught:
        read(pkce, **changes)
    return caught.value.refusal


def test_reads_what_was_asked() -> None:
    asked = read(prompt="login", max_age="0")
    assert asked.destination == Destination("https://app.example/cb", "{json: 1}")
    assert (asked.scope, asked.nonce) == (("openid", "profile"), "n-0S6_WzA2Mj")
    assert (asked.code_challenge, *asked.prompt) == (CHALLENGE, Prompt.LOGIN)
    assert asked.max_age == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"response_type": None}, Refusal.RESPONSE_TYPE_MISSING),
        ({"response_type": "token"}, Refusal.RESPONSE_TYPE),
        ({"response_type": "code id_token"}, Refusal.RESPONSE_TYPE),
        ({"response_mode": "fragment"}, Refusal.RESPONSE_MODE),
        ({"response_mode": "web_message"}, Refusal.RESPONSE_MODE),
        ({"request": "eyJ"}, Refusal.REQUEST_OBJECT),
        ({"request_uri": "https://app.example/request"}, Refusal.REQUEST_URI),
        ({"code_challenge": None}, Refusal.PKCE_MISSING),
        ({"code_challenge_method": "plain"}, Refusal.PKCE_METHOD),
        ({"code_challenge_method": None}, Refusal.PKCE_METHOD),
        ({"code_challenge": "too-short"}, Refusal.PKCE_METHOD),
        ({"code_challenge": f"{CHALLENGE}="}, Refusal.PKCE_METHOD),
        ({"prompt": "none login"}, Refusal.PROMPT),
        ({"max_age": "-1"}, Refusal.MAX_AGE),
        ({"max_age": "soon"}, Refusal.MAX_AGE),
        ({"max_age": "٣"}, Refusal.MAX_AGE),
        ({"max_age": "1" * 10}, Refusal.MAX_AGE),
        ({"resource": "not-absolute"}, Refusal.TARGET),
        ({"resource": "https://api.example/#part"}, Refusal.TARGET),
        (
            {
                "resource": ["https://api.example/"] * 1
                + [f"https://{n}.example" for n in range(10)]
            },
            Refusal.TARGET,
        ),
        ({"nonce": "n" * 501}, Refusal.TOO_LONG),
        ({"scope": ["openid", "openid"]}, Refusal.PARAMETER_REPEATED),
        ({"redirect_uri": None}, Refusal.REDIRECT_URI_MISSING),
        ({"redirect_uri": ["https://app.example/cb"] * 2}, Refusal.PARAMETER_REPEATED),
        ({"state": ["1", "2"]}, Refusal.PARAMETER_REPEATED),
    ],
)
def test_refuses(changes: dict[str, Any], expected: Refusal) -> None:
    assert refusal(**changes) is expected


def test_a_nonce_can_stand_for_pkce_where_an_admin_allows_it() -> None:
    assert read(Pkce.NONCE, code_challenge=None, code_challenge_method=None).nonce
    assert refusal(Pkce.NONCE, code_challenge=None, nonce=None) is Refusal.NONCE_MISSING
    assert read(Pkce.NEITHER, code_challenge=None, nonce=None).code_challenge == ""


def test_a_nonce_is_kept_as_it_came() -> None:
    assert read(nonce="n" * 500).nonce == "n" * 500  # OpenID Connect Core §2: unmodified


def test_a_challenge_that_was_sent_has_to_be_good_in_any_case() -> None:
    assert refusal(Pkce.NEITHER, code_challenge_method="plain") is Refusal.PKCE_METHOD


@pytest.mark.parametrize(
    "changes",
    [
        {"approval_prompt": "force", "access_type": "offline", "display": "page"},
        {"claims": '{"userinfo": {"quota": null}}'},
        {"scope": "openid unknown"},
        {"prompt": "create"},
        {"ui_locales": "de-CH de", "acr_values": "urn:example", "login_hint": "alice@example.com"},
        {"approval_prompt": ["a", "b"]},
        {"nonce": "", "state": ""},
    ],
)
def test_ignores_what_it_does_not_know(changes: dict[str, Any]) -> None:
    assert read(**changes).code_challenge == CHALLENGE


def test_several_resources_may_be_asked_for() -> None:
    resources = ["https://api.example/", "urn:example:other", "https://api.example/"]
    assert read(resource=resources).resources == ("https://api.example/", "urn:example:other")


def test_every_refusal_is_said_in_an_error_of_an_rfc() -> None:
    assert {*SAID} == {*Refusal}
    assert all(said.description.isascii() for said in SAID.values())  # RFC 6749 §4.1.2.1
