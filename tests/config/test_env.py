import base64
import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import service_urls
from config.env import Environment, SettingsError
from config.hosts import canonical_origin, is_loopback

KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()


def problem(read: Callable[[Environment], object], **variables: str) -> str:
    """Return what is said of the variables when they are read like that."""
    env = Environment(variables)
    read(env)
    with pytest.raises(SettingsError) as refused:
        env.check()
    return str(refused.value)


def test_nothing_is_said_of_good_settings() -> None:
    env = Environment({"DEBUG": "true"})
    env.flag("DEBUG", default=False)
    env.check()


def test_all_problems_are_named_at_once() -> None:
    env = Environment({"DEBUG": "maybe", "PORT": "high"})
    env.flag("DEBUG", default=False)
    env.whole("PORT", 8000, low=1, high=65535)
    with pytest.raises(SettingsError, match="DEBUG: .*\nPORT: "):
        env.check()


@pytest.mark.parametrize("value", ["", "  ", None], ids=repr)
def test_an_empty_setting_is_an_absent_one(value: str | None) -> None:
    env = Environment({} if value is None else {"NAME": value})
    assert env.text("NAME", "the default") == "the default"


# Secrets


def test_a_secret_comes_from_the_environment() -> None:
    assert Environment({"SECRET_KEY": " value "}).secret("SECRET_KEY") == "value"


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("  value\n")
    assert Environment({"SECRET_KEY_FILE": str(file)}).secret("SECRET_KEY") == "value"


def test_several_secrets_come_from_one_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("one,\ntwo,\n")
    assert Environment({"KEYS_FILE": str(file)}).secrets("KEYS") == ["one", "two"]


def test_a_secret_from_two_places_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("one")
    variables = {"KEY": "two", "KEY_FILE": str(tmp_path / "secret")}
    text = problem(lambda env: env.secret("KEY"), **variables)
    assert text == "KEY: set either KEY or KEY_FILE, not both"


