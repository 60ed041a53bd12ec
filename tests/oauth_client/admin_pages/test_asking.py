"""The first rule about the admin's own organisation: one save, and the provider is asked."""

import pickle
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.core.cache import caches
from django.test import Client

from access_rules.models import AccessRule, MembershipFacts, ProviderToken
from providers.models import Provider
from sessions.models import User
from tests.access_rules.forms import form_with
from tests.access_rules.visits import ORGS, add_rule
from tests.fakes import FakeGitHub, add_provider, come_back, hold, session_token
from tests.oauth_client.admin_pages.asking import address, answered, parameters
from tests.oauth_client.admin_pages.forms import change

pytestmark = pytest.mark.django_db
SECRET = "a-secret-in-the-form"


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github", name="GitHub")


@pytest.fixture
def admin(client: Client, alice: User, github: Provider) -> Client:
    """Alice's browser; she is an admin, came through GitHub, and no rule has asked about her."""
    User.objects.update(is_staff=True, is_superuser=True)
    SocialAccount.objects.create(user=alice, provider="github", uid="1001")
    hold(client, session_token(alice, provider="github"))
    client.cookies["csrf"] = "c" * 32
    return client


def save(admin: Client, provider: Provider, *rules: tuple[str, str], **more: str) -> Any:
    rules = rules or (("github", "acme"),)
    return admin.post(change(provider), form_with(provider, "matching", *rules) | more)


@responses.activate
def test_one_save_is_enough(admin: Client, github: Provider) -> None:
    asked = save(admin, github, client_secret=SECRET, name="Hub")
    assert address(asked).startswith("https://github.com/login/oauth/authorize?")
    assert "read:org" in parameters(asked)["scope"]
    assert not AccessRule.objects.exists()
    page = answered(admin, asked, "Acme")
    assert page.redirect_chain == [(change(github), 302)]
    github.refresh_from_db()
    assert (github.who_may_sign_in, github.name) == ("matching", "Hub")
    assert github.client_secret == SECRET
    assert [str(rule) for rule in AccessRule.objects.all()] == ["GitHub organisation or team acme"]


@responses.activate
def test_what_github_says_of_the_admin_is_kept_as_at_a_sign_in(
    admin: Client, github: Provider
) -> None:
    answered(admin, save(admin, github), "acme")
    assert MembershipFacts.objects.get().organisations == ["acme", "acme#80"]
    assert ProviderToken.objects.exists()


@responses.activate
def test_who_is_no_member_is_not_locked_out(admin: Client, github: Provider) -> None:
    page = answered(admin, save(admin, github), "others").content.decode()
    assert "you match none of these rules" in page
    assert 'value="acme"' in page
    assert not AccessRule.objects.exists()


@responses.activate
def test_rules_that_refuse_the_admin_today_do_not_stop_the_question(
    admin: Client, github: Provider
) -> None:
    add_rule(github, "email", "bob@example.com")
    Provider.objects.update(who_may_sign_in="matching")
    path = f"/admin/providers/provider/{github.pk}/who-may-sign-in/"
    asked = admin.post(path, {"answer": "organisation", "organisation": "acme"})
    assert answered(admin, asked, "acme").redirect_chain == [("/admin/", 302)]
    assert AccessRule.objects.count() == 2


@responses.activate
def test_who_is_refused_by_rules_old_and_new_is_told_on_the_form(
    admin: Client, github: Provider
) -> None:
    add_rule(github, "email", "bob@example.com")
    Provider.objects.update(who_may_sign_in="matching")
    path = f"/admin/providers/provider/{github.pk}/who-may-sign-in/"
    asked = admin.post(path, {"answer": "organisation", "organisation": "acme"})
    page = answered(admin, asked, "others").content.decode()
    assert "you match none of these rules" in page
    assert AccessRule.objects.count() == 1


@responses.activate
def test_a_refused_question_leads_back_to_the_form(admin: Client, github: Provider) -> None:
    state = parameters(save(admin, github))["state"]
    back = come_back(admin, "github", error="access_denied", state=state)
    page = admin.get(back["Location"]).content.decode()
    assert "Nothing was saved, because GitHub could not confirm who you are (cancelled)." in page
    assert 'value="acme"' in page
    assert not AccessRule.objects.exists()


@responses.activate
@pytest.mark.parametrize("page", ["provider", "access"])
def test_an_answer_that_is_missing_saves_nothing(
    admin: Client, github: Provider, page: str
) -> None:
    """Another tab was answered meanwhile, so that the form would be valid without an answer."""
    path = f"/admin/providers/provider/{github.pk}/who-may-sign-in/"
    form = {"answer": "organisation", "organisation": "acme"}

    def post() -> Any:
        is_access = page == "access"
        return admin.post(path, form) if is_access else save(admin, github, name="Stale")

    first, second = post(), post()
    answered(admin, second, "acme")
    Provider.objects.update(name="Newest", who_may_sign_in="known")
    back = come_back(admin, "github", error="access_denied", state=parameters(first)["state"])
    shown = admin.get(back["Location"])
    assert shown.status_code == 200
    assert "Nothing was saved" in shown.content.decode()
    assert "acme" in shown.content.decode()
    github.refresh_from_db()
    assert (github.name, github.who_may_sign_in) == ("Newest", "known")


