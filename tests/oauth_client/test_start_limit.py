"""From one address, only so many sign-ins are begun within a while."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from attempts import counting
from attempts.models import SignInCount
from oauth_client import pages
from providers.models import Provider
from tests.conftest import HOST
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
START = "/sign-in/github/"
OFFICE, HOME = {"REMOTE_ADDR": "198.51.100.1"}, {"REMOTE_ADDR": "198.51.100.2"}


LIMIT = pages.STARTS


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "STARTS", replace(pages.STARTS, limit=3))


@pytest.fixture(autouse=True)
def github(db: None) -> Provider:
    return add_provider("github", "github")


def starts(browser: Client, times: int, **origin: Any) -> list[int]:
    return [browser.post(START, **origin).status_code for _ in range(times)]


def test_the_limit_has_room_for_an_office_behind_one_address() -> None:
    assert (LIMIT.limit, LIMIT.window) == (300, 300)


def test_the_start_endpoint_is_rate_limited_by_address(client: Client) -> None:
    assert starts(client, 5, **OFFICE) == [303, 303, 303, 429, 429]
    assert starts(client, 1, **HOME) == [303]


def test_another_address_is_not_believed_from_just_anybody(client: Client) -> None:
    headers = [{"x-forwarded-for": f"203.0.113.{number}"} for number in range(5)]
    answers = [client.post(START, headers=each).status_code for each in headers]
    assert answers == [303, 303, 303, 429, 429]


def test_the_addresses_of_one_ipv6_network_are_one(client: Client) -> None:
    answers = [
        client.post(START, REMOTE_ADDR=f"2001:db8::{number}").status_code for number in range(1, 6)
    ]
    assert answers == [303, 303, 303, 429, 429]


def test_who_is_refused_may_try_again_later_and_still_gets_where_they_wanted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000_100.5)
    starts(client, 3)
    answer = client.post(START, {"next": "/account/sessions/"})
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 429
    assert answer["Retry-After"] == "100"
    assert answer["Cache-Control"] == "private, no-store"
    assert "Please wait up to 2 minutes" in page
    assert '<input type="hidden" name="next" value="/account/sessions/">' in page
    assert 'href="/sign-in/?next=%2Faccount%2Fsessions%2F"' in page

    monkeypatch.setattr("time.time", lambda: 1_000_000_200.5)
    assert starts(client, 1) == [303]


def test_the_page_leads_nowhere_else(client: Client) -> None:
    starts(client, 3)
    answer = client.post(START, {"next": "https://mallory.example/"})
    assert "mallory" not in answer.content.decode()
    assert "form-action" not in answer["Content-Security-Policy"]  # its button leads to a provider


def test_without_a_csrf_token_it_is_403_and_nothing_is_counted(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    assert starts(strict, 5) == [403] * 5
    assert starts(client, 1) == [303]


def test_a_start_that_is_refused_costs_no_query_and_is_counted(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    starts(client, 3)
    with django_assert_num_queries(0):
        assert starts(client, 2) == [429, 429]
    counting.write()
    rows = SignInCount.objects.filter(what=counting.REFUSED).values_list("provider", "number")
    assert list(rows) == [("", 2)]


def test_a_start_costs_no_query_more_and_one_call_of_the_cache(
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts(client, 1)
    for name in ("add", "get", "set", "delete", "touch"):
        monkeypatch.setattr(caches["starts"], name, None)
    with django_assert_num_queries(1):  # the provider's row
        assert starts(client, 1) == [303]


def test_the_log_names_the_address_of_a_flood_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    starts(client, 9, **OFFICE)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    lines = [record.getMessage() for record in warnings if record.name == pages.__name__]
    assert lines == ["too many sign-ins begun: address=198.51.100.1"]


def test_without_the_shared_cache_sign_ins_are_begun_and_limited(
    client: Client, settings: Settings
) -> None:
    redis = "django.core.cache.backends.redis.RedisCache"
    gone = {"BACKEND": redis, "LOCATION": "redis://127.0.0.1:1/0"}  # nothing listens there
    starts_are_counted_in = {"starts": settings.CACHES["starts"]}
    settings.CACHES = dict.fromkeys(settings.CACHES, gone) | starts_are_counted_in
    assert starts(client, 4) == [303, 303, 303, 429]


def test_a_flood_of_starts_pushes_out_nothing_that_must_be_remembered(settings: Settings) -> None:
    assert pages.STARTS.cache == "starts"
    assert settings.CACHES["starts"] != settings.CACHES["attempts"]
