"""What a provider tells in place of an address, through a whole sign-in."""

from typing import Any

import pytest
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attempts import recording
from attempts.models import SignInAttempt
from providers import discovery
from providers.models import Provider
from sessions.models import Session, User
from tests.access_rules.visits import add_rule, visit
from tests.attempts.rows import add_attempt
from tests.fakes import (
    FakeIssuer,
    add_provider,
    begin,
    come_back,
    failure_code,
    hold,
    session_token,
)

pytestmark = pytest.mark.django_db
VERIFIED = {"primary": True, "verified": True}


def arrive(client: Client, **claims: Any) -> Any:
    """Sign in through the OpenID Provider, up to the answer of the callback."""
    responses.reset()
    discovery.forget()
    issuer = FakeIssuer(responses.mock, claims=claims)
    issuer.publish()
    authorization = begin(client)
    issuer.vouch(authorization["nonce"])
    return come_back(client, code="c", state=authorization["state"])


def address_in_jwt(client: Client) -> tuple[Any, Any]:
    claims = client.get("/api/session").json()
    return claims.get("email"), claims.get("email_verified")


TOLD: dict[str, tuple[Any, tuple[Any, Any], str]] = {
    "with blanks": (" Alice@Example.com ", ("alice@example.com", True), ""),
    "a list of one": (["alice@example.com"], ("alice@example.com", True), ""),
    "an IDN domain": ("a@b\u00fccher.example", ("a@xn--bcher-kva.example", True), ""),
    "several": (["a@example.com", "b@example.com"], (None, None), "several"),
    "letters outside ASCII before the @": ("j\u00f6rg@example.com", (None, None), "form"),
    "none": (None, (None, None), ""),
}


@responses.activate
@pytest.mark.parametrize(("claim", "claims", "problem"), TOLD.values(), ids=TOLD.keys())
def test_an_address_counts_in_whichever_harmless_form_it_is_told(
    client: Client, claim: Any, claims: tuple[Any, Any], problem: str
) -> None:
    add_provider(vouches_for="*")
    arrive(client, email=claim)
    assert address_in_jwt(client) == claims
    recording.write()
    assert SignInAttempt.objects.get().email_problem == problem


@responses.activate
def test_an_address_that_cannot_be_read_is_not_called_unverified(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    provider = add_provider(who_may_sign_in="matching")
    add_rule(provider, "email_domain", "example.com")
    answer = arrive(client, email=["a@example.com", "b@example.com"])
    assert failure_code(caplog.text) == "email_unreadable"
    page = client.get(answer["Location"]).content.decode()
    assert "Your email address couldn&#x27;t be read" in page
    assert "isn&#x27;t verified" not in page


@responses.activate
@pytest.mark.parametrize("form", ["b\u00fccher.example", "xn--bcher-kva.example"])
@pytest.mark.parametrize("claim", ["a@B\u00fccher.example", "a@xn--bcher-kva.example"])
def test_a_rule_for_an_idn_domain_is_about_it_in_either_form(
    client: Client, form: str, claim: str
) -> None:
    add_rule(add_provider(vouches_for="*"), "email_domain", form, "staff")
    arrive(client, email=claim)
    assert Session.objects.get().groups == ["staff"]


@responses.activate
def test_a_look_alike_is_another_domain(client: Client) -> None:
    add_rule(add_provider(vouches_for="*"), "email_domain", "b\u00fccher.example", "staff")
    arrive(client, email="a@b\u1e77cher.example")
    assert Session.objects.get().groups == []


@pytest.mark.parametrize(
    ("problem", "words"), [("several", "several addresses"), ("form", "one plain address")]
)
def test_the_page_of_the_sign_in_says_what_was_told(
    client: Client, alice: User, problem: str, words: str
) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice))
    add_attempt(email_problem=problem)
    attempt = SignInAttempt.objects.get()
    page = client.get(f"/admin/attempts/signinattempt/{attempt.pk}/change/").content.decode()
    assert "The email address couldn't be read" in page
    assert words in page


