"""One question for each provider, with the two usual answers."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Permission
from django.test import Client

from access_rules.models import AccessRule, MembershipFacts
from audit.models import AuditEvent
from providers.models import Provider
from sessions.models import User
from tests.access_rules.forms import form_with
from tests.fakes import add_provider, hold, session_token
from tests.oauth_client.admin_pages.forms import change

pytestmark = pytest.mark.django_db


def ask(admin: Client, provider: Provider, **form: str) -> Any:
    address = f"/admin/providers/provider/{provider.pk}/who-may-sign-in/"
    return admin.post(address, form) if form else admin.get(address, {"answer": "known"})


def decided(provider: Provider) -> tuple[str, list[str]]:
    provider.refresh_from_db()
    assert provider.is_access_decided
    return provider.who_may_sign_in, [str(rule) for rule in provider.access_rules.all()]


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github", name="GitHub")


def test_asks_with_the_answer_of_the_link_chosen(admin: Client, github: Provider) -> None:
    page = " ".join(ask(admin, github).content.decode().split())
    assert "Who may sign in with GitHub?" in page
    assert 'value="known" required checked' in page
    assert "GitHub organisation" in page


ORGANISATIONS: dict[str, Any] = {
    "github": ("github", {}, "Acme", "GitHub organisation or team acme"),
    "google": ("google", {}, "Acme.Example", "Google Workspace domain acme.example"),
    "another": ("openid_connect", {}, "example.com", "Email domain example.com"),
}


@pytest.mark.parametrize(
    ("kind", "fields", "typed", "rule"), ORGANISATIONS.values(), ids=ORGANISATIONS
)
def test_people_of_our_organisation_match_a_rule(
    admin: Client, kind: str, fields: dict[str, str], typed: str, rule: str
) -> None:
    provider = add_provider("demo" if kind == "openid_connect" else kind, kind, **fields)
    answer = ask(admin, provider, answer="organisation", organisation=typed)
    assert answer["Location"] == "/admin/"
    assert decided(provider) == ("matching", [rule])
    assert [event.action for event in AuditEvent.objects.order_by("at")][-2:] == [
        "changed",
        "added",
    ]


def test_a_rule_that_is_there_is_not_added_twice(admin: Client, github: Provider) -> None:
    AccessRule.objects.create(provider=github, kind="github", value="acme", groups="staff")
    ask(admin, github, answer="organisation", organisation="acme")
    assert decided(github) == ("matching", ["GitHub organisation or team acme"])


@pytest.mark.parametrize("answer", ["known", "anyone"])
def test_another_answer_needs_no_rule(admin: Client, github: Provider, answer: str) -> None:
    ask(admin, github, answer=answer, organisation="")
    assert decided(github) == (answer, [])


def test_warns_of_people_whom_the_answer_refuses(
    admin: Client, github: Provider, bob: User
) -> None:
    account = SocialAccount.objects.create(user=bob, provider="github", uid="2")
    MembershipFacts.objects.create(account=account, organisations=[])
    bob.attempts.create(provider="github", process="sign_in", step=8, status=200, milliseconds=1)
    answer = ask(admin, github, answer="organisation", organisation="acme")
    page = admin.get(answer["Location"]).content.decode()
    assert "One person has signed in with this provider lately, and could not" in page


REFUSED = {
    "no answer": ({"answer": ""}, "This field is required."),
    "an unknown one": ({"answer": "nobody"}, "is not one of the available choices"),
    "no organisation": ({"answer": "organisation", "organisation": " "}, "Enter your organisation"),
    "no such name": ({"answer": "organisation", "organisation": "a b"}, "Enter organisation or"),
}


@pytest.mark.parametrize(("form", "words"), REFUSED.values(), ids=REFUSED)
def test_refuses_what_is_no_answer(
    admin: Client, github: Provider, form: dict[str, str], words: str
) -> None:
    answer = ask(admin, github, **form)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    github.refresh_from_db()
    assert not github.is_access_decided


def test_refuses_a_domain_for_which_the_provider_may_not_vouch(admin: Client) -> None:
    provider = add_provider()
    page = ask(admin, provider, answer="organisation", organisation="other.example").content
    assert "other.example is not a trusted email domain of" in page.decode()


def test_locks_no_admin_out(client: Client, alice: User, github: Provider) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    account = SocialAccount.objects.create(user=alice, provider="github", uid="1")
    MembershipFacts.objects.create(account=account, organisations=["others"])
    hold(client, session_token(alice, provider="github"))
    page = ask(client, github, answer="organisation", organisation="acme").content.decode()
    assert "This would lock you out" in page
    assert not AccessRule.objects.exists()


def test_who_may_not_add_rules_adds_none_here(client: Client, bob: User, github: Provider) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="change_provider"))
    hold(client, session_token(bob))
    page = ask(client, github, answer="organisation", organisation="acme").content.decode()
    assert "you do not have permission for that" in page
    assert not AccessRule.objects.exists()


def test_needs_a_recent_sign_in(client: Client, alice: User, github: Provider) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice, age=600))
    assert ask(client, github, answer="known").status_code == 403


def test_the_form_decides_too(admin: Client, github: Provider) -> None:
    admin.post(change(github), form_with(github, "anyone"))
    github.refresh_from_db()
    assert not github.is_access_decided
    admin.post(change(github), form_with(github, "known"))
    admin.post(change(github), form_with(github, "anyone"))
    assert decided(github) == ("anyone", [])
