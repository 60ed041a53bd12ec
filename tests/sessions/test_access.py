"""Views that somebody has added to the site, and what each kind of caller gets from them."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from pytest_django import DjangoAssertNumQueries

from config.urls import urlpatterns as site
from sessions.access import group_required, login_required, scope_required
from sessions.models import User
from sessions.session_request import with_session
from sessions.session_tokens import SCOPE
from tests.sessions.tokens import ABSENT, changed

pytestmark = pytest.mark.django_db
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
INVALID = 'Bearer error="invalid_token"'


def person(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user))


def claims(request: HttpRequest) -> HttpResponse:
    token = with_session(request).session_token
    assert token
    return HttpResponse(token.sub)


@method_decorator(group_required("admins", "editors"), name="dispatch")
class Reports(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return claims(request)


urlpatterns = [
    *site,
    path("person/", login_required(person)),
    path("mail/", scope_required("openid email")(claims)),
    path("payments/", scope_required("payments")(claims)),
    path("editors/", group_required("editors")(claims)),
    path("reports/", Reports.as_view()),
    path("both/", scope_required("email")(group_required("editors")(claims))),
]
PATHS = ["/person/", "/mail/", "/payments/", "/editors/", "/reports/", "/both/"]


@pytest.fixture(autouse=True)
def _views_of_the_team(monkeypatch: pytest.MonkeyPatch) -> None:
    # `settings` would tell Django, which forgets all addresses then and compiles them anew.
    monkeypatch.setattr("django.conf.settings.ROOT_URLCONF", __name__)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


# Nobody is signed in


@pytest.mark.parametrize("address", PATHS)
def test_sends_a_browser_to_sign_in_and_back(client: Client, address: str) -> None:
    answer = client.get(f"{address}?a=b", headers=BROWSER)
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next={address}%3Fa%3Db"


@pytest.mark.parametrize("address", PATHS)
def test_asks_a_program_for_a_token_and_names_no_error(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {"status": 401, "detail": "A valid session JWT is needed."}


@pytest.mark.parametrize("address", PATHS)
@pytest.mark.parametrize("accept", [{}, BROWSER], ids=["program", "a program that takes HTML"])
def test_calls_a_bad_token_invalid(client: Client, address: str, accept: dict[str, str]) -> None:
    answer = client.get(address, headers=bearer("broken") | accept)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, INVALID)


CALLERS: dict[str, tuple[dict[str, str], int]] = {
    "Chromium": (BROWSER, 302),
    "curl": ({"accept": "*/*"}, 401),
    "no Accept": ({}, 401),
    "fetch for JSON": ({"accept": "application/json"}, 401),
    "JSON before HTML": ({"accept": "application/json, text/html;q=0.5"}, 401),
    "HTML before JSON": ({"accept": "text/html, application/json;q=0.9"}, 302),
    "HTML refused": ({"accept": "text/html;q=0, */*"}, 401),
    "a picture": ({"accept": "image/*"}, 401),
    "nonsense": ({"accept": "\u00e4;;=,"}, 401),
    "HTML with a credential": (BROWSER | {"authorization": "Basic YTpi"}, 401),
}


@pytest.mark.parametrize(("headers", "status"), CALLERS.values(), ids=CALLERS)
def test_takes_for_a_browser_or_not(client: Client, headers: Any, status: int) -> None:
    assert client.get("/person/", headers=headers).status_code == status


# Somebody is signed in


def test_lets_alice_in_and_loads_her_once(
    alices_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert alices_browser.get("/person/").content == b"Alice Archer"


@pytest.mark.parametrize("status", ["suspended", "deleted"])
def test_somebody_whose_account_is_gone_is_a_stranger(
    alices_browser: Client, alice: User, status: str
) -> None:
    people = User.objects.filter(pk=alice.pk)
    people.update(is_active=False) if status == "suspended" else people.delete()
    assert alices_browser.get("/person/", headers=BROWSER).status_code == 302
    answer = alices_browser.get("/person/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, INVALID)


EDITOR: dict[str, Any] = {"groups": ["editors", "readers"]}
ALLOWED: dict[str, tuple[str, dict[str, Any]]] = {
    "all scopes": ("/mail/", {}),
    "scopes in another order": ("/mail/", {"scope": "email x openid"}),
    "a scope that we do not issue yet": ("/payments/", {"scope": f"{SCOPE} payments"}),
    "the group": ("/editors/", EDITOR),
    "one of two groups": ("/reports/", EDITOR),
    "scope and group": ("/both/", EDITOR),
}
FORBIDDEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "one scope of two": ("/mail/", {"scope": "openid"}, 'scope="openid email"'),
    "no scope": ("/mail/", {"scope": ABSENT}, 'scope="openid email"'),
    "a scope in a longer word": ("/payments/", {"scope": "payments2"}, 'scope="payments"'),
    "no group": ("/editors/", {}, ""),
    "no claim of groups": ("/editors/", {"groups": ABSENT}, ""),
    "groups null": ("/editors/", {"groups": None}, ""),
    "groups as a number": ("/editors/", {"groups": 7}, ""),
    "another group": ("/reports/", {"groups": ["Editors", "readers"]}, ""),
    "scope without group": ("/both/", {}, ""),
    "group without scope": ("/both/", EDITOR | {"scope": ""}, 'scope="email"'),
}


@pytest.mark.parametrize(("address", "claims"), ALLOWED.values(), ids=ALLOWED)
def test_lets_in_by_claims_alone_without_a_query(
    client: Client,
    alices_token: str,
    django_assert_num_queries: DjangoAssertNumQueries,
    address: str,
    claims: dict[str, Any],
) -> None:
    token = changed(alices_token, claims)
    client.get("/api/session", headers=bearer(token))
    with django_assert_num_queries(0):
        assert client.get(address, headers=bearer(token)).status_code == 200


@pytest.mark.parametrize(("address", "claims", "scope"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_tells_a_program_that_its_token_is_not_good_enough(
    client: Client, alices_token: str, address: str, claims: dict[str, Any], scope: str
) -> None:
    answer = client.get(address, headers=bearer(changed(alices_token, claims)))
    assert answer.status_code == 403
    challenge = 'Bearer error="insufficient_scope"'
    assert answer["WWW-Authenticate"] == ", ".join(filter(None, [challenge, scope]))
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 403


@pytest.mark.parametrize(("address", "claims", "scope"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_shows_a_browser_a_page(
    client: Client, alices_token: str, address: str, claims: dict[str, Any], scope: str
) -> None:
    client.cookies["session"] = changed(alices_token, claims)
    answer = client.get(address, headers=BROWSER)
    assert answer.status_code == 403
    assert "You don't have access to this page" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_names_the_group_that_is_needed(client: Client, alices_token: str) -> None:
    answer = client.get("/reports/", headers=bearer(alices_token))
    assert answer.json()["detail"] == "This is for members of admins or editors."


def test_an_id_is_not_a_group(client: Client, alices_token: str) -> None:
    client.cookies["session"] = changed(alices_token, {"groups": [["editors"], 7]})
    assert client.get("/editors/").status_code == 403