@responses.activate
def test_github_is_asked_each_time_whether_the_address_is_verified(client: Client) -> None:
    add_provider("github", "github")
    shown = {"email": "alice@example.com"}
    for verified in (True, False):
        responses.reset()
        visit(client, user=shown, emails=[shown | VERIFIED | {"verified": verified}])
        assert address_in_jwt(client) == ("alice@example.com", verified)
    assert not EmailAddress.objects.exists()


@responses.activate
def test_github_writes_an_address_in_its_own_case(client: Client) -> None:
    add_provider("github", "github")
    for claim in ("Alice@Example.com", "alice@EXAMPLE.com"):
        responses.reset()
        visit(client, user={"email": claim}, emails=[{"email": claim} | VERIFIED])
        assert address_in_jwt(client) == ("alice@example.com", True)
    assert EmailAddress.objects.count() == 1


# Rights by address


def bobs(address: str) -> User:
    """Return Bob, for whom an account vouches."""
    bob = User.objects.create(name="Bob Baker", email=address)
    claim = {"email": address, "email_verified": True}
    SocialAccount.objects.create(user=bob, provider="demo", uid="bob", extra_data=claim)
    EmailAddress.objects.create(user=bob, email=address, verified=True, primary=True)
    return bob


@responses.activate
def test_an_address_that_is_somebody_elses_gives_no_rights(client: Client) -> None:
    add_rule(add_provider(), "email", "bob@example.com", "staff")
    arrive(client)
    bobs("bob@example.com")
    arrive(client, email="bob@example.com")
    assert Session.objects.latest("auth_time").groups == []
    assert address_in_jwt(client) == ("bob@example.com", False)


@responses.activate
def test_nor_to_whoever_connects_an_account_that_tells_it(client: Client, alice: User) -> None:
    add_rule(add_provider(), "email", "bob@example.com", "staff")
    bobs("bob@example.com")
    hold(client, session_token(alice))
    responses.reset()
    issuer = FakeIssuer(responses.mock, claims={"email": "bob@example.com"})
    issuer.publish()
    answer = client.post("/account/connections/", {"connect": "demo"})
    authorization = dict(
        part.split("=") for part in answer["Location"].partition("?")[2].split("&")
    )
    issuer.vouch(authorization["nonce"])
    come_back(client, code="c", state=authorization["state"])
    assert SocialAccount.objects.filter(user=alice).exists()
    assert Session.objects.latest("auth_time").groups == []


@responses.activate
def test_a_rule_is_about_the_address_that_is_told_now(client: Client) -> None:
    provider = add_provider(who_may_sign_in="matching")
    add_rule(provider, "email", "alice@example.com", "staff")
    arrive(client)
    assert address_in_jwt(client) == ("alice@example.com", True)
    refused = arrive(Client(headers={"host": "localhost:8000"}), email="alice@new.example")
    assert "/sign-in/failed/" in refused["Location"]


@responses.activate
def test_a_returning_sign_in_in_which_nothing_changed_costs_five_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_provider()
    for _ in range(2):
        arrive(client)
    responses.reset()
    issuer = FakeIssuer(responses.mock)
    discovery.forget()
    issuer.publish()
    browser = Client(headers={"host": "localhost:8000"})
    with django_assert_num_queries(5):
        authorization = begin(browser)
        issuer.vouch(authorization["nonce"])
        come_back(browser, code="c", state=authorization["state"])


@responses.activate
def test_a_provider_that_is_narrowed_while_it_answers_vouches_for_no_more(client: Client) -> None:
    add_provider()
    issuer = FakeIssuer(responses.mock, claims={"name": None})
    issuer.publish()
    authorization = begin(client)
    issuer.vouch(authorization["nonce"])

    def narrow(request: Any) -> tuple[int, dict[str, str], str]:
        Provider.objects.update(vouches_for="example.org")
        return 200, {}, '{"sub": "alice-at-op", "name": "Alice Archer"}'

    responses.add_callback("GET", "https://op.example/userinfo", narrow)
    come_back(client, code="c", state=authorization["state"])
    assert address_in_jwt(client) == (None, None)
    assert not EmailAddress.objects.exists()
