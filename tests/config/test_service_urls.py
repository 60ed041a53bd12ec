from collections.abc import Callable
from typing import Any

import pytest

from config import service_urls


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///db.sqlite3", "db.sqlite3"),
        ("SQLite:////var/lib/signet/db.sqlite3", "/var/lib/signet/db.sqlite3"),
        ("sqlite:///a%20b.sqlite3", "a b.sqlite3"),
    ],
)
def test_a_database_is_a_file(url: str, name: str) -> None:
    assert service_urls.database(url) == {"ENGINE": "django.db.backends.sqlite3", "NAME": name}


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("postgres://user:password@db/signet", "db", "signet"),
        ("postgresql://db/signet/", "db", "signet"),
        ("postgres:///signet", "", "signet"),
        ("postgres://user@%2Frun%2Fpostgresql/signet", "/run/postgresql", "signet"),
        ("postgres:///?service=signet", "", ""),
        ("postgres://db/signet?connect_timeout=5&assume_role=app", "db", "signet"),
    ],
)
def test_a_database_is_a_postgresql(url: str, host: str, name: str) -> None:
    database = service_urls.database(url)
    assert (database["HOST"], database["NAME"]) == (host, name)


NO_DATABASES = {
    "sqlite://db.sqlite3": service_urls.SQLITE,  # dj_database_url keeps it all in memory
    "sqlite://data/db.sqlite3": service_urls.SQLITE,
    "sqlite://": service_urls.SQLITE,
    "sqlite:///": service_urls.SQLITE,
    "sqlite:db.sqlite3": service_urls.SQLITE,
    "sqlite://:memory:": service_urls.SQLITE,
    "sqlite:///:memory:": service_urls.SQLITE,
    "sqlite:////var/lib/signet/": service_urls.SQLITE,
    "sqlite:///db.sqlite3?timeout=5": service_urls.SQLITE,
    "/var/lib/signet/db.sqlite3": service_urls.POSTGRES,
    "postgres://": service_urls.POSTGRES,
    "postgres://user:password@db": service_urls.POSTGRES,
    "postgres://user:password@db/a/b": service_urls.POSTGRES,
    "postgres://user:12#34@db/signet": service_urls.POSTGRES,
    "postgres://user:<password>@db/signet": service_urls.POSTGRES,
    "postgres://db/signet#1": service_urls.POSTGRES,
    "postgres://db:0/signet": service_urls.POSTGRES,
    "postgres://db:99999/signet": service_urls.POSTGRES,
    "postgres://db/sig net": service_urls.POSTGRES,
    '"postgres://db/signet': service_urls.POSTGRES,
    "postgres://d\u00e4/signet": service_urls.POSTGRES,
    "postgres://db/signet?pancakes=yes": f"{service_urls.POSTGRES}, with parameters that",
    "postgres://db/signet?connect_timeout=soon": f"{service_urls.POSTGRES}, with parameters that",
    "postgres://db/signet?isolation_level=9": f"{service_urls.POSTGRES}, with parameters that",
    "postgres://db/signet?isolation_level=full": f"{service_urls.POSTGRES}, with parameters that",
    "postgres://db/signet?pool=true": f"{service_urls.POSTGRES}, with parameters that",
    "postgis://db/signet": service_urls.DATABASE,
    "mysql://db/signet": service_urls.DATABASE,
    "http://db/signet": service_urls.POSTGRES,
}
NO_CACHES = {
    "redis://": service_urls.REDIS,
    "redis:///0": service_urls.REDIS,
    "redis://:password@/0": service_urls.REDIS,
    "redis://cache/zero": service_urls.REDIS,
    "redis://cache/1/2": service_urls.REDIS,
    "redis://cache/-1": service_urls.REDIS,
    "redis://cache:port/0": service_urls.REDIS,
    "redis://cache:0/0": service_urls.REDIS,
    "redis://cache:99999/0": service_urls.REDIS,
    "redis://[::1/0": service_urls.REDIS,
    "redis://one/0,redis://two/0": service_urls.REDIS,
    "redis://one/0;two": service_urls.REDIS,
    "redis://:12#34@cache/0": service_urls.REDIS,
    "redis://:<password>@cache/0": service_urls.REDIS,
    "redis://cache/0?pancakes=yes": f"{service_urls.REDIS}, with parameters that",
    "redis://cache/0?socket_timeout=soon": f"{service_urls.REDIS}, with parameters that",
    "redis://cache/0?protocol=9": f"{service_urls.REDIS}, with parameters that",
    "unix://": service_urls.REDIS,
    "unix://run/redis.sock": service_urls.REDIS,  # redis-py takes "run" for nothing
    "locmem": service_urls.CACHE,
    "locmem:///": service_urls.CACHE,
    "memcached://cache": service_urls.CACHE,
    "http://cache:6379": service_urls.CACHE,
    "cache:6379": service_urls.CACHE,
}
NO_PROXIES = [
    "proxy:3128",
    "proxy.example",
    "socks5://proxy.example:1080",
    "http://",
    "http://:3128",
    "http://proxy.example:port",
    "http://proxy.example:0",
    "http://proxy.example:99999",
    "http://proxy.example:3128/path",
    "http://proxy.example:3128?a=b",
    "http://proxy example:3128",
    "http://<proxy>:3128",
    "http://[::1:3128",
]


@pytest.mark.parametrize(
    ("read", "url", "words"),
    [
        *((service_urls.database, url, words) for url, words in NO_DATABASES.items()),
        *((service_urls.cache, url, words) for url, words in NO_CACHES.items()),
        *((service_urls.outgoing_proxy, url, service_urls.PROXY) for url in NO_PROXIES),
    ],
    ids=lambda value: ascii(value)[:60] if isinstance(value, str) else value.__name__,
)
def test_refuses_a_url_that_means_something_else_than_it_says(
    read: Callable[[str], Any], url: str, words: str
) -> None:
    with pytest.raises(ValueError, match="^must") as refused:
        read(url)
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize(
    "url",
    [
        "locmem://",
        "redis://cache",
        "redis://cache:6379/0",
        "redis://user:p%2Cw@cache:6379/15/",
        "rediss://[::1]:6379?db=2",
        "unix:///run/redis.sock?db=1",
        "unix://user:password@/run/redis.sock",
    ],
)
def test_reads_the_url_of_a_cache(url: str) -> None:
    assert service_urls.cache(url) == url


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("HTTPS://proxy.example/", "https://proxy.example"),
        ("http://user:p%40w@[::1]:3128", "http://user:p%40w@[::1]:3128"),
    ],
)
def test_reads_the_url_of_a_proxy(url: str, proxy: str) -> None:
    assert service_urls.outgoing_proxy(url) == proxy
