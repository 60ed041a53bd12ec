"""A draft of the rules, tried on the people who signed in lately."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from access_rules.lock_out import Forecast, forecast
from access_rules.models import AccessRule, MembershipFacts
from attempts.models import SignInAttempt
from providers.models import Provider
from sessions.models import User
from tests.access_rules.forms import form_with
from tests.fakes import add_provider, hold, session_token
from tests.oauth_client.admin_pages.forms import change

pytestmark = pytest.mark.django_db


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github")


def signed_in(user: User, uid: str, ago: int = 0, diagnosis: str = "") -> SocialAccount:
    """Let somebody have signed in through GitHub, with a proven address."""
    account = SocialAccount.objects.create(
        user=user, provider="github", uid=uid, extra_data={"email": user.email}
    )
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True)
    SignInAttempt.objects.create(
        provider="github",
        user=user,
        diagnosis=diagnosis,
        step=8,
        status=200,
        milliseconds=1,
        created_at=timezone.now() - timedelta(minutes=ago),
    )
    return account


def for_one_rule(provider: Provider, kind: str, value: str) -> Forecast:
    provider.who_may_sign_in = "matching"
    return forecast(provider, [AccessRule(provider=provider, kind=kind, value=value)])


def test_names_whom_a_rule_is_not_about(github: Provider, alice: User, bob: User) -> None:
    signed_in(alice, "1")
    signed_in(bob, "2")
    assert for_one_rule(github, "email", "alice@example.com") == Forecast(2, refused=[bob])
    assert for_one_rule(github, "email_domain", "example.com") == Forecast(2)


def test_tells_who_is_refused_from_who_is_not_known(
    github: Provider, alice: User, bob: User
) -> None:
    signed_in(alice, "1")
    MembershipFacts.objects.create(account=signed_in(bob, "2", ago=1), organisations=["others"])
    assert for_one_rule(github, "github", "acme") == Forecast(2, refused=[bob], unknown=[alice])


def test_one_account_of_two_that_is_let_in_suffices(github: Provider, alice: User) -> None:
    MembershipFacts.objects.create(account=signed_in(alice, "1"), organisations=["acme"])
    signed_in(alice, "2")
    assert for_one_rule(github, "github", "acme") == Forecast(1)


def test_rules_of_another_provider_do_not_count(github: Provider, alice: User) -> None:
    signed_in(alice, "1")
    other = add_provider("other", "github")
    rules = [AccessRule(provider=other, kind="email", value="alice@example.com")]
    github.who_may_sign_in = "matching"
    assert forecast(github, rules) == Forecast(1, refused=[alice])


def test_failed_sign_ins_and_people_who_are_gone_do_not_count(
    github: Provider, alice: User, bob: User
) -> None:
    signed_in(alice, "1", diagnosis="not_allowed")
    signed_in(bob, "2")
    bob.delete()
    assert for_one_rule(github, "email", "nobody@example.com") == Forecast(0)


def test_asks_about_the_last_two_hundred_in_four_queries(
    github: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(201):
        user = User.objects.create(name=f"p{number:03}", email=f"p{number}@example.com")
        signed_in(user, str(number), ago=number)
    with django_assert_num_queries(4):
        found = for_one_rule(github, "email", "nobody@example.com")
    assert (found.people, found.refused[0].name, found.refused[-1].name) == (200, "p000", "p199")


ONE = "One person has signed in with this provider lately, and {}."
NOT_KNOWN = (
    "Of the last 2 people who signed in, 1 would be refused. For 1 person, only the provider can "
    "tell."
)
WORDS = {
    "nobody": (Forecast(3), "Of the last 3 people who signed in, 0 would be refused."),
    "of nobody": (Forecast(0), "Nobody has signed in with this provider lately."),
    "one": (Forecast(1, [User()]), ONE.format("could not sign in any more")),
    "one who may": (Forecast(1), ONE.format("could still sign in")),
    "one not known": (
        Forecast(1, [], [User()]),
        ONE.format("only the provider can tell whether they could still sign in"),
    ),
    "one and one not known": (
        Forecast(2, [User()], [User()]),
        NOT_KNOWN,
    ),
}


@pytest.mark.parametrize(("found", "words"), WORDS.values(), ids=WORDS.keys())
def test_says_it_in_a_sentence(found: Forecast, words: str) -> None:
    assert found.words == words


@pytest.fixture
def admin(client: Client, alice: User, github: Provider) -> Client:
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice, provider="github"))
    return client


def ask(admin: Client, provider: Provider, *rules: tuple[str, str], **more: str) -> str:
    form = form_with(provider, "matching", *rules) | {"_what_if": "Show"} | more
    answer = admin.post(change(provider), form)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_button_shows_the_draft_and_saves_nothing(
    admin: Client, github: Provider, alice: User, bob: User
) -> None:
    assert "Show who would be refused" in admin.get(change(github)).content.decode()
    signed_in(alice, "1")
    MembershipFacts.objects.create(account=signed_in(bob, "2"), organisations=[])
    page = ask(admin, github, ("github", "acme"), client_secret="another secret")
    assert "Of the last 2 people" in page
    assert page.index("Bob Baker (bob@example.com)") < page.index(
        "the provider must be asked first"
    )
    assert "Enter the secret again" in page
    assert 'value="acme"' in page
    assert "another secret" not in page
    github.refresh_from_db()
    assert (github.who_may_sign_in, AccessRule.objects.count()) == ("anyone", 0)


def test_a_draft_with_an_error_is_not_tried(admin: Client, github: Provider) -> None:
    page = ask(admin, github, ("email", "alice"))
    assert "Enter one email address." in page
    assert "Nothing has been saved" not in page


def test_a_draft_is_tried_on_the_admin_as_well(
    admin: Client, github: Provider, alice: User
) -> None:
    signed_in(alice, "1")
    page = ask(admin, github)
    assert ONE.format("could not sign in any more") in page
    assert "Alice Archer" in page
    assert "This would lock you out" not in page


def test_who_may_not_see_people_sees_numbers(
    admin: Client, github: Provider, bob: User, alice: User
) -> None:
    User.objects.update(is_superuser=False)
    names = ("change_provider", "view_provider", "change_accessrule", "add_accessrule")
    alice.user_permissions.set(Permission.objects.filter(codename__in=names))
    signed_in(bob, "2")
    page = ask(admin, github)
    assert ONE.format("could not sign in any more") in page
    assert "bob@example.com" not in page


def test_saving_says_whom_the_new_rules_refuse(
    admin: Client, github: Provider, alice: User, bob: User
) -> None:
    signed_in(alice, "1")
    signed_in(bob, "2")
    form = form_with(github, "matching", ("email", "alice@example.com"))
    page = admin.post(change(github), form, follow=True).content.decode()
    assert "Of the last 2 people who signed in, 1 would be refused." in page


def test_saving_anything_else_says_nothing_of_it(
    admin: Client, github: Provider, bob: User
) -> None:
    signed_in(bob, "2")
    page = admin.post(change(github), form_with(github, "anyone"), follow=True).content.decode()
    assert "would be refused." not in page
    known = admin.post(change(github), form_with(github, "known"), follow=True).content.decode()
    assert "would be refused." not in known
