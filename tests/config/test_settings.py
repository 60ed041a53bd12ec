import base64
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from redis import ConnectionPool

from config.env import SettingsError

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "config" / "settings.py"
CODE = compile(SETTINGS.read_text(), str(SETTINGS), "exec")
KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()
SECRET = secrets.token_urlsafe(38)
GOOD = {
    "BASE_URL": "https://id.example.com",
    "SECRET_KEY": SECRET,
    "ENCRYPTION_KEYS": KEY,
}


def load(monkeypatch: pytest.MonkeyPatch, **variables: str | None) -> dict[str, Any]:
    """Read the settings from an environment that differs from a good one by these."""
    changed = {name: value for name, value in (GOOD | variables).items() if value is not None}
    monkeypatch.setattr(os, "environ", changed)
    settings: dict[str, Any] = {"__file__": str(SETTINGS)}
    exec(CODE, settings)
    return settings


HERE = GOOD["BASE_URL"]
HOSTS = (
    "ALLOWED_HOSTS: must be a comma-separated list of host names without wildcards, such as "
    "id.example.com, without scheme and port"
)
ORIGIN = "BASE_URL: must be an origin such as https://id.example.com, without a path"
PROXIES = "TRUSTED_PROXIES: must be comma-separated networks of your proxies such as 10.0.0.0/8"
GUESSABLE = "ENCRYPTION_KEYS: must be comma-separated base64url of 32 random bytes each"
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
    "a host with a scheme": ({"ALLOWED_HOSTS": "https://id.example.com"}, HOSTS),
    "a host with a port": ({"ALLOWED_HOSTS": "id.example.com:8000"}, HOSTS),
    "hosts parted by blanks": ({"ALLOWED_HOSTS": "id.example.com app.example.com"}, HOSTS),
    "a host that is a placeholder": ({"ALLOWED_HOSTS": "id.example.com,<your host>"}, HOSTS),
    "a site at a longer address than a cookie carries": (
        {"BASE_URL": f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.example"},
        "BASE_URL: must have at most 150 characters",
    ),
    "a site at no address": ({"BASE_URL": "https://0.0.0.0"}, ORIGIN),
    "a site at no port": ({"BASE_URL": "https://id.example.com:0"}, ORIGIN),
    "a site with a query": ({"BASE_URL": "https://id.example.com?a=b"}, ORIGIN),
    "a site with a password": ({"BASE_URL": "https://user:pw@id.example.com"}, ORIGIN),
    "a site with an IDN": ({"BASE_URL": "https://b\u00fccher.example"}, ORIGIN),
    "a site with a broken host": ({"BASE_URL": "https://id..example.com"}, ORIGIN),
    "a site in two lines": (
        {"BASE_URL": "https://id.exam\nple.com"},
        "BASE_URL: must have no line breaks",
    ),
    "a redirect origin on http": (
        {"ALLOWED_REDIRECT_ORIGINS": "https://app.example.com,http://wiki.example.com"},
        "ALLOWED_REDIRECT_ORIGINS: must begin with https://, unless their host is loopback",
    ),
    "a redirect origin that is any": (
        {"ALLOWED_REDIRECT_ORIGINS": "*"},
        "ALLOWED_REDIRECT_ORIGINS: must be comma-separated origins such as",
    ),
    "a redirect origin with a path": (
        {"ALLOWED_REDIRECT_ORIGINS": "https://app.example.com/x"},
        "ALLOWED_REDIRECT_ORIGINS: must be comma-separated origins such as",
    ),
    "a proxy that is no network": (
        {"TRUSTED_PROXIES": "proxy"},
        "TRUSTED_PROXIES: must be comma-separated networks such as",
    ),
    "all the world as proxies": ({"TRUSTED_PROXIES": "0.0.0.0/0"}, PROXIES),
    "all the new world as proxies": ({"TRUSTED_PROXIES": "10.0.0.0/8,::/0"}, PROXIES),
    "half the world as proxies": ({"TRUSTED_PROXIES": "0.0.0.0/1,128.0.0.0/1"}, PROXIES),
    "an outgoing proxy that is no URL": (
        {"OUTGOING_PROXY": "proxy:3128"},
        "OUTGOING_PROXY: must be a URL such as",
    ),
    "no secret key": ({"SECRET_KEY": None}, "SECRET_KEY: must be set to at least 50 random"),
    "a short secret key": ({"SECRET_KEY": "x" * 49}, "SECRET_KEY: must be set to at least 50"),
    "a secret key of one letter": ({"SECRET_KEY": "x" * 64}, "SECRET_KEY: must be set to at l"),
    "a secret key that repeats": ({"SECRET_KEY": "changeme" * 8}, "SECRET_KEY: must be set to at"),
    "a secret key of an example": (
        {"SECRET_KEY": f"django-insecure-{SECRET}"},
        "SECRET_KEY: must be set to at least 50 random characters",
    ),
    "a secret key in two lines": (
        {"SECRET_KEY": f"{SECRET}\n{secrets.token_urlsafe(38)}"},
        "SECRET_KEY: must have no line breaks or control characters",
    ),
    "a fallback of one letter": (
        {"SECRET_KEY_FALLBACKS": "x" * 64},
        "SECRET_KEY_FALLBACKS: must be comma-separated keys of at least 50 random characters each",
    ),
    "an encryption key of zeros": ({"ENCRYPTION_KEYS": f"{KEY},{'A' * 43}"}, GUESSABLE),
    "an encryption key of one byte": ({"ENCRYPTION_KEYS": "_" * 42 + "8"}, GUESSABLE),
    "an encryption key that counts": (
        {"ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode()},
        GUESSABLE,
    ),
    "a metrics token of one letter": (
        {"METRICS_TOKEN": "a"},
        "METRICS_TOKEN: must be set to at least 16 random characters",
    ),
    "a metrics token that repeats": (
        {"METRICS_TOKEN": "abcd" * 8},
        "METRICS_TOKEN: must be set to at least 16 random characters",
    ),
    "a metrics token that no header carries": (
        {"METRICS_TOKEN": "\u00e4" + SECRET},
        "METRICS_TOKEN: must be random letters and digits",
    ),
    "a session that is idle for longer than it lives": (
        {"SESSION_LIFETIME": "3600", "SESSION_IDLE_LIFETIME": "3601"},
        "SESSION_IDLE_LIFETIME: must be at most SESSION_LIFETIME",
    ),
    "a JWT that outlives its session": (
        {"SESSION_LIFETIME": "3600", "SESSION_TOKEN_LIFETIME": "3601"},
        "SESSION_TOKEN_LIFETIME: must be at most SESSION_IDLE_LIFETIME",
    ),
    "more audiences than a cookie carries": (
        {"SESSION_AUDIENCE": ",".join(f"https://{n}.example" for n in range(2000))},
        "SESSION_AUDIENCE: must be a comma-separated list with BASE_URL in it",
    ),
    "more audiences beside ours than a cookie carries": (
        {"SESSION_AUDIENCE": ",".join([HERE, *(f"https://{n}.example" for n in range(30))])},
        "SESSION_AUDIENCE: must have at most 556 characters in all",
    ),
    "audiences parted by blanks": (
        {"SESSION_AUDIENCE": f"{HERE},https://app.example https://wiki.example"},
        "SESSION_AUDIENCE: must be a comma-separated list of URLs or names, without blanks",
    ),
    "an audience that is a placeholder": (
        {"SESSION_AUDIENCE": f"{HERE},changeme"},
        "SESSION_AUDIENCE: must be a value of your own",
    ),
    "a short fallback": (
        {"SECRET_KEY_FALLBACKS": f"{SECRET},{'x' * 49}"},
        "SECRET_KEY_FALLBACKS: must be comma-separated keys of at least 50 random characters each",
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
    "STRAIGHT_THROUGH maybe": (
        {"STRAIGHT_THROUGH": "maybe"},
        "STRAIGHT_THROUGH: must be true or false",
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
    "a database in memory, by a slash too few": (
        {"DATABASE_URL": "sqlite://db.sqlite3"},
        "DATABASE_URL: must be sqlite:/// and the path of a file",
    ),
    "a database with the password of an example": (
        {"DATABASE_URL": "postgres://signet:changeme@db/signet"},
        "DATABASE_URL: must be a value of your own, and not one from an example",
    ),
    "a cache without a host": ({"CACHE_URL": "redis://"}, "CACHE_URL: must be a URL such as redis"),
    "two caches": (
        {"CACHE_URL": "redis://one/0,redis://two/0"},
        "CACHE_URL: must be a URL such as redis",
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
    assert first == "Signet cannot start. Please correct these settings:"
    assert {line.partition(":")[0] for line in lines} == {"PORT", *SECRETS}
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_runs_with_good_settings(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"} | GOOD,
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


def test_nobody_elsewhere_reaches_the_server_unless_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load(monkeypatch)["BIND"] == "127.0.0.1:8000"
    assert load(monkeypatch, PORT="8123")["BIND"] == "127.0.0.1:8123"
    assert load(monkeypatch, BIND="unix:/run/signet.sock")["BIND"] == "unix:/run/signet.sock"


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
    assert set(settings["ALLOWED_HOSTS"]) == set(hosts)
    assert settings["CSRF_TRUSTED_ORIGINS"] == [settings["BASE_URL"]]


@pytest.mark.parametrize("host", ["app.example.com", "10.0.0.5", "2001:db8::1"])
def test_the_host_of_base_url_is_always_one(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert load(monkeypatch, ALLOWED_HOSTS=host)["ALLOWED_HOSTS"][0] == "id.example.com"


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


# Every setting, written as env files, shells and editors leave it

USUAL = {
    "BASE_URL": "https://id.example.com",
    "PORT": "8123",
    "BIND": "0.0.0.0:8123",
    "SECRET_KEY": SECRET,
    "SECRET_KEY_FALLBACKS": secrets.token_urlsafe(38),
    "ENCRYPTION_KEYS": KEY,
    "DATABASE_URL": "postgres://user:password@db/signet",
    "CACHE_URL": "redis://cache:6379/0",
    "ALLOWED_HOSTS": "id.example.com",
    "ALLOWED_REDIRECT_ORIGINS": "https://app.example.com",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "OUTGOING_PROXY": "http://proxy.example:3128",
    "SESSION_TOKEN_LIFETIME": "300",
    "SESSION_IDLE_LIFETIME": "86400",
    "SESSION_LIFETIME": "172800",
    "REFRESH_GRACE": "20",
    "REVOCATION_STALE_AFTER": "20",
    "SESSION_AUDIENCE": "https://id.example.com",
    "SESSION_CLAIMS": "name",
    "SIGNING_ALGORITHM": "EdDSA",
    "SIGNING_KEY_MAX_AGE": "86400",
    "SIGN_IN_ATTEMPT_RETENTION": "86400",
    "AUDIT_RETENTION": "86400",
    "MEMBERSHIP_MAX_AGE": "3600",
    "MEMBERSHIP_UNREACHABLE": "refuse",
    "ADMIN_PASSWORD_LOGIN": "false",
    "STRAIGHT_THROUGH": "true",
    "METRICS_TOKEN": secrets.token_urlsafe(24),
    "WEB_CONCURRENCY": "2",
    "WEB_THREADS": "8",
    "DEMO": "false",
    "DEBUG": "false",
}
LOOKS = {"blanks": "  {} ", "CRLF": "{}\r\n", "quotes": '"{}"', "both": "'{}'\r", "BOM": "\ufeff{}"}
UNLIKE = ["changeme", "<your value>", "...", "-1", "\u0664\u0662", "b\u00fccher", "a\nb", "9" * 400]


def values(settings: dict[str, Any]) -> dict[str, object]:
    """Return what all settings came to, but for functions and modules."""
    return {name: repr(value) for name, value in settings.items() if name.isupper()}


def test_every_setting_is_among_those_that_are_tried() -> None:
    source = SETTINGS.read_text()
    assert set(USUAL) == set(re.findall(r'env\.[a-z]+\(\s*"([A-Z_]+)"', source))


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_means_the_same_with(monkeypatch: pytest.MonkeyPatch, look: str) -> None:
    bare = values(load(monkeypatch, **USUAL))
    for name, value in USUAL.items():
        assert values(load(monkeypatch, **USUAL | {name: look.format(value)})) == bare, name


@pytest.mark.parametrize("value", UNLIKE, ids=lambda value: ascii(value)[:20])
def test_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for name in USUAL:
        with pytest.raises(SettingsError) as refused:
            load(monkeypatch, **USUAL | {name: value})
        lines = str(refused.value).splitlines()
        assert any(line.startswith(f"{name}: must") for line in lines), name
        assert value not in str(refused.value), name
        assert len({line.partition(":")[0] for line in lines}) == len(lines), name


@pytest.mark.parametrize("content", [b"", b" \r\n", b"\xef\xbb\xbf"], ids=repr)
def test_a_secret_file_with_nothing_in_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SettingsError, match="METRICS_TOKEN_FILE: .* not empty"):
        load(monkeypatch, METRICS_TOKEN_FILE=str(tmp_path / "token"))


def test_a_short_lifetime_of_all_sessions_shortens_what_is_not_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load(monkeypatch, SESSION_LIFETIME="300")
    assert settings["SESSION_IDLE_LIFETIME"] == settings["SESSION_TOKEN_LIFETIME"] == 300


def test_base_url_is_an_audience_in_whatever_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    audience = "https://ID.example.com/,reports,reports"
    settings = load(monkeypatch, SESSION_AUDIENCE=audience)
    assert settings["SESSION_AUDIENCE"] == ["https://id.example.com", "reports"]


def test_a_site_on_https_may_lead_to_this_machine_by_http(monkeypatch: pytest.MonkeyPatch) -> None:
    origins = "http://localhost:5173,http://[::1]:3000"
    settings = load(monkeypatch, ALLOWED_REDIRECT_ORIGINS=origins)
    assert settings["ALLOWED_REDIRECT_ORIGINS"] == origins.split(",")


@pytest.mark.parametrize(
    ("given", "base_url"),
    [
        ("https://ID.Example.com./", "https://id.example.com"),
        ("https://[2001:DB8:0::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://id.example.com:0443", "https://id.example.com"),
    ],
)
def test_base_url_is_spelled_as_browsers_do(
    monkeypatch: pytest.MonkeyPatch, given: str, base_url: str
) -> None:
    assert load(monkeypatch, BASE_URL=given)["BASE_URL"] == base_url
