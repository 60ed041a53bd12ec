"""What all three authorization endpoints have in common."""

from collections.abc import Callable

import pytest
import requests

from simulator.process import SimulatorProcess
from tests.simulator.client import Client, query


def test_shows_the_cast_the_app_and_what_is_asked_for(provider: Client) -> None:
    page = provider.ask().text

    assert "no real accounts" in page
    assert "Signet would like to know who you are" in page
    assert "email" in page
    assert all(name in page for name in ("Alice", "Bob", "Mallory", "Nora", "Una", "Ada"))
    assert "no email address" in page


def test_sends_back_a_code_with_the_state(provider: Client) -> None:
    response = provider.decide()

    assert response.status_code == 303
    assert response.headers["Location"].startswith(f"{provider.redirect_uri}?")
    assert query(response)["state"] == "the-state"
    assert query(response)["code"]


def test_sends_back_access_denied(provider: Client) -> None:
    answer = query(provider.decide(decision="deny"))

    assert (answer["error"], answer["state"]) == ("access_denied", "the-state")
    assert "code" not in answer


def test_a_denial_needs_nobody(provider: Client) -> None:
    response = provider.post(
        provider.authorization_url(), {"decision": "deny"}, allow_redirects=False
    )

    assert query(response)["error"] == "access_denied"


@pytest.mark.parametrize(
    "form",
    [
        {"decision": "allow"},
        {"decision": "allow", "person": "eve"},
        {"decision": "perhaps", "person": "alice"},
        {"person": "alice"},
        {"decision": ["allow", "deny"], "person": "alice"},
    ],
    ids=["nobody", "a stranger", "another button", "no button", "both buttons"],
)
def test_refuses_a_form_that_is_not_its_own(provider: Client, form: dict[str, str]) -> None:
    assert provider.post(provider.authorization_url(), form).status_code == 400


@pytest.mark.parametrize(
    "mangled",
    [
        lambda url: f"{url}&state=another",
        lambda url: url.replace("the-state", "a" * 3000),
        lambda url: url.replace("the-state", "a%00b"),
        lambda url: url.replace("the-state", "a%0d%0aSet-Cookie:%20a=b"),
        lambda url: url + "&a=b" * 1500,
        lambda url: url.partition("?")[0],
    ],
    ids=["given twice", "too long", "a NUL", "a line break", "too many", "none at all"],
)
def test_answers_hostile_parameters_with_a_page(
    provider: Client, mangled: Callable[[str], str]
) -> None:
    response = provider.get(mangled(provider.authorization_url()), allow_redirects=False)

    assert response.status_code in (400, 401, 404)
    assert response.headers["Content-Type"].startswith("text/html")


def test_escapes_what_it_is_given(provider: Client) -> None:
    page = provider.ask(redirect_uri="http://evil.example/<script>", client_id="signet-google")

    assert "<script>" not in page.text


def test_asks_with_get_and_post_alone(provider: Client) -> None:
    url = provider.authorization_url()

    assert provider.http.head(url, timeout=5).status_code == 405
    assert provider.http.put(url, timeout=5).status_code == 405


def test_sets_no_cookies_and_no_form_action(provider: Client) -> None:
    page, decision = provider.ask(), provider.decide()

    assert "Set-Cookie" not in page.headers
    assert "Set-Cookie" not in decision.headers
    assert "form-action" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_accepts_every_registered_origin(provider: Client) -> None:
    redirect_uri = f"https://signet.example/sign-in/{provider.slug}/callback/"

    assert provider.decide(redirect_uri=redirect_uri).headers["Location"].startswith(redirect_uri)


def test_keeps_the_query_of_a_redirect_uri(simulator: SimulatorProcess, demo: Client) -> None:
    simulator.register("demo", "https://app.example/back?tenant=7")

    response = demo.decide(redirect_uri="https://app.example/back?tenant=7")

    assert response.headers["Location"].startswith("https://app.example/back?tenant=7&")


def test_chooses_whom_the_client_hints_at(google: Client) -> None:
    page = google.ask(login_hint="UNA@example.com").text

    assert 'value="una" checked' in " ".join(page.split())


def test_a_page_needs_no_other_host(provider: Client) -> None:
    page = provider.ask().text

    assert "<script" not in page
    assert "//" not in page.replace(provider.url, "").replace("://localhost", "")


def test_pictures_are_small_pngs_that_stay_the_same(simulator: SimulatorProcess) -> None:
    first, second = (requests.get(f"{simulator.url}/people/alice.png", timeout=5) for _ in range(2))

    assert first.content == second.content
    assert first.content.startswith(b"\x89PNG")
    assert first.headers["Content-Type"] == "image/png"
    assert "max-age" in first.headers["Cache-Control"]
    assert len(first.content) < 5000
