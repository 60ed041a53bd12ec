from dataclasses import replace

import pytest
from django.core.cache import caches
from django.http import HttpRequest
from django.test import RequestFactory

from web.addresses import AddressLimit

LIMIT = AddressLimit("test", limit=3, window=60)


def request_from(address: str = "198.51.100.1") -> HttpRequest:
    return RequestFactory(REMOTE_ADDR=address).post("/")


def use_up(address: str = "198.51.100.1") -> None:
    assert [LIMIT.count(request_from(address)) for _ in range(5)] == [True] * 3 + [False] * 2


def test_what_is_forgotten_is_counted_anew() -> None:
    use_up()
    LIMIT.forget(request_from())
    use_up()


@pytest.mark.parametrize("other", ["198.51.100.2", "2001:db8::1", "not an address"])
def test_another_address_has_a_count_of_its_own(other: str) -> None:
    use_up()
    assert LIMIT.count(request_from(other))


def test_another_purpose_has_a_count_of_its_own() -> None:
    use_up()
    assert replace(LIMIT, purpose="another").count(request_from())


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    use_up("2001:db8::1")
    assert not LIMIT.count(request_from("2001:db8::2:3"))
    assert LIMIT.count(request_from("2001:db8:0:1::1"))


def test_the_addresses_of_ipv4_are_many_also_where_a_proxy_writes_them_as_ipv6() -> None:
    """Else anybody behind such a proxy could use up what everybody has."""
    use_up("::ffff:198.51.100.1")
    assert not LIMIT.count(request_from("198.51.100.1"))
    assert LIMIT.count(request_from("::ffff:198.51.100.2"))


@pytest.mark.parametrize(("made", "number"), [(4, 5), (None, 1)], ids=["stays", "is gone again"])
def test_an_entry_that_another_process_makes_meanwhile_counts_while_it_is_there(
    monkeypatch: pytest.MonkeyPatch, made: int | None, number: int
) -> None:
    cache = caches["attempts"]

    def too_late(key: str, *_: object) -> bool:
        if made:
            cache.set(key, made)
        return False

    monkeypatch.setattr(cache, "add", too_late)
    assert LIMIT.number(request_from()) == number


def test_the_next_window_has_a_count_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 119.9)
    use_up()
    assert LIMIT.seconds_left() == 1
    monkeypatch.setattr("time.time", lambda: 120.0)
    use_up()
    assert LIMIT.seconds_left() == 60


def test_all_but_the_first_cost_one_call_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    LIMIT.number(request_from())
    for name in ("add", "set", "get", "delete", "touch"):
        monkeypatch.setattr(caches["attempts"], name, None)
    assert LIMIT.number(request_from()) == 2