@responses.activate
def test_a_form_that_another_tab_has_taken_does_not_go_on(
    admin: Client, github: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeGitHub(responses.mock).vouch()
    responses.get(ORGS, json=[{"login": "acme"}])
    back = come_back(admin, "github", code="c", state=parameters(save(admin, github))["state"])
    monkeypatch.setattr(type(caches["forms"]), "delete", lambda *args: False)
    assert admin.get(back["Location"]).status_code == 200
    assert not AccessRule.objects.exists()


@responses.activate
def test_another_account_at_github_says_nothing_about_the_admin(
    admin: Client, github: Provider, bob: User
) -> None:
    SocialAccount.objects.create(user=bob, provider="github", uid="1002")
    page = answered(admin, save(admin, github), "acme", user={"id": 1002}).content.decode()
    assert "you chose an account that is not connected to you here" in page
    assert not AccessRule.objects.exists()
    assert not MembershipFacts.objects.exists()


@responses.activate
def test_github_is_asked_once_and_then_the_form_says_what_is_missing(
    admin: Client, github: Provider
) -> None:
    FakeGitHub(responses.mock).vouch()
    responses.get(ORGS, status=403)
    back = come_back(admin, "github", code="c", state=parameters(save(admin, github))["state"])
    page = admin.get(back["Location"])
    assert page.status_code == 200
    assert "Signet does not know whether you match these rules" in page.content.decode()


@responses.activate
def test_the_form_goes_on_once_and_for_its_admin_alone(
    admin: Client, github: Provider, bob: User
) -> None:
    FakeGitHub(responses.mock).vouch()
    responses.get(ORGS, json=[{"login": "acme"}])
    back = come_back(admin, "github", code="c", state=parameters(save(admin, github))["state"])
    User.objects.update(is_staff=True, is_superuser=True)
    other = Client(headers=admin.defaults and {"host": "localhost:8000"})
    hold(other, session_token(bob))
    assert other.get(back["Location"]).status_code == 200
    assert not AccessRule.objects.exists()
    assert admin.get(back["Location"]).status_code == 302
    AccessRule.objects.all().delete()
    assert admin.get(back["Location"]).status_code == 200
    assert not AccessRule.objects.exists()


@pytest.mark.parametrize("page", ["change", "who-may-sign-in", "check"])
def test_a_page_of_a_provider_sends_forms_to_this_site_alone(
    admin: Client, github: Provider, page: str
) -> None:
    """It has a field for the client secret; going to the provider does not begin with a form."""
    answer = admin.get(f"/admin/providers/provider/{github.pk}/{page}/")
    assert "form-action 'self'" in answer["Content-Security-Policy"]


def test_the_page_that_tries_a_provider_has_a_button_that_leads_there(
    admin: Client, github: Provider
) -> None:
    answer = admin.get(f"/admin/providers/provider/{github.pk}/try/")
    assert "form-action" not in answer["Content-Security-Policy"]


def test_the_form_waits_sealed(admin: Client, github: Provider) -> None:
    with patch.object(type(caches["forms"]), "set", autospec=True) as kept:
        save(admin, github, client_secret=SECRET)
    (call,) = kept.call_args_list
    _, name, form, _ = call.args
    assert SECRET.encode() not in pickle.dumps((name, form))


OTHER_FAULTS = {
    "of the form": {"name": ""},
    "of a rule": {"access_rules-0-value": "a b"},
}


@pytest.mark.parametrize("fault", OTHER_FAULTS.values(), ids=OTHER_FAULTS)
def test_a_form_with_other_faults_is_shown_first(
    admin: Client, github: Provider, fault: dict[str, str]
) -> None:
    assert save(admin, github, **fault).status_code == 200


@responses.activate
@pytest.mark.parametrize("page", ["provider", "access"])
def test_an_old_sign_in_is_renewed_first_and_then_the_provider_is_asked(
    admin: Client, alice: User, github: Provider, page: str
) -> None:
    hold(admin, session_token(alice, provider="github", age=600))
    path = f"/admin/providers/provider/{github.pk}/who-may-sign-in/"
    form = {"answer": "organisation", "organisation": "acme"}
    late = save(admin, github) if page == "provider" else admin.post(path, form)
    (waits,) = parse_qs(urlsplit(late["Location"]).query)["next"]
    hold(admin, session_token(alice, provider="github"))
    asked = admin.post(waits, {"send_form": "now"})
    assert address(asked).startswith("https://github.com/login/oauth/authorize?")
    assert answered(admin, asked, "acme").status_code == 200
    assert AccessRule.objects.get().value == "acme"


def test_a_provider_that_cannot_be_reached_leaves_the_form(client: Client, alice: User) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    demo = add_provider(base_url="https://127.0.0.1:1")
    SocialAccount.objects.create(user=alice, provider="demo", uid="1")
    hold(client, session_token(alice, provider="demo"))
    address = f"/admin/providers/provider/{demo.pk}/change/"
    form = form_with(demo, "matching", ("claim", "role=staff")) | {"base_url": demo.base_url}
    back = client.post(address, form)
    assert back["Location"].startswith(address)
    page = client.get(back["Location"]).content.decode()
    assert "Nothing was saved, because Demo could not confirm who you are" in page


@responses.activate
def test_why_there_was_no_answer_is_said_in_the_language_of_the_reader(
    admin: Client, github: Provider
) -> None:
    state = parameters(save(admin, github))["state"]
    back = come_back(admin, "github", error="access_denied", state=state)["Location"]
    admin.cookies["language"] = "de"
    page = admin.get(back).content.decode()
    assert "Es wurde nichts gespeichert" in page
    assert "cancelled" not in page
