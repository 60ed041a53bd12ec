"""Admins who write rules and are in nobody's way, above all not their own."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Permission
from django.test import Client

from access_rules.models import AccessRule, MembershipFacts
from providers.models import Provider
from sessions.models import User
from tests.access_rules.forms import form_with
from tests.fakes import add_provider, hold, session_token
from tests.oauth_client.admin_pages.forms import change

pytestmark = pytest.mark.django_db
RULES = "/admin/access_rules/accessrule/"


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github")


@pytest.fixture
def account(alice: User, github: Provider) -> SocialAccount:
    """Alice's account at GitHub, where her address is proven."""
    User.objects.update(is_staff=True, is_superuser=True)
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True)
    told = {"name": "Alice", "username": "alice", "email": "alice@example.com"}
    return SocialAccount.objects.create(user=alice, provider="github", uid="1001", extra_data=told)


@pytest.fixture
def admin(client: Client, alice: User, account: SocialAccount) -> Client:
    """Alice's browser; she is an admin, and came through GitHub."""
    hold(client, session_token(alice, provider="github"))
    return client


def a_rule(provider: Provider | None, value: str, kind: str = "email") -> AccessRule:
    return AccessRule.objects.create(provider=provider, kind=kind, value=value)


def save(admin: Client, provider: Provider, policy: str, *rules: tuple[str, str]) -> str:
    """Send the provider's form; returns the page, "" if it was saved."""
    answer = admin.post(change(provider), form_with(provider, policy, *rules))
    pages = {302: "", 303: "to the provider"}
    return pages.get(answer.status_code, answer.content.decode())


NOT_ABOUT_HER = {
    "no rule at all": [],
    "another address": [("email", "bob@example.com")],
    "another domain": [("email_domain", "sub.example.com")],
}


@pytest.mark.parametrize("rules", NOT_ABOUT_HER.values(), ids=NOT_ABOUT_HER.keys())
def test_refuses_rules_that_lock_the_admin_out(
    admin: Client, github: Provider, rules: list[tuple[str, str]]
) -> None:
    assert "This would lock you out" in save(admin, github, "matching", *rules)
    github.refresh_from_db()
    assert github.who_may_sign_in == "anyone"
    assert not AccessRule.objects.exists()


LET_HER_IN: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "anyone": ("anyone", [("email", "bob@example.com")]),
    "people known here": ("known", []),
    "her address": ("matching", [("email", "alice@example.com")]),
    "her domain beside what is not known": (
        "matching",
        [("github", "acme"), ("email_domain", "example.com")],
    ),
}


@pytest.mark.parametrize(("policy", "rules"), LET_HER_IN.values(), ids=LET_HER_IN.keys())
def test_saves_rules_that_let_the_admin_in(
    admin: Client, github: Provider, policy: str, rules: list[tuple[str, str]]
) -> None:
    assert save(admin, github, policy, *rules) == ""
    github.refresh_from_db()
    assert github.who_may_sign_in == policy


def test_refuses_what_is_not_known_and_says_what_to_do(admin: Client, github: Provider) -> None:
    rule = a_rule(github, "alice@example.com")
    AccessRule.objects.create(provider=github, kind="github", value="acme")
    Provider.objects.update(who_may_sign_in="matching")
    page = admin.get(f"{RULES}{rule.pk}/delete/").content.decode()
    assert "Signet does not know" in page
    assert "Save the rules on the page of Github. Signet then asks Github." in page


MEMBERSHIPS: dict[str, tuple[dict[str, Any], bool]] = {
    "a member": ({"organisations": ["acme"]}, True),
    "no member": ({"organisations": ["others"]}, False),
    "not told": ({"organisations": None}, False),
}


@pytest.mark.parametrize(("told", "is_in"), MEMBERSHIPS.values(), ids=MEMBERSHIPS.keys())
def test_asks_what_github_told_at_the_sign_in(
    admin: Client, github: Provider, account: SocialAccount, told: dict[str, Any], is_in: bool
) -> None:
    MembershipFacts.objects.create(account=account, **told)
    assert (save(admin, github, "matching", ("github", "acme")) == "") is is_in


