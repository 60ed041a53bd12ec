"""The list of all access rules asks the provider, as the page of a provider does."""

from typing import Any

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from access_rules.models import AccessRule, MembershipFacts
from providers.models import Provider
from sessions.models import User
from tests.access_rules.visits import add_rule
from tests.fakes import add_provider, come_back, hold, session_token
from tests.oauth_client.admin_pages.asking import answered, parameters

pytestmark = pytest.mark.django_db
RULES = "/admin/access_rules/accessrule/"


@pytest.fixture
def github(alice: User) -> Provider:
    """GitHub, through which Alice came."""
    github = add_provider("github", "github", name="GitHub")
    SocialAccount.objects.create(user=alice, provider="github", uid="1001")
    return github


@pytest.fixture
def admin(client: Client, alice: User, github: Provider) -> Client:
    """Alice's browser; she is an admin, and no rule has asked about her."""
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice, provider="github"))
    client.cookies["csrf"] = "c" * 32
    return client


@pytest.fixture
def limited(github: Provider) -> Provider:
    """GitHub lets in only people who match a rule; the admin's address does so far."""
    add_rule(github, "email", "alice@example.com")
    Provider.objects.update(who_may_sign_in="matching")
    return github


def form(provider: Provider, **more: str) -> dict[str, str]:
    rule = {"kind": "github", "value": "acme", "groups": "", "position": "0"}
    return rule | {"provider": str(provider.pk)} | more


def save(admin: Client, provider: Provider, **more: str) -> Any:
    """Make a rule about GitHub's organisation of the only rule that there is."""
    rule = AccessRule.objects.get()
    return admin.post(f"{RULES}{rule.pk}/change/", form(provider, **more))


@responses.activate
def test_a_changed_rule_is_saved_once_github_has_answered(admin: Client, limited: Provider) -> None:
    asked = save(admin, limited)
    assert "read:org" in parameters(asked)["scope"]
    assert AccessRule.objects.get().kind == "email"
    assert answered(admin, asked, "Acme").redirect_chain == [(RULES, 302)]
    assert str(AccessRule.objects.get()) == "GitHub organisation or team acme"
    assert MembershipFacts.objects.exists()


@responses.activate
def test_a_new_rule_is_saved_once_github_has_answered(admin: Client, github: Provider) -> None:
    Provider.objects.update(who_may_sign_in="matching")
    asked = admin.post(f"{RULES}add/", form(github))
    assert answered(admin, asked, "acme").redirect_chain == [(RULES, 302)]
    assert AccessRule.objects.get().provider == github


@responses.activate
def test_who_is_no_member_is_not_locked_out(admin: Client, limited: Provider) -> None:
    page = answered(admin, save(admin, limited), "others").content.decode()
    assert "you match none of these rules" in page
    assert AccessRule.objects.get().kind == "email"


@responses.activate
def test_a_refused_question_saves_nothing(admin: Client, limited: Provider) -> None:
    asked = save(admin, limited)
    back = come_back(admin, "github", error="access_denied", state=parameters(asked)["state"])
    Provider.objects.update(who_may_sign_in="anyone")  # so that the form would be valid
    page = admin.get(back["Location"])
    assert page.status_code == 200
    assert (
        "Nothing was saved, because GitHub could not confirm who you are" in page.content.decode()
    )
    assert AccessRule.objects.get().kind == "email"


def test_other_faults_are_shown_first(admin: Client, limited: Provider) -> None:
    page = save(admin, limited, position="x")
    assert page.status_code == 200
    assert "Refresh" not in page


def test_after_a_sign_in_by_password_nobody_is_asked(
    admin: Client, alice: User, limited: Provider
) -> None:
    hold(admin, session_token(alice))
    assert save(admin, limited)["Location"] == RULES
    assert AccessRule.objects.get().kind == "github"


def test_a_late_form_is_kept_first(admin: Client, alice: User, limited: Provider) -> None:
    hold(admin, session_token(alice, provider="github", age=600))
    assert save(admin, limited)["Location"].startswith("/sign-in/?again=1")
