"""An admin tries a provider for real, and nothing comes of it but a page."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core.cache import caches
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from django.utils.text import capfirst

from access_rules.decision import Rule
from access_rules.models import AccessRule
from access_rules.rule_kinds import RuleKind
from attempts.models import SignInAttempt
from diagnosis import in_words
from oauth_client.verdict import AskedRule, Verdict
from providers.models import Policy, Provider
from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
OTHERS = Rule(RuleKind.EMAIL_DOMAIN, "other.example", ("staff",))
DECIDED = Verdict(
    Policy.MATCHING,
    is_known=False,
    deciding=None,
    rules=(AskedRule(OTHERS, Policy.MATCHING, is_match=False, is_first=False),),
)


@pytest.fixture
def admin(client: Client, alice: User, stage: Stage) -> Client:
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice))
    return client


def address(slug: str = "demo") -> str:
    return f"/admin/providers/provider/{Provider.objects.get(slug=slug).pk}/try/"


def tried(stage: Stage, admin: Client, slug: str = "demo", person: str = "bob", **how: str) -> str:
    """Try it, and return where the admin ends."""
    began = admin.post(address(slug))
    assert began.status_code == 303
    url = stage.simulator.choose(began["Location"], person, how.get("decision", "allow")) or ""
    back = urlsplit(url)
    answer = admin.get(back.path, dict(parse_qsl(back.query)))
    assert answer.status_code == 303
    return str(answer["Location"])


def page(admin: Client, where: str) -> str:
    return " ".join(admin.get(where).content.decode().split())


def rows() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model is not SignInAttempt
    }


def test_says_before_what_will_happen(admin: Client) -> None:
    assert "Nothing is created or changed" in page(admin, address())
    change = page(admin, address().replace("/try/", "/change/"))
    assert address() in change


def test_the_page_of_the_provider_begins_it_at_once(admin: Client) -> None:
    """By a page: its own forms may lead nowhere else, because one has the client secret."""
    at_once = f"{address()}?by_page"
    assert f'action="{at_once}"' in page(admin, address().replace("/try/", "/change/"))
    began = admin.post(at_once)
    assert began.status_code == 200
    assert "Location" not in began
    assert "Nothing is created or changed." in began.content.decode()
    url = began["Refresh"].removeprefix("0;url=")
    assert url.startswith("http://127.0.0.1")
    assert "code_challenge=" in url


def test_shows_what_it_would_have_come_to_and_makes_nothing(admin: Client, stage: Stage) -> None:
    before, last = rows(), dict(User.objects.values_list("pk", "last_login"))
    where = tried(stage, admin)
    assert rows() == before
    assert dict(User.objects.values_list("pk", "last_login")) == last
    shown = page(admin, where)
    assert "Sign-in works. Nobody was signed in" in shown
    assert "New account for <bdi>Bob Baker</bdi>" in shown
    assert "Anyone can sign in with this provider." in shown
    assert "&quot;email&quot;: &quot;bob@example.com&quot;" in shown
    assert "&quot;idp&quot;: &quot;demo&quot;" in shown
    assert "<svg" in shown
    assert SignInAttempt.objects.get().process == "dry_run"


@pytest.mark.parametrize("slug", ["github", "google", "demo"])
def test_a_known_person_is_named_and_no_secret_shown(
    admin: Client, stage: Stage, slug: str
) -> None:
    stage.sign_in(Client(headers={"host": HOST}), slug, "bob")
    began = admin.post(address(slug))
    url = stage.simulator.choose(began["Location"], "bob", "allow") or ""
    query = dict(parse_qsl(urlsplit(url).query))
    shown = page(admin, admin.get(urlsplit(url).path, query)["Location"])
    assert "Existing account of <bdi>Bob Baker</bdi>" in shown
    secrets = [query["code"], query["state"], Provider.objects.get(slug=slug).client_secret]
    assert not [secret for secret in secrets if secret in shown]
    assert Session.objects.filter(user__name="Bob Baker").count() == 1


def test_works_while_the_provider_is_switched_off_and_signs_nobody_in_there(
    admin: Client, stage: Stage
) -> None:
    visitor = Client(headers={"host": HOST})
    back = stage.go(visitor, "demo", "bob")
    Provider.objects.filter(slug="demo").update(enabled=False)
    assert "enabled yet, so visitors" in page(admin, address())
    assert "Sign-in works." in page(admin, tried(stage, admin))
    parts = urlsplit(back)
    assert visitor.get(parts.path, dict(parse_qsl(parts.query))).status_code == 404
    assert visitor.post("/sign-in/demo/").status_code == 404


def test_a_sign_in_begun_before_it_was_switched_off_is_not_finished_beside_a_dry_run(
    admin: Client, stage: Stage
) -> None:
    """A state issued before a provider was disabled cannot be completed."""
    back = urlsplit(stage.go(admin, "demo", "bob"))
    Provider.objects.filter(slug="demo").update(enabled=False)
    admin.post(address())
    answer = admin.get(back.path, dict(parse_qsl(back.query)))
    assert answer["Location"].startswith("/sign-in/failed/")
    assert not SocialAccount.objects.filter(provider="demo").exists()


@pytest.mark.parametrize("is_added_again", [False, True], ids=["for-good", "and-added-again"])
def test_a_provider_that_is_removed_on_the_way_is_said_in_the_admin(
    admin: Client, stage: Stage, *, is_added_again: bool
) -> None:
    began = admin.post(address())
    back = urlsplit(stage.simulator.choose(began["Location"], "bob", "allow") or "")
    provider = Provider.objects.get(slug="demo")
    Provider.objects.filter(slug="demo").delete()
    if is_added_again:
        provider.pk = uuid4()
        provider.save(force_insert=True)
    led = admin.get(back.path, dict(parse_qsl(back.query)))
    answer: Any = admin.get(led["Location"], follow=True)
    assert answer.resolver_match.view_name == "admin:providers_provider_changelist"
    assert "The provider has been removed, so it can&#x27;t be tested." in answer.content.decode()
    assert not SignInAttempt.objects.exists()


def test_a_provider_that_is_removed_during_the_last_step_is_said_in_the_admin(
    admin: Client, stage: Stage
) -> None:
    where = tried(stage, admin)
    Provider.objects.filter(slug="demo").delete()
    assert "The provider has been removed" in admin.get(where, follow=True).content.decode()


def test_a_sign_in_at_a_removed_provider_ends_on_no_page_of_the_admin(
    admin: Client, stage: Stage
) -> None:
    back = urlsplit(stage.go(admin, "demo", "bob"))
    Provider.objects.filter(slug="demo").delete()
    assert admin.get(back.path, dict(parse_qsl(back.query))).status_code == 404


@pytest.mark.parametrize(
    ("fault", "decision", "diagnosis"),
    [
        ("", "deny", "access_denied"),
        ("wrong_secret", "allow", "wrong_client_secret"),
        ("server_error", "allow", "provider_unavailable"),
    ],
)
def test_a_failure_is_shown_with_cause_and_fix(
    admin: Client, stage: Stage, fault: str, decision: str, diagnosis: str
) -> None:
    if fault:
        stage.simulator.arm(fault)
    shown = page(admin, tried(stage, admin, decision=decision))
    assert f'<h2 id="advice-title">{capfirst(in_words(diagnosis))}</h2>' in shown
    assert "<strong>Fix:</strong>" in shown
    assert 'class="failed"' in shown
    assert SignInAttempt.objects.get().diagnosis == diagnosis


def test_a_provider_that_cannot_be_reached_is_shown_at_once(admin: Client, stage: Stage) -> None:
    Provider.objects.filter(slug="demo").update(base_url="http://127.0.0.1:1/demo")
    shown = page(admin, admin.post(address())["Location"])
    assert "Connection failed</h2>" in shown


def add_rule(kind: str, value: str, groups: str = "", policy: str = "matching") -> AccessRule:
    Provider.objects.filter(slug="demo").update(who_may_sign_in=policy)
    provider = Provider.objects.get(slug="demo")
    return AccessRule.objects.create(provider=provider, kind=kind, value=value, groups=groups)


@pytest.mark.parametrize(
    ("slug", "kind", "value"),
    [("github", "github", "acme"), ("google", "hosted_domain", "example.org")],
    ids=["read:org at GitHub", "a refresh token at Google"],
)
def test_asks_for_all_that_a_sign_in_asks_for(
    admin: Client, stage: Stage, slug: str, kind: str, value: str
) -> None:
    provider = Provider.objects.get(slug=slug)
    AccessRule.objects.create(provider=provider, kind=kind, value=value)
    visitor = Client(headers={"host": HOST})
    requests = [visitor.post(f"/sign-in/{slug}/"), admin.post(address(slug))]
    of_visitor, of_admin = (dict(parse_qsl(urlsplit(each["Location"]).query)) for each in requests)
    for secret in ("state", "nonce", "code_challenge"):
        assert of_visitor.pop(secret, "") != of_admin.pop(secret, None)
    assert of_admin == of_visitor


def test_a_member_of_an_organisation_is_known_as_one(admin: Client, stage: Stage) -> None:
    provider = Provider.objects.get(slug="github")
    Provider.objects.filter(pk=provider.pk).update(who_may_sign_in="matching")
    AccessRule.objects.create(provider=provider, kind="github", value="acme")
    welcome = page(admin, tried(stage, admin, "github", "alice"))
    assert "An access rule lets in members of acme at GitHub." in welcome


def test_a_refusal_by_a_rule_shows_all_that_led_to_it(admin: Client, stage: Stage) -> None:
    add_rule("email_domain", "other.example", "staff")
    before = rows()
    refused = page(admin, tried(stage, admin))
    assert rows() == before
    assert "Email domain not allowed</h2>" in refused
    assert "people with a verified address at other.example" in refused
    assert "Email address: <bdi>bob@example.com</bdi>" in refused
    assert "<bdi>Bob Baker</bdi> has no account here" in refused
    assert "<bdi>Email domain other.example</bdi> </th> <td> Doesn&#x27;t match </td>" in refused
    assert "email_verified" not in refused.partition("Payload of the session JWT")[2]
    assert SignInAttempt.objects.get().diagnosis == "email_domain_not_allowed"


def test_each_reader_gets_the_result_in_their_own_language(admin: Client, stage: Stage) -> None:
    add_rule("email_domain", "other.example", "staff")
    where = tried(stage, admin)
    german = " ".join(admin.get(where, headers={"accept-language": "de"}).content.decode().split())
    with translation.override("de"):
        (asked,) = DECIDED.rules
        texts = [asked.name, asked.finding, asked.effect, DECIDED.words, DECIDED.welcome]
    with translation.override("en"):
        english = [asked.name, asked.finding, asked.effect, DECIDED.words, DECIDED.welcome]
    assert [text for text in texts if escape(text) not in german] == []
    assert [text for text in english if escape(text) in german] == []


def test_a_refusal_names_the_account_that_it_would_be(admin: Client, stage: Stage) -> None:
    stage.sign_in(Client(headers={"host": HOST}), "demo", "bob")
    add_rule("email_domain", "other.example")
    refused = page(admin, tried(stage, admin))
    assert "Existing account of <bdi>Bob Baker</bdi>" in refused


def test_names_the_rule_that_lets_in(admin: Client, stage: Stage) -> None:
    add_rule("email_domain", "example.com", "staff")
    welcome = page(admin, tried(stage, admin))
    assert "An access rule lets in people with a verified address at example.com." in welcome
    assert "Matches <strong>(decisive)</strong>" in welcome
    assert "<td>Lets in, and adds groups: staff</td>" in welcome
    assert "<dd> staff </dd>" in welcome


def test_explains_every_claim_beside_its_value(admin: Client, stage: Stage) -> None:
    add_rule("email_domain", "example.com", "staff")
    shown = page(admin, tried(stage, admin))
    assert "<code><bdi>staff</bdi></code>" in shown
    words = "The groups that the access rules grant, and those that an admin gave."
    assert f"{words} Absent if there are none." in shown
    assert "<small>RFC 9068 §2.2.3.1</small>" in shown
    assert "10 minutes after iat" in shown


def test_says_that_people_who_are_known_may_sign_in(admin: Client, stage: Stage) -> None:
    stage.sign_in(Client(headers={"host": HOST}), "demo", "bob")
    Provider.objects.update(who_may_sign_in="known")
    assert "and this person has one." in page(admin, tried(stage, admin))


@pytest.mark.parametrize("obstacle", ["account_suspended", "email_in_use"])
def test_says_what_would_stand_in_the_way_of_the_account(
    admin: Client, stage: Stage, obstacle: str
) -> None:
    through = "demo" if obstacle == "account_suspended" else "google"
    stage.sign_in(Client(headers={"host": HOST}), through, "bob")
    if obstacle == "account_suspended":
        User.objects.filter(name="Bob Baker").update(is_active=False)
    shown = page(admin, tried(stage, admin))
    assert f"{capfirst(in_words(obstacle))}</h2>" in shown
    assert "jti" not in shown
    assert "<strong>Fix:</strong>" in shown


def test_the_next_secret_is_tried_and_not_made_the_current_one(admin: Client, stage: Stage) -> None:
    provider = Provider.objects.get(slug="demo")
    provider.next_client_secret, provider.client_secret = provider.client_secret, "wrong"
    provider.save()
    assert "Sign-in works." in page(admin, tried(stage, admin))
    provider.refresh_from_db()
    assert (provider.client_secret, bool(provider.next_client_secret)) == ("wrong", True)


# Who may


def test_only_the_session_that_has_tried_sees_the_result(
    admin: Client, stage: Stage, alice: User, bob: User
) -> None:
    where = tried(stage, admin)
    User.objects.update(is_staff=True, is_superuser=True)
    for somebody in (alice, bob):
        other = Client(headers={"host": HOST})
        hold(other, session_token(somebody))
        assert "This test sign-in is over." in page(other, where)
    assert "Sign-in works." in page(admin, where)
    caches["traces"].clear()
    assert "This test sign-in is over." in page(admin, where)


def test_two_tabs_have_a_result_each(admin: Client, stage: Stage) -> None:
    bobs, carols = (tried(stage, admin, person=person) for person in ("bob", "ada"))
    assert "Bob Baker" in page(admin, bobs)
    assert "Bob Baker" not in page(admin, carols)


def test_somebody_else_in_this_browser_does_not_finish_it(
    admin: Client, stage: Stage, bob: User
) -> None:
    began = admin.post(address())
    url = urlsplit(stage.simulator.choose(began["Location"], "bob", "allow") or "")
    hold(admin, session_token(bob))
    answer = admin.get(url.path, dict(parse_qsl(url.query)))
    assert answer["Location"].startswith("/sign-in/failed/")


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_admins_who_may_change_providers_try_them(
    client: Client, stage: Stage, alice: User, method: str
) -> None:
    ask: Any = getattr(client, method)
    assert ask(address()).status_code == 302
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    hold(client, session_token(alice))
    assert ask(address()).status_code == 403


@pytest.mark.parametrize("policy", ["anyone", "matching"], ids=["let in", "refused"])
def test_says_for_which_domain_the_provider_may_not_vouch(
    admin: Client, stage: Stage, policy: str
) -> None:
    demo = Provider.objects.filter(slug="demo")
    demo.update(vouches_for="example.org", who_may_sign_in=policy)
    AccessRule.objects.create(kind="email_domain", value="example.com", provider=demo.get())
    shown = page(admin, tried(stage, admin))
    assert "trusted for <code>example.com</code>" in shown
    assert "#id_vouches_for" in shown
    assert ("Email domain not trusted</h2>" in shown) is (policy == "matching")
