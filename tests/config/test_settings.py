import base64
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from redis import ConnectionPool

from config.env import SettingsError

ROOT = Path(__file__).parents[2]
KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()
SECRET = "0123456789" * 5
GOOD = {
    "BASE_URL": "https://id.example.com",
    "SECRET_KEY": SECRET,
    "ENCRYPTION_KEYS": KEY,
}


def load(monkeypatch: pytest.MonkeyPatch, **variables: str | None) -> dict[str, Any]:
    """Read the settings from an environment that differs from a good one by these."""
    changed = {name: value for name, value in (GOOD | variables).items() if value is not None}
    monkeypatch.setattr(os, "environ", changed)
    return runpy.run_path(str(ROOT / "config" / "settings.py"))


REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "DEBUG in production": (
        {"DEBUG": "true"},
        "DEBUG: may be true only while the host of BASE_URL is loopback",
    ),
    "DEMO in production": (
        {"DEMO": "true"},
        "DEMO: may be true only while the host of BASE_URL is loopback",
    ),
    "DEBUG maybe": ({"DEBUG": "1"}, "DEBUG: must be true or false"),
    "a port out of range": ({"PORT": "65536"}, "PORT: must be a whole number from 1 to 65535"),
    "a site on http": (
        {"BASE_URL": "http://id.example.com"},
        "BASE_URL: must begin with https://, unless its host is loopback",
    ),
    "a site with a path": (
        {"BASE_URL": "https://id.example.com/sso"},
        "BASE_URL: must be an origin such as https://id.example.com, without a path",
    ),
    "any host": (
        {"ALLOWED_HOSTS": "*"},
        "ALLOWED_HOSTS: must be a comma-separated list of host names without wildcards",
    ),
    "a wildcard host": (
        {"ALLOWED_HOSTS": "id.example.com,*.example.com"},
        "ALLOWED_HOSTS: must be a comma-separated list of host names without wildcards",
    ),
    "a domain as host": (
        {"ALLOWED_HOSTS": ".example.com"},
        "ALLOWED_HOSTS: must be a comma-separated list of host names without wildcards",
    ),
    "a redirect origin with a path": (
        {"ALLOWED_REDIRECT_ORIGINS": "https://app.example.com/x"},
        "ALLOWED_REDIRECT_ORIGINS: must be comma-separated origins such as",
    ),
    "a proxy that is no network": (
        {"TRUSTED_PROXIES": "proxy"},
        "TRUSTED_PROXIES: must be comma-separated networks such as",
    ),
    "an outgoing proxy that is no URL": (
        {"OUTGOING_PROXY": "proxy:3128"},
        "OUTGOING_PROXY: must be a URL such as",
    ),
    "no secret key": ({"SECRET_KEY": None}, "SECRET_KEY: must be set to at least 50 random"),
    "a short secret key": ({"SECRET_KEY": "x" * 49}, "SECRET_KEY: must be set to at least 50"),
    "a short fallback": (
        {"SECRET_KEY_FALLBACKS": f"{SECRET},{'x' * 49}"},
        "SECRET_KEY_FALLBACKS: must be comma-separated, at least 50 characters in each key",
    ),
    "no encryption keys": ({"ENCRYPTION_KEYS": None}, "ENCRYPTION_KEYS: must be set: comma-sep"),
    "a short encryption key": (
        {"ENCRYPTION_KEYS": "c2hvcnQ="},
        "ENCRYPTION_KEYS: must be comma-separated base64url of 32 bytes each",
    ),
    "a lifetime too short": (
        {"SESSION_TOKEN_LIFETIME": "59"},
        "SESSION_TOKEN_LIFETIME: must be a whole number of seconds from 60 to 86400",
    ),
    "an audience without us": (
        {"SESSION_AUDIENCE": "https://app.example.com"},
        "SESSION_AUDIENCE: must be a comma-separated list with BASE_URL in it",
    ),
    "an unknown claim": (
        {"SESSION_CLAIMS": "name,phone"},
        "SESSION_CLAIMS: must be a comma-separated list out of email, email_verified, name, pict",
    ),
    "no signature": (
        {"SIGNING_ALGORITHM": "none"},
        "SIGNING_ALGORITHM: must be ES256, EdDSA, RS256 or HS256",
    ),
    "a new key every minute": (
        {"SIGNING_KEY_MAX_AGE": "60"},
        "SIGNING_KEY_MAX_AGE: must be a whole number of seconds from 3600 to 63072000",
    ),
    "ADMIN_PASSWORD_LOGIN no": (
        {"ADMIN_PASSWORD_LOGIN": "no"},
        "ADMIN_PASSWORD_LOGIN: must be true or false",
    ),
    "no process": (
        {"WEB_CONCURRENCY": "0"},
        "WEB_CONCURRENCY: must be a whole number of processes from 1 to 64",
    ),
    "too many threads": (
        {"WEB_THREADS": "257"},
        "WEB_THREADS: must be a whole number of threads from 1 to 256",
    ),
    "an in-process cache for two processes": (
        {"WEB_CONCURRENCY": "2"},
        "CACHE_URL: must be a redis:// URL while WEB_CONCURRENCY is over 1",
    ),
    "a cache in memcached": (
        {"CACHE_URL": "memcached://localhost"},
        "CACHE_URL: must be locmem:// or begin with redis://, rediss:// or unix://",
    ),
    "a database in MySQL": (
        {"DATABASE_URL": "mysql://localhost/signet"},
        "DATABASE_URL: must begin with sqlite:/// or postgres://",
    ),
    "a database of an unknown kind": (
        {"DATABASE_URL": "paper://localhost/signet"},
        "DATABASE_URL: must be a URL such as postgres://user:password@host/name",
    ),
    "a database port that is no number": (
        {"DATABASE_URL": "postgres://localhost:port/signet"},
        "DATABASE_URL: must be a URL such as postgres://user:password@host/name",
    ),
    "a file that is not there": (
        {"SECRET_KEY": None, "SECRET_KEY_FILE": "/nowhere"},
        "SECRET_KEY_FILE: must be the path of a readable text file",
    ),
    "a secret from two places": (
        {"SECRET_KEY_FILE": "/nowhere"},
        "SECRET_KEY: set either SECRET_KEY or SECRET_KEY_FILE, not both",
    ),
}


