"""A provider may only vouch for email domains the admin granted it.

Otherwise its "verified" is downgraded.
"""

from typing import Any

import pytest
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from attempts import recording
from attempts.models import SignInAttempt
from providers import catalogue, discovery, email_domains
from providers.models import Provider
from sessions.models import Session, User
from tests.access_rules.visits import add_rule, visit
from tests.fakes import FakeIssuer, add_provider, begin, come_back

TYPED = {
    "nothing": ("", ""),
    "white space": (" \n", ""),
    "any": (" * ", "*"),
    "case": ("Example.ORG", "example.org"),
    "a list": ("example.org,example.com ,\n b.example", "example.org, example.com, b.example"),
    "twice": ("example.org Example.org", "example.org"),
    "with an @": ("@example.org", "example.org"),
    "other letters": ("B\u00fccher.example", "xn--bcher-kva.example"),
    "letters in two parts": ("bu\u0308cher.example", "xn--bcher-kva.example"),
    "in ASCII": ("XN--bcher-kva.example", "xn--bcher-kva.example"),
}
REFUSED = {
    "no domain": ("localhost", "is not a domain"),
    "an address": ("alice@example.org", "is not a domain"),
    "a URL": ("https://example.org", "is not a domain"),
    "subdomains": ("*.example.org", "List each subdomain"),
    "a dot too many": ("example.org.", "is not a domain"),
    "any beside others": ("example.org, *", "means every domain"),
    "what was replaced once": ("stra\u00dfe.example", "in ASCII"),
    "a look-alike": ("\uff45xample.org", "in ASCII"),
    "what is no name": ("\u2024.example", "in ASCII"),
    "an empty label": ("\u00fc..example", "in ASCII"),
}


@pytest.mark.parametrize(("typed", "stored"), TYPED.values(), ids=TYPED.keys())
def test_domains_are_kept_as_they_stand_in_addresses(typed: str, stored: str) -> None:
    assert email_domains.normalised(typed) == stored
    assert email_domains.normalised(stored) == stored


@pytest.mark.parametrize(("typed", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_domain_is_refused_in_clear_words(typed: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        email_domains.normalised(typed)


VOUCHED = {
    "empty": ("", "example.com", False),
    "any": ("*", "example.com", True),
    "listed": ("example.org, example.com", "example.com", True),
    "another": ("example.org", "example.com", False),
    "a subdomain": ("example.com", "sub.example.com", False),
    "a longer one": ("example.com", "badexample.com", False),
    "a part": ("badexample.com", "example.com", False),
}


@pytest.mark.parametrize(("granted", "domain", "may"), VOUCHED.values(), ids=VOUCHED.keys())
def test_a_domain_is_compared_whole(granted: str, domain: str, *, may: bool) -> None:
    assert Provider(kind="gitea", vouches_for=granted).may_vouch_for(domain) is may


def test_a_kind_that_proves_no_address_vouches_for_none() -> None:
    microsoft = Provider(kind="microsoft")
    assert not microsoft.may_vouch_for("example.com")
    assert not Provider(kind="gone").may_vouch_for("example.com")
    assert Provider(kind="github").may_vouch_for("example.com")


@pytest.mark.django_db
def test_a_kind_that_proves_no_address_can_be_granted_none() -> None:
    with pytest.raises(ValidationError, match="does not verify addresses"):
        add_provider(
            "ms",
            "microsoft",
            base_url="",
            extra={"tenant": "common"},
            vouches_for="example.com",
        )


def test_the_field_says_how_far_a_providers_word_goes() -> None:
    words = {id_: catalogue.on_vouching(catalogue.kind(id_)) for id_ in catalogue.kinds()}
    assert "gmail.com" in words["google"]
    assert "by mail" in words["github"]
    assert "operator of this server" in words["openid_connect"]
    assert words["linkedin_oauth2"].endswith("means every domain.")
    assert "Empty means none" in words["gitea"]
    assert words["gitlab"].endswith("If you set a base URL, empty means none.")


# In a sign-in


def arrive(client: Client, **claims: Any) -> Any:
    """Sign in through the OpenID Provider, up to the answer of the callback."""
    issuer = FakeIssuer(responses.mock, claims=claims)
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    return come_back(client, code="c", state=asked["state"])


def attempt() -> SignInAttempt:
    recording.write()
    return SignInAttempt.objects.get()


def claims_of(client: Client) -> dict[str, Any]:
    return dict(client.get("/api/session").json())


@pytest.mark.django_db
@responses.activate
def test_an_address_of_another_domain_counts_as_unverified(client: Client) -> None:
    add_provider(vouches_for="example.org")
    assert arrive(client)["Location"] == "/account/"
    told = claims_of(client)
    assert (told["email"], told["email_verified"]) == ("alice@example.com", False)
    assert not EmailAddress.objects.exists()
    assert attempt().unvouched_domain == "example.com"


@pytest.mark.django_db
@responses.activate
@pytest.mark.parametrize("granted", ["*", "example.com", "example.org, example.com"])
def test_an_address_of_a_granted_domain_is_verified(client: Client, granted: str) -> None:
    add_provider(vouches_for=granted)
    arrive(client)
    assert claims_of(client)["email_verified"] is True
    assert EmailAddress.objects.get().email == "alice@example.com"
    assert attempt().unvouched_domain == ""


@pytest.mark.django_db
@responses.activate
def test_what_was_not_verified_anyway_is_no_matter_of_domains(client: Client) -> None:
    add_provider(vouches_for="example.org")
    arrive(client, email_verified=False)
    assert attempt().unvouched_domain == ""


@pytest.mark.django_db
@responses.activate
def test_an_unvouched_address_links_to_nobody_and_takes_nobodys(
    client: Client, alice: User
) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    add_provider(vouches_for="example.org")
    assert arrive(client)["Location"] == "/account/"
    assert SocialAccount.objects.get().user != alice
    assert EmailAddress.objects.get().user == alice


@pytest.mark.django_db
@responses.activate
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "alice@example.com"),
        ("email_domain", "example.com"),
        ("invited", "alice@example.com"),
    ],
)
def test_an_unvouched_address_satisfies_no_rule_and_the_page_says_why(
    client: Client, kind: str, value: str
) -> None:
    provider = add_provider(vouches_for="example.org", who_may_sign_in="matching")
    add_rule(provider, kind, value, "staff")
    answer = arrive(client)
    assert SignInAttempt.objects.get().diagnosis == "domain_not_vouched_for"
    assert not SocialAccount.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "as proof of your address" in page


