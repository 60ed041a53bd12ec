from pytest_django import Settings

from dashboard.remembered import remembered


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
