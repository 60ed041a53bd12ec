from datetime import date, timedelta

import pytest

from providers.next_secret import expiring_secrets, expiry_of
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (30, "Expires in 30 days"),
        (1, "Expires in 1 day"),
        (0, "Expires today"),
        (-1, "Expired 1 day ago"),
        (-40, "Expired 40 days ago"),
    ],
    ids=str,
)
def test_warns_of_a_secret_that_expires(days: int, words: str) -> None:
    provider = add_provider("ms", secret_expires_on=TODAY + timedelta(days))
    (expiring,) = expiring_secrets(TODAY)
    assert (expiring.provider, expiring.words) == (provider, words)
    assert expiring.has_expired is (days < 0)
    assert expiry_of(provider, TODAY) == expiring


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (1, "The client secret expires in 1 day."),
        (0, "The client secret expires today."),
        (-2, "The client secret expired 2 days ago."),
    ],
    ids=str,
)
def test_says_it_in_a_sentence(days: int, sentence: str) -> None:
    add_provider("ms", secret_expires_on=TODAY + timedelta(days))
    (expiring,) = expiring_secrets(TODAY)
    assert expiring.sentence == sentence


@pytest.mark.parametrize("last_day", [None, TODAY + timedelta(31)], ids=["unknown", "later"])
def test_warns_of_no_secret_that_lasts(last_day: date | None) -> None:
    provider = add_provider("ms", secret_expires_on=last_day)
    assert expiring_secrets(TODAY) == []
    assert expiry_of(provider, TODAY) is None


def test_the_most_urgent_comes_first() -> None:
    for slug, days in {"b": 5, "c": -3, "a": 5}.items():
        add_provider(slug, secret_expires_on=TODAY + timedelta(days))
    assert [each.provider.slug for each in expiring_secrets(TODAY)] == ["c", "a", "b"]