@pytest.mark.django_db
@responses.activate
def test_an_unvouched_address_grants_no_group(client: Client) -> None:
    add_rule(add_provider(vouches_for="example.org"), "email_domain", "example.com", "staff")
    arrive(client)
    assert Session.objects.get().groups == []


@pytest.mark.django_db
@responses.activate
def test_a_domain_that_is_no_longer_granted_counts_no_more_at_the_next_sign_in(
    client: Client,
) -> None:
    add_provider()
    arrive(client)
    Provider.objects.update(vouches_for="example.org")
    responses.reset()
    discovery.forget()
    arrive(client)
    assert claims_of(client)["email_verified"] is False
    assert not EmailAddress.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.django_db
@responses.activate
def test_github_too_vouches_for_no_more_than_it_may(client: Client) -> None:
    add_provider("github", "github", vouches_for="example.org")
    for _ in range(2):  # the second time it knows the address
        visit(client, user={"email": "alice@example.com"})
        assert claims_of(client)["email_verified"] is False
        responses.reset()
    assert not EmailAddress.objects.exists()


@pytest.mark.django_db
@responses.activate
def test_github_is_not_taken_to_have_proven_what_another_provider_has(client: Client) -> None:
    """Its public address is what somebody chose to show: its own list is asked."""
    add_provider("github", "github")
    unproven = [{"email": "alice@example.com", "primary": True, "verified": False}]
    visit(client, user={"email": "alice@example.com"}, emails=unproven)
    user = User.objects.get()
    EmailAddress.objects.create(user=user, email="alice@example.com", verified=True, primary=True)
    told = {"email": "alice@example.com", "email_verified": True}
    SocialAccount.objects.create(user=user, provider="demo", uid="a", extra_data=told)
    visit(client, user={"email": "alice@example.com"}, emails=unproven)
    assert responses.assert_call_count("https://api.github.com/user/emails", 2)
    assert not SocialAccount.objects.get(provider="github").extra_data["email_verified"]
    assert EmailAddress.objects.get().verified


# By command


@pytest.mark.django_db
def test_a_command_takes_the_domains_and_refuses_what_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGNET_CLIENT_SECRET", "s")
    add = ("provider", "add", "github", "--kind", "github", "--client-id", "c")
    with pytest.raises(CommandError, match="--trusted-email-domains: “nowhere” is not a domain"):
        call_command(*add, "--vouches-for", "nowhere")
    call_command(*add, "--vouches-for", "Example.org,b.example")
    assert Provider.objects.get().vouches_for == "example.org, b.example"