@pytest.mark.parametrize(("variables", "words"), REFUSED.values(), ids=REFUSED)
def test_does_not_start_with(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str | None], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, **variables)
    assert any(line.startswith(words) for line in str(refused.value).splitlines())


SECRETS = {
    "SECRET_KEY": "hunter2-key",
    "SECRET_KEY_FALLBACKS": "hunter2-fallback",
    "ENCRYPTION_KEYS": "hunter2-encryption",
    "DATABASE_URL": "mysql://root:hunter2@db/signet",
    "CACHE_URL": "memcached://:hunter2@cache",
    "OUTGOING_PROXY": "user:hunter2@proxy",
}


@pytest.mark.parametrize("command", [["check"], ["admin", "grant", "a@example.com"], ["migrate"]])
def test_a_command_names_every_bad_setting_and_shows_no_secret(command: list[str]) -> None:
    variables = {"PATH": os.environ["PATH"], "PORT": "0"} | SECRETS
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    first, *lines = done.stderr.splitlines()
    assert first == "Signet cannot start. Please mend these settings:"
    assert {line.partition(":")[0] for line in lines} == {"PORT", *SECRETS}
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_runs_with_good_settings() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": "sqlite://:memory:"} | GOOD,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


# What good settings mean


def test_in_production_cookies_are_pinned_and_secure(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert settings["COOKIE_PREFIX"] == "__Host-"
    assert settings["CSRF_COOKIE_NAME"] == "__Host-csrf"
    assert settings["SESSION_COOKIE_NAME"] == "__Host-scratch"
    for cookie in ("SESSION", "CSRF"):
        assert settings[f"{cookie}_COOKIE_SECURE"]
        assert settings[f"{cookie}_COOKIE_SAMESITE"] == "Lax"
    assert settings["CSRF_COOKIE_HTTPONLY"]


def test_in_production_browsers_are_told_to_stay_on_https(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch)["SECURE_HSTS_SECONDS"] == 31_536_000


def test_on_loopback_cookies_have_plain_names(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, BASE_URL=None, PORT="8123")
    assert settings["BASE_URL"] == "http://localhost:8123"
    assert settings["CSRF_COOKIE_NAME"] == "csrf"
    assert not settings["SESSION_COOKIE_SECURE"]
    assert settings["SECURE_HSTS_SECONDS"] == 0


@pytest.mark.parametrize(
    ("base_url", "hosts"),
    [
        ("https://id.example.com", ["id.example.com"]),
        ("https://id.example.com:8443/", ["id.example.com"]),
        ("https://[2001:db8::1]:8443", ["[2001:db8::1]"]),
        ("http://localhost:8000", ["localhost", "localhost", "127.0.0.1", "[::1]"]),
        ("http://[::1]", ["[::1]", "localhost", "127.0.0.1", "[::1]"]),
    ],
)
def test_the_host_is_that_of_base_url(
    monkeypatch: pytest.MonkeyPatch, base_url: str, hosts: list[str]
) -> None:
    settings = load(monkeypatch, BASE_URL=base_url)
    assert settings["ALLOWED_HOSTS"] == hosts
    assert settings["CSRF_TRUSTED_ORIGINS"] == [settings["BASE_URL"]]


def test_other_hosts_may_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, ALLOWED_HOSTS="id.example.com, 10.0.0.5")
    assert settings["ALLOWED_HOSTS"] == ["id.example.com", "10.0.0.5"]


