"""The page that asks is kept in memory, and nobody gets what belongs to another visitor."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.http import HttpResponse
from django.middleware import csrf
from django.test import Client
from django.utils.cache import add_never_cache_headers
from django.utils.http import parse_http_date
from pytest_django import DjangoAssertNumQueries, Settings

from oauth_client.sign_in_page import KEPT, MARKS, _kept
from providers.models import Provider
from sessions.models import User
from tests.fakes import add_provider, hold, session_token

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')


def page(client: Client, **query: str) -> str:
    return client.get("/sign-in/", query).content.decode()


@pytest.fixture(autouse=True)
def _kept_page(client: Client) -> None:
    """Let a page be kept that another visitor has seen."""
    add_provider("github", "github", name="GitHub")
    page(client, next="/hers/")
    client.cookies.clear()


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("name = 'Our Hub'", "Sign in with <bdi>Our Hub</bdi>"),
        ("scope = 'read:org'", "Organisations"),
        ("kind = 'gitlab'", "<dd> Name"),
        ("enabled = false", "No provider is set up yet"),
    ],
)
def test_a_change_by_another_process_counts_at_once(
    client: Client, change: str, shown: str
) -> None:
    before = page(client)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE providers_provider SET {change}")
    after = " ".join(page(client).split())
    assert shown in after
    assert TOKEN.sub("", after) != TOKEN.sub("", " ".join(before.split()))


def test_a_new_provider_is_shown_at_once_in_its_place(client: Client) -> None:
    add_provider("google", "google", name="Google", position=1)
    Provider.objects.filter(slug="github").update(position=2)
    assert re.findall("Sign in with <bdi>(.*)</bdi>", page(client)) == ["Google", "GitHub"]


def test_no_cache_keeps_it_as_django_says(client: Client) -> None:
    expected = HttpResponse()
    add_never_cache_headers(expected)
    response = client.get("/sign-in/")
    assert response["Cache-Control"] == expected["Cache-Control"]
    lifetime = parse_http_date(response["Expires"]) - parse_http_date(expected["Expires"])
    assert 0 <= lifetime <= 2


def test_it_takes_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        page(client)


def test_two_visitors_never_share_a_csrf_token() -> None:
    add_provider("google", "google")
    seen = set()
    for _ in range(5):
        browser = Client(headers={"host": "localhost:8000"})
        tokens = TOKEN.findall(page(browser))
        assert len(tokens) == 3  # one form for each provider, and the menu of languages
        secret = browser.cookies["csrf"].value
        assert csrf._does_token_match(tokens[0], secret)  # type: ignore[attr-defined]
        seen |= {tokens[0], secret}
    assert len(seen) == 10


def test_a_token_is_masked_anew_on_each_page(client: Client) -> None:
    first, second = TOKEN.search(page(client)), TOKEN.search(page(client))
    assert first
    assert second
    assert first[1] != second[1]


def test_where_one_visitor_goes_next_is_on_no_other_page(client: Client) -> None:
    assert "/hers/" not in page(client)
    assert 'value="/his/"' in page(client, next="/his/")


@pytest.mark.parametrize("name", ["csrf_token", "next", "query", "person", "problem"])
def test_a_visitor_cannot_ask_for_what_is_filled_in(client: Client, name: str) -> None:
    text = f"/admin/%({name})s/%25/%%/{{{name}}}"
    assert f'value="{text}"' in page(client, next=text)


def test_no_mark_is_left_in_a_page(client: Client, alice: User) -> None:
    hold(client, session_token(alice))
    for query in ({}, {"next": "/admin/"}, {"again": "1"}, {"next": "https://mallory.example/"}):
        assert not [mark for mark in MARKS.values() if mark in page(client, **query)]


def test_a_name_is_escaped_and_may_have_per_cents(client: Client, alice: User) -> None:
    Provider.objects.update(name="100% <b>%(next)s</b>")
    User.objects.update(name="Alice <i>%(next)s</i>")
    SocialAccount.objects.create(user=alice, provider="github", uid="1")
    hold(client, session_token(alice))
    shown = page(client, again="1")
    assert "<bdi>100% &lt;b&gt;%(next)s&lt;/b&gt;</bdi>" in shown
    assert "<bdi>Alice &lt;i&gt;%(next)s&lt;/i&gt;</bdi>" in shown


def test_the_name_of_whoever_is_signed_in_is_on_no_other_page(
    client: Client, alice: User, bob: User
) -> None:
    for user, other in ((alice, bob), (bob, alice)):
        hold(client, session_token(user))
        shown = page(client, again="1")
        assert user.display_name in shown
        assert other.display_name not in shown


def test_the_app_that_one_visitor_came_from_is_named_on_no_other_page(client: Client) -> None:
    for name in ("his.example", "hers.example"):
        assert f"{name} is not on this site" in page(client, next=f"https://{name}/")
    assert "is not on this site" not in page(client)


def test_visitors_cannot_fill_the_memory(client: Client) -> None:
    add_provider("google", "google")
    _kept.cache_clear()
    for number in range(KEPT + 1):
        page(client, next=f"/{number}/")
        page(client, next=f"https://mallory{number}.example/", again=str(number))
        page(client, next=f"/admin/{number}", other=str(number))
        client.cookies["last-used"] = f"github{number}"
        page(client)
        client.get(f"/sign-in/nobody{number}/")
    assert _kept.cache_info().currsize == 3  # with a refused `next`, with a link, and without
    client.cookies["last-used"] = "github"
    page(client)
    assert _kept.cache_info().currsize == 4


def test_german_and_english_do_not_mix(client: Client, settings: Settings) -> None:
    """A visitor of each language comes, and then one of each who gets what was kept."""
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    words = {"en": "Sign in with a password", "de": "Mit Passwort anmelden"}
    for language in ("de", "en", "de", "en"):
        (other,) = words.keys() - {language}
        answer = client.get("/sign-in/?next=/admin/", headers={"accept-language": language})
        shown = answer.content.decode()
        assert f'<html lang="{language}"' in shown
        assert words[language] in shown
        assert words[other] not in shown


def test_the_memory_has_an_end(client: Client) -> None:
    for number in range(KEPT + 1):
        Provider.objects.update(name=f"Hub {number}")
        page(client)
    assert _kept.cache_info().currsize == KEPT
