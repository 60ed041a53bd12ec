from contextlib import ExitStack

from pytest_django import Settings

from dashboard.remembered import remembered
from tests.sessions.outage import cache_gone


def test_computes_a_value_once() -> None:
    computed = [1, 2]
    assert remembered("a", 60, lambda: computed.pop(0)) == 1
    assert remembered("a", 60, lambda: computed.pop(0)) == 1


def test_a_cache_that_does_not_answer_costs_no_more_than_the_work(settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert remembered("a", 60, lambda: 1) == 1
    assert remembered("a", 60, lambda: 2) == 2


def test_a_cache_that_goes_during_the_work_costs_nothing_either() -> None:
    with ExitStack() as outage:
        assert remembered("a", 60, lambda: outage.enter_context(cache_gone()) or 3) == 3