def test_an_address_that_is_not_proven_counts_for_nothing(admin: Client, github: Provider) -> None:
    EmailAddress.objects.update(verified=False)
    assert save(admin, github, "matching", ("email", "alice@example.com"))


def test_one_account_of_two_that_is_let_in_suffices(
    admin: Client, github: Provider, account: SocialAccount
) -> None:
    SocialAccount.objects.create(user=account.user, provider="github", uid="1002")
    assert save(admin, github, "matching", ("email", "alice@example.com")) == ""


def test_whoever_signed_in_by_password_is_never_locked_out(
    client: Client, alice: User, account: SocialAccount, github: Provider
) -> None:
    hold(client, session_token(alice))
    assert save(client, github, "matching") == ""


GONE = {"her account": SocialAccount, "her provider": Provider}


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE.keys())
def test_whoever_has_no_such_way_back_anyhow_may_write_rules(admin: Client, gone: Any) -> None:
    gone.objects.all().delete()
    other = add_provider("other", "github")
    assert save(admin, other, "matching") == ""


def test_another_provider_is_not_the_way_back(admin: Client) -> None:
    other = add_provider("other", "github")
    assert save(admin, other, "matching") == ""


def test_what_was_so_before_keeps_nobody_from_other_changes(
    admin: Client, github: Provider
) -> None:
    Provider.objects.update(who_may_sign_in="matching")
    assert save(admin, github, "matching") == ""


def test_a_choice_that_does_not_exist_is_the_fields_error(admin: Client, github: Provider) -> None:
    assert "is not one of the available choices" in save(admin, github, "nobody")


def test_a_rule_in_the_list_is_judged_like_those_on_the_page(
    admin: Client, github: Provider
) -> None:
    rule = a_rule(None, "alice@example.com")
    Provider.objects.update(who_may_sign_in="matching")
    form = {"kind": "email", "value": "Bob@example.com", "position": "0"}
    page = admin.post(f"{RULES}{rule.pk}/change/", form).content.decode()
    assert "This would lock you out" in page
    admin.post(f"{RULES}{rule.pk}/change/", form | {"value": "ALICE@example.com", "position": "1"})
    rule.refresh_from_db()
    assert (rule.value, rule.position) == ("alice@example.com", 1)


def test_a_rule_in_the_list_that_means_nothing_is_the_fields_error(admin: Client) -> None:
    form = {"kind": "email", "value": "alice", "position": "0"}
    assert "Enter one email address." in admin.post(f"{RULES}add/", form).content.decode()
    form = {"kind": "email", "value": "alice@example.com", "position": "first"}
    assert "Enter a whole number." in admin.post(f"{RULES}add/", form).content.decode()


def test_the_rule_that_lets_the_admin_in_is_not_removed(admin: Client, github: Provider) -> None:
    rule, other = a_rule(github, "alice@example.com"), a_rule(None, "bob@example.com")
    Provider.objects.update(who_may_sign_in="matching")
    alone = admin.post(f"{RULES}{rule.pk}/delete/", {"post": "yes"})
    selected = {"action": "delete_selected", "_selected_action": [rule.pk], "post": "yes"}
    together = admin.post(RULES, selected)
    for page in (alone, together):
        assert "This would lock you out" in page.content.decode()
    assert AccessRule.objects.count() == 2
    admin.post(f"{RULES}{other.pk}/delete/", {"post": "yes"})
    assert AccessRule.objects.get() == rule


def test_an_inline_rule_that_is_marked_for_removal_does_not_count(
    admin: Client, github: Provider
) -> None:
    rule = a_rule(github, "alice@example.com")
    form = form_with(github, "matching", ("email", "alice@example.com"))
    form |= {"access_rules-INITIAL_FORMS": "1", "access_rules-0-id": str(rule.pk)}
    form |= {"access_rules-0-provider": str(github.pk), "access_rules-0-DELETE": "on"}
    page = admin.post(change(github), form).content.decode()
    assert "This would lock you out" in page


def test_who_may_change_providers_and_no_rules_is_judged_by_them_too(
    admin: Client, github: Provider, alice: User
) -> None:
    User.objects.update(is_superuser=False)
    alice.user_permissions.set(Permission.objects.filter(codename="change_provider"))
    assert "This would lock you out" in save(admin, github, "matching")
    assert save(admin, github, "known") == ""