def test_the_audience_is_this_site_and_who_else_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    audience = "https://id.example.com,https://app.example.com"
    assert load(monkeypatch)["SESSION_AUDIENCE"] == ["https://id.example.com"]
    assert load(monkeypatch, SESSION_AUDIENCE=audience)["SESSION_AUDIENCE"] == audience.split(",")


def test_debug_on_loopback_needs_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, DEBUG="true", BASE_URL=None, SECRET_KEY=None, ENCRYPTION_KEYS=None)
    assert len(settings["SECRET_KEY"]) >= 50
    assert [len(key) for key in settings["ENCRYPTION_KEYS"]] == [32]


def test_debug_uses_the_secrets_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, DEBUG="true", BASE_URL=None)
    assert settings["SECRET_KEY"] == SECRET
    assert settings["ENCRYPTION_KEYS"] == [base64.urlsafe_b64decode(KEY)]


def test_secrets_may_lie_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (("key", SECRET), ("keys", KEY), ("db", "postgres://u:p@db/signet")):
        (tmp_path / name).write_text(f"{value}\n")
    settings = load(
        monkeypatch,
        SECRET_KEY=None,
        SECRET_KEY_FILE=str(tmp_path / "key"),
        ENCRYPTION_KEYS=None,
        ENCRYPTION_KEYS_FILE=str(tmp_path / "keys"),
        DATABASE_URL_FILE=str(tmp_path / "db"),
    )
    assert settings["SECRET_KEY"] == SECRET
    assert settings["DATABASES"]["default"]["HOST"] == "db"


def test_sqlite_queues_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    options = load(monkeypatch)["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_has_no_options_of_sqlite(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    settings = load(monkeypatch, DATABASE_URL=f"{scheme}://user:password@db/signet")
    assert settings["DATABASES"]["default"]["ENGINE"] == "config.postgresql"
    assert settings["DATABASES"]["default"]["CONN_MAX_AGE"] == 0
    assert not settings["DATABASES"]["default"].get("OPTIONS")


@pytest.mark.parametrize("url", ["redis://cache/0", "rediss://cache/0", "unix:///run/redis.sock"])
def test_several_processes_share_a_cache_in_redis(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    settings = load(monkeypatch, CACHE_URL=url, WEB_CONCURRENCY="4")
    caches = [cache for name, cache in settings["CACHES"].items() if name != "starts"]
    assert {cache["LOCATION"] for cache in caches} == {url}
    assert len({cache["KEY_PREFIX"] for cache in caches}) == len(caches)


@pytest.mark.parametrize("url", ["redis://cache/0", "rediss://cache/0", "unix:///run/redis.sock"])
@pytest.mark.parametrize(("asked", "seconds"), [("", 2), ("?socket_timeout=1", 1)])
def test_a_redis_that_hangs_is_waited_for_two_seconds_unless_its_url_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, url: str, asked: str, seconds: int
) -> None:
    options = load(monkeypatch, CACHE_URL=url + asked)["CACHES"]["default"]["OPTIONS"]
    connection: Any = ConnectionPool.from_url(url + asked, **options).make_connection()
    assert (connection.socket_connect_timeout, connection.socket_timeout) == (2, seconds)
    assert connection.retry.get_retries() == 0


def test_starts_are_counted_in_each_process_whatever_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load(monkeypatch, CACHE_URL="redis://cache/0", WEB_CONCURRENCY="4")
    assert settings["CACHES"]["starts"]["BACKEND"].endswith("LocMemCache")


def test_every_provider_package_that_speaks_oauth_2_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apps = load(monkeypatch)["INSTALLED_APPS"]
    providers = [app for app in apps if app.startswith("allauth.socialaccount.providers.")]
    assert "allauth.socialaccount.providers.github" in providers
    assert "allauth.socialaccount.providers.twitter" not in providers  # OAuth 1.0a
    assert len(providers) > 100