@pytest.mark.parametrize(
    "content", [None, b"\xff\xfe", b"x" * 70_000], ids=["absent", "not UTF-8", "too long"]
)
def test_a_file_is_refused_that_is(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if content:
        file.write_bytes(content)
    text = problem(lambda env: env.secret("KEY"), KEY_FILE=str(file))
    assert text == "KEY_FILE: must be the path of a readable text file"


def test_a_folder_is_named_by_its_absolute_path(tmp_path: Path) -> None:
    env = Environment({"TEMPLATES_DIR": str(tmp_path)})
    assert env.folders("TEMPLATES_DIR") == [tmp_path]
    assert env.folders("NOTHING") == []
    env.check()


@pytest.mark.parametrize("value", ["/no/such/folder", "templates", "{}/file"])
def test_anything_else_is_no_folder(tmp_path: Path, value: str) -> None:
    (tmp_path / "file").touch()
    said = problem(lambda env: env.folders("DIR"), DIR=value.format(tmp_path))
    assert said == "DIR: must be the absolute path of a folder"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    text = problem(lambda env: env.secret("KEY"), KEY_FILE=str(tmp_path))
    assert text == "KEY_FILE: must be the path of a readable text file"


def read_in_every_shape(value: str) -> None:
    env = Environment({"NAME": value})
    for read in (env.secrets, env.hosts, env.networks, env.keys):
        read("NAME")
    env.origin("NAME", "https://id.example.com")
    env.origins("NAME", is_https=True)
    env.audiences("NAME", "https://id.example.com", room=100)
    env.bearer("NAME", shortest=20)
    env.whole("NAME", 1, low=1, high=9)
    for read_url in (service_urls.database, service_urls.cache, service_urls.outgoing_proxy):
        env.url("NAME", None, read_url)


@hypothesis.settings(deadline=None, max_examples=100)
@given(value=st.text(max_size=80))
def test_every_shape_reads_or_refuses_whatever_it_is_given(value: str) -> None:
    read_in_every_shape(value)


@hypothesis.settings(deadline=None, max_examples=100)
@given(
    scheme=st.sampled_from(["https", "redis", "postgres", "unix", "sqlite"]),
    rest=st.text("01aex.:[]%-@/?#=&\u0660", max_size=30),
)
def test_every_shape_reads_or_refuses_whatever_follows_a_scheme(scheme: str, rest: str) -> None:
    read_in_every_shape(f"{scheme}://{rest}")


@pytest.mark.parametrize(
    "value",
    [
        "short",
        base64.urlsafe_b64encode(bytes(31)).decode(),
        base64.urlsafe_b64encode(bytes(33)).decode(),
        "*" + KEY,
        KEY[:20] + "!" + KEY[20:],
        KEY + KEY,
        f"{KEY},short",
        "\u00e4" * 43,
    ],
    ids=[
        "short",
        "31 bytes",
        "33 bytes",
        "a sign before",
        "a sign inside",
        "twice",
        "two",
        "umlauts",
    ],
)
def test_refuses_keys(value: str) -> None:
    text = problem(lambda env: env.keys("KEYS"), KEYS=value)
    assert text == "KEYS: must be comma-separated base64url of 32 bytes each"


@pytest.mark.parametrize("value", [KEY, KEY.rstrip("="), f" {KEY} , {KEY} ,"], ids=len)
def test_reads_keys(value: str) -> None:
    env = Environment({"KEYS": value})
    assert {base64.urlsafe_b64encode(key).decode() for key in env.keys("KEYS")} == {KEY}
    env.check()


# Words, numbers and lists


@pytest.mark.parametrize(("value", "flag"), [("true", True), ("False", False), ("TRUE", True)])
def test_reads_a_flag(value: str, *, flag: bool) -> None:
    assert Environment({"DEBUG": value}).flag("DEBUG", default=not flag) is flag


@pytest.mark.parametrize("value", ["1", "yes", "on", "t", "truefalse"])
def test_refuses_a_flag(value: str) -> None:
    text = problem(lambda env: env.flag("DEBUG", default=False), DEBUG=value)
    assert text == "DEBUG: must be true or false"


@pytest.mark.parametrize(
    ("allowed", "words"),
    [(("ES256",), "ES256"), (("ES256", "EdDSA", "RS256"), "ES256, EdDSA or RS256")],
    ids=["one", "several"],
)
def test_refuses_a_choice(allowed: tuple[str, ...], words: str) -> None:
    text = problem(lambda env: env.choice("ALGORITHM", "ES256", allowed), ALGORITHM="none")
    assert text == f"ALGORITHM: must be {words}"


def test_reads_a_subset() -> None:
    assert Environment({"CLAIMS": "b, a"}).subset("CLAIMS", ("a", "b", "c")) == ["b", "a"]
    assert Environment({}).subset("CLAIMS", ("a", "b")) == ["a", "b"]


def test_refuses_a_subset() -> None:
    text = problem(lambda env: env.subset("CLAIMS", ("a", "b")), CLAIMS="a,c")
    assert text == "CLAIMS: must be a comma-separated list out of a, b"


@pytest.mark.parametrize("value", ["60", " 600 ", "86400", "000000000600"])
def test_reads_seconds(value: str) -> None:
    env = Environment({"LIFETIME": value})
    assert env.seconds("LIFETIME", 1, low=60, high=86400) == int(value)
    env.check()


@pytest.mark.parametrize(
    "value",
    [
        "59",
        "86401",
        "-60",
        "+60",
        "60.0",
        "6e2",
        "1_000",
        "ten",
        "\u0666\u0660",
        "9" * 5000,
        "60\n0",
    ],
    ids=lambda value: repr(value)[:20],
)
def test_refuses_seconds(value: str) -> None:
    text = problem(lambda env: env.seconds("LIFETIME", 1, low=60, high=86400), LIFETIME=value)
    assert text == "LIFETIME: must be a whole number of seconds from 60 to 86400"


def test_reads_networks() -> None:
    networks = Environment({"PROXIES": "10.0.0.0/8, fd00::/8,192.0.2.1"}).networks("PROXIES")
    assert [str(network) for network in networks] == ["10.0.0.0/8", "fd00::/8", "192.0.2.1/32"]


@pytest.mark.parametrize("value", ["10.0.0.1/8", "10.0.0.0/33", "proxy", "10.0.0.0/8;fd00::/8"])
def test_refuses_networks(value: str) -> None:
    text = problem(lambda env: env.networks("PROXIES"), PROXIES=value)
    assert text == "PROXIES: must be comma-separated networks such as 10.0.0.0/8, fd00::/8"


# Origins


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("https://id.example.com", "https://id.example.com"),
        ("https://id.example.com/", "https://id.example.com"),
        ("HTTPS://ID.Example.COM", "https://id.example.com"),
        ("https://id.example.com:443", "https://id.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("https://id.example.com:8443", "https://id.example.com:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_has_one_spelling(value: str, origin: str) -> None:
    assert canonical_origin(value) == origin


NO_ORIGINS = [
    "",
    "id.example.com",
    "//id.example.com",
    "https://",
    "https:id.example.com",
    "ftp://id.example.com",
    "javascript://id.example.com",
    "https://id.example.com/path",
    "https://id.example.com//",
    "https://id.example.com?query",
    "https://id.example.com#fragment",
    "https://user@id.example.com",
    "https://@id.example.com",
    "https://id.example.com:port",
    "https://id.example.com:99999",
    "https://[::1",
    "https://[fe80::1%25eth0]",
    "https://id example.com",
    "https://*.example.com",
    "https://id_1.example.com",
    "https://id.ex\u00e4mple.com",
    "https://id.example.com\\@mallory.example",
]


@pytest.mark.parametrize("value", NO_ORIGINS, ids=repr)
def test_is_no_origin(value: str) -> None:
    assert canonical_origin(value) is None


@pytest.mark.parametrize("value", [value for value in NO_ORIGINS if value], ids=repr)
def test_refuses_an_origin(value: str) -> None:
    text = problem(lambda env: env.origin("BASE_URL", "http://localhost"), BASE_URL=value)
    assert text.startswith("BASE_URL: must be an origin such as https://id.example.com")


def test_an_origin_may_have_a_default() -> None:
    assert Environment({}).origin("BASE_URL", "http://localhost:80") == "http://localhost"


def test_reads_origins() -> None:
    value = "https://one.example/ , https://two.example:8443"
    origins = Environment({"ORIGINS": value}).origins("ORIGINS", is_https=True)
    assert origins == ["https://one.example", "https://two.example:8443"]


def test_refuses_origins_of_which_one_is_none() -> None:
    value = "https://one.example,https://two.example/path"
    text = problem(lambda env: env.origins("ORIGINS", is_https=True), ORIGINS=value)
    assert text == "ORIGINS: must be comma-separated origins such as https://app.example.com"


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_never_leaves_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example", "10.0.0.1", "0.0.0.0", "::", "2001:db8::1"]
)
def test_leaves_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_a_number_is_judged_whole_and_not_by_its_beginning() -> None:
    value = "000000000600123456"
    text = problem(lambda env: env.seconds("LIFETIME", 1, low=60, high=86400), LIFETIME=value)
    assert text.startswith("LIFETIME: ")


# Where a server listens


@pytest.mark.parametrize(
    "value",
    ["127.0.0.1:8000", "0.0.0.0:80", "[::]:8000", "[::1]:65535", "localhost:1", "unix:/run/s.sock"],
)
def test_a_server_listens_at_an_address_or_a_socket(value: str) -> None:
    assert Environment({"BIND": value}).bind("BIND", "127.0.0.1:8000") == value


NOWHERE = (
    "8000 :8000 127.0.0.1 127.0.0.1:0 127.0.0.1:65536 ::1:80x a_b:80 *:8000 unix:s.sock fd://3"
)


@pytest.mark.parametrize("value", [*NOWHERE.split(), "127.0.0.1:8000,0.0.0.0:80", "a b:80"])
def test_refuses_another_place_to_listen(value: str) -> None:
    text = problem(lambda env: env.bind("BIND", "127.0.0.1:8000"), BIND=value)
    assert text == "BIND: must be address:port, such as 0.0.0.0:8000, or unix:/path"
