"""The admin says for which domains a provider may vouch, and sees where that has mattered."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from access_rules.models import AccessRule
from attempts.models import SignInAttempt
from audit.models import AuditEvent
from providers.models import Provider
from sessions.models import User
from tests.access_rules.forms import form_with
from tests.attempts.rows import add_attempt
from tests.fakes import add_provider, hold, session_token
from tests.oauth_client.admin_pages.forms import ADD, FORM, MICROSOFT, change

pytestmark = pytest.mark.django_db
RULES = "/admin/access_rules/accessrule/"


def text(admin: Client, url: str) -> str:
    return " ".join(admin.get(url).content.decode().split())


def form_of(provider: Provider, vouches_for: str, policy: str = "anyone") -> dict[str, str]:
    return form_with(provider, policy) | {"vouches_for": vouches_for, "enabled": "on"}


# The field


def test_domains_are_normalised_and_the_change_is_in_the_log(admin: Client) -> None:
    provider = add_provider("github", "github", vouches_for="b.example")
    admin.post(change(provider), form_of(provider, " Example.ORG,\tBücher.example "))
    provider.refresh_from_db()
    assert provider.vouches_for == "example.org, xn--bcher-kva.example"
    event = AuditEvent.objects.get(action="changed")
    assert event.before == {"vouches_for": "b.example"}
    assert event.after == {"vouches_for": "example.org, xn--bcher-kva.example"}


def test_what_is_no_domain_is_an_error_beside_the_field(admin: Client) -> None:
    page = admin.post(ADD, FORM | {"vouches_for": "alice@example.org"})
    assert "“alice@example.org” is not a domain such as example.org." in page.content.decode()
    assert not Provider.objects.exists()


def test_the_field_is_there_for_kinds_that_prove_addresses(admin: Client) -> None:
    github, microsoft = (text(admin, f"{ADD}?kind={kind}") for kind in ("github", "microsoft"))
    assert 'name="vouches_for"' in github
    assert "GitHub verifies every address by mail" in github
    assert 'name="vouches_for"' not in microsoft


def test_a_kind_that_proves_none_is_added_without_the_field(admin: Client) -> None:
    admin.post(ADD, FORM | MICROSOFT | {"extra_tenant": "common", "vouches_for": "example.org"})
    assert Provider.objects.get().vouches_for == ""


def test_a_change_needs_a_recent_sign_in(client: Client, alice: User) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice, age=301))
    provider = add_provider("github", "github")
    page = client.post(change(provider), form_of(provider, "example.org")).content.decode()
    assert "sign in again" in page
    assert Provider.objects.get().vouches_for == ""


# Nobody is locked out


@pytest.fixture
def ada(client: Client, alice: User) -> Client:
    """An admin who came through GitHub, where her address is proven."""
    add_provider("github", "github", who_may_sign_in="matching")
    User.objects.update(is_staff=True, is_superuser=True)
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    kept = {"email": alice.email, "email_verified": True}
    SocialAccount.objects.create(user=alice, provider="github", uid="1", extra_data=kept)
    hold(client, session_token(alice, provider="github"))
    return client


@pytest.mark.parametrize(
    ("granted", "is_saved"),
    [("example.org", False), ("example.org, example.com", True), ("*", True)],
)
def test_domains_are_not_saved_by_which_the_admin_could_not_come_back(
    ada: Client, granted: str, *, is_saved: bool
) -> None:
    provider = Provider.objects.get()
    AccessRule.objects.create(kind="email_domain", value="example.com")
    answer = ada.post(change(provider), form_of(provider, granted, "matching"))
    assert (answer.status_code == 302) is is_saved
    assert is_saved or "its domain is not trusted" in answer.content.decode()
    provider.refresh_from_db()
    assert provider.vouches_for == (granted if is_saved else "")


def test_the_draft_shows_whom_other_domains_would_refuse(admin: Client, bob: User) -> None:
    provider = add_provider("github", "github", who_may_sign_in="matching")
    AccessRule.objects.create(kind="email_domain", value="example.com")
    EmailAddress.objects.create(user=bob, email=bob.email, verified=True)
    kept = {"email": bob.email, "email_verified": True}
    SocialAccount.objects.create(user=bob, provider="github", uid="2", extra_data=kept)
    add_attempt(provider="github", user=bob, diagnosis="")
    form = form_of(provider, "example.org", "matching")
    tried = admin.post(change(provider), form | {"_what_if": "1"}).content.decode()
    assert "One person has signed in with this provider lately, and could not" in tried
    saved = admin.post(change(provider), form, follow=True).content.decode()
    assert "One person has signed in with this provider lately, and could not" in saved


# A rule on addresses


def test_a_rule_shows_which_enabled_providers_may_vouch_for_its_domain(admin: Client) -> None:
    add_provider("github", "github", name="Hub")
    add_provider(name="Narrow", vouches_for="example.org")
    add_provider("wide", name="Wide", vouches_for="example.com")
    add_provider("off", name="Off", enabled=False)
    add_provider("ms", "microsoft", base_url="", extra={"tenant": "common"}, name="Never")
    rule = AccessRule.objects.create(kind="email_domain", value="example.com")
    for page in (text(admin, RULES), text(admin, f"{RULES}{rule.pk}/change/")):
        assert "Hub, Wide" in page
        assert "Narrow, " not in page
        assert "Never, " not in page


def test_a_rule_that_nobody_may_vouch_for_says_so(admin: Client) -> None:
    narrow = add_provider(name="Narrow", vouches_for="example.org")
    add_provider("github", "github")
    AccessRule.objects.create(kind="email", value="alice@example.com", provider=narrow)
    assert "None: no enabled provider is trusted for example.com" in text(admin, RULES)


def test_a_rule_that_looks_at_no_address_needs_nobodys_word(admin: Client) -> None:
    github = add_provider("github", "github")
    AccessRule.objects.create(kind="github", value="acme", provider=github)
    assert "no enabled provider" not in text(admin, RULES)


def test_the_list_of_rules_asks_for_the_providers_once(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_provider()
    for number in range(50):
        AccessRule.objects.create(kind="email", value=f"n{number}@example.com")
    with django_assert_max_num_queries(12):
        admin.get(RULES)


# The page of a sign-in


@pytest.mark.parametrize("diagnosis", ["", "domain_not_vouched_for"], ids=["signed in", "failed"])
def test_a_sign_in_says_for_which_domain_the_provider_may_not_vouch(
    admin: Client, diagnosis: str
) -> None:
    provider = add_provider("github", "github")
    add_attempt(provider="github", diagnosis=diagnosis, unvouched_domain="example.com")
    page = text(admin, _page_of_the_attempt(admin))
    assert "trusted for <code>example.com</code>" in page
    assert f"{change(provider)}#id_vouches_for" in page


def test_a_sign_in_through_a_provider_that_is_gone_says_so(admin: Client) -> None:
    add_attempt(provider="gone", unvouched_domain="example.com")
    assert "Nothing to change, because the provider has been removed." in text(
        admin, _page_of_the_attempt(admin)
    )


def test_a_sign_in_in_which_it_did_not_matter_says_nothing(admin: Client) -> None:
    add_attempt()
    assert "trusted for" not in text(admin, _page_of_the_attempt(admin))


def _page_of_the_attempt(admin: Client) -> str:
    return f"/admin/attempts/signinattempt/{SignInAttempt.objects.get().pk}/change/"
