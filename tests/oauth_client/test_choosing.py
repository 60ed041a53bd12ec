"""Step 2: which ways in a visitor is offered, and in which order."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from providers.models import Provider
from sessions.models import User
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _providers(db: None) -> None:
    add_provider("github", "github", name="GitHub", position=1)
    add_provider("google", "google", name="Google", position=2)
    add_provider("gone", name="Gone", enabled=False)


def page(browser: Client, path: str = "/sign-in/", **query: str) -> str:
    return " ".join(browser.get(path, query).content.decode().split())


def offered(browser: Client, path: str = "/sign-in/", **query: str) -> list[str]:
    """Return the slugs of the buttons, in their order."""
    actions = page(browser, path, **query).split('<form class="provider"')[1:]
    return [action.partition('action="/sign-in/')[2].partition("/")[0] for action in actions]


# Again


@pytest.fixture
def alices(client: Client, alice: User) -> Client:
    """The browser of Alice, who has connected Google alone."""
    alice.set_unusable_password()
    alice.save()
    for slug in ("google", "gone"):
        SocialAccount.objects.create(user=alice, provider=slug, uid="alice")
    hold(client, session_token(alice, provider="google"))
    return client


def test_who_signs_in_again_is_offered_only_what_they_have_connected(
    alices: Client, bob: User
) -> None:
    SocialAccount.objects.create(user=bob, provider="github", uid="bob")
    assert offered(alices, again="1") == ["google"]
    assert "You are signed in as <bdi>Alice Archer</bdi>" in page(alices, again="1")


def test_a_stranger_cannot_ask_for_anybody_elses(client: Client) -> None:
    assert offered(client, again="1") == ["github", "google"]


@pytest.mark.parametrize(("has_password", "is_on"), [(True, True), (True, False), (False, True)])
def test_the_password_form_is_offered_to_whoever_has_a_password(
    alices: Client, alice: User, settings: Settings, *, has_password: bool, is_on: bool
) -> None:
    alice.set_password("correct horse") if has_password else alice.set_unusable_password()
    alice.save()
    settings.ADMIN_PASSWORD_LOGIN = is_on
    shown = page(alices, again="1", next="/account/data/")
    is_offered = "/admin/login/?next=%2Faccount%2Fdata%2F&amp;again=1" in shown
    assert is_offered is (has_password and is_on)


def test_who_has_no_way_in_that_works_is_told_so(alices: Client) -> None:
    SocialAccount.objects.filter(provider="google").delete()
    assert "None of the ways in which you sign in works at the moment" in page(alices, again="1")


def test_again_takes_one_query_more(
    alices: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page(alices, again="1")
    with django_assert_num_queries(3):  # the person, the providers, and which are the person's
        page(alices, again="1")


# Last used


def test_the_provider_that_was_used_last_comes_first_and_is_marked(client: Client) -> None:
    assert offered(client) == ["github", "google"]
    client.cookies["last-used"] = "google"
    assert offered(client) == ["google", "github"]
    first, second = page(client).split('<form class="provider"')[1:3]
    assert "Last used" in first
    assert "Last used" not in second


@pytest.mark.parametrize("value", ["nobody", "gone", "", "x" * 3000, "google%00", "</form>"])
def test_a_name_that_no_shown_provider_has_is_ignored(client: Client, value: str) -> None:
    client.cookies["last-used"] = value
    assert offered(client) == ["github", "google"]
    assert "Last used" not in page(client)


def test_the_only_button_needs_no_mark(client: Client) -> None:
    client.cookies["last-used"] = "google"
    assert "Last used" not in page(client, "/sign-in/google/")


def test_of_several_cookies_the_first_that_is_known_counts() -> None:
    headers = {"host": HOST, "cookie": "last-used=mallory; last-used=google; last-used=github"}
    assert offered(Client(headers=headers))[0] == "google"


# One provider


def test_one_provider_has_an_address_with_its_button_alone(client: Client) -> None:
    assert offered(client, "/sign-in/google/") == ["google"]
    shown = page(client, "/sign-in/google/", next="/account/?a")
    assert 'value="/account/?a"' in shown
    assert '<a href="/sign-in/?next=%2Faccount%2F%3Fa">Use another way to sign in</a>' in shown
    assert "Choose how to sign in." not in shown


def test_the_only_provider_has_no_other_way_beside_it(client: Client) -> None:
    add_provider("demo", name="Demo")
    assert "Use another way" in page(client, "/sign-in/demo/")
    Provider.objects.exclude(slug="demo").update(enabled=False)
    assert "Use another way" not in page(client, "/sign-in/demo/")


def test_its_next_is_held_to_the_same_rules(client: Client) -> None:
    shown = page(client, "/sign-in/google/", next="https://mallory.example/")
    assert "mallory.example is not on this site" in shown
    assert 'value="/account/"' in shown


def test_it_has_no_link_to_the_password_form(client: Client) -> None:
    assert "/admin/login/" not in page(client, "/sign-in/google/", next="/admin/")


@pytest.mark.parametrize("slug", ["nobody", "gone"])
def test_an_unknown_or_disabled_provider_has_none(client: Client, slug: str) -> None:
    assert client.get(f"/sign-in/{slug}/").status_code == 404
    assert client.head(f"/sign-in/{slug}/").status_code == 404


def test_somebody_who_is_signed_in_goes_on(alices: Client) -> None:
    answer = alices.get("/sign-in/github/", {"next": "/account/data/"})
    assert answer["Location"] == "/account/data/"
    assert offered(alices, "/sign-in/google/", again="1") == ["google"]
    assert alices.get("/sign-in/github/", {"again": "1"}).status_code == 404


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/google/"])
def test_no_cache_keeps_either_page_and_both_may_lead_to_any_host(
    client: Client, path: str
) -> None:
    answer = client.get(path)
    assert "no-store" in answer["Cache-Control"]
    assert "form-action" not in answer["Content-Security-Policy"]


def test_it_takes_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        page(client, "/sign-in/google/")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    assert client.generic(method, "/sign-in/google/").status_code == 405
