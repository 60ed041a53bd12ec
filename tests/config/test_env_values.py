import base64
import os
import secrets

import pytest
from django.core.management.utils import get_random_secret_key

from config.env_values import cleaned, is_guessable, is_placeholder


@pytest.mark.parametrize(
    "left",
    ["{}", " {}\t", "{}\r\n", '"{}"', "'{}'", '"{}"\r\n', '" {} "', "\ufeff{}\n", "\u200b{}\xa0"],
    ids=ascii,
)
def test_a_value_is_what_an_env_file_has_put_it_into(left: str) -> None:
    assert cleaned(left.format("it's mine")) == "it's mine"


@pytest.mark.parametrize("value", ["", " ", '""', "''", '" "', "\r\n", "\ufeff"], ids=ascii)
def test_nothing_is_left_of_an_empty_value(value: str) -> None:
    assert cleaned(value) == ""


@pytest.mark.parametrize("value", ['"', "'half", 'half"', "\"two'", 'a"b'], ids=ascii)
def test_a_lone_quote_belongs_to_the_value(value: str) -> None:
    assert cleaned(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "CHANGE-ME",
        "please change this now",
        "changeit",
        "<your key>",
        "<secret>",
        "...",
        "\u2026",
        "sk_...",
        "xxxxxxxx",
        "********",
        "${SECRET_KEY}",
        "$(cat secret)",
        "{{ secret_key }}",
        "%SECRET_KEY%",
        "your-secret-key",
        "my_secret",
        "some-random-token",
        "insert your key here",
        "django-insecure-4wz0",
        "replace_me",
        "TODO",
        "password",
        "postgres://signet:changeme@db/signet",
        "https://your-domain.example",
    ],
)
def test_is_a_placeholder(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "https://id.changemakers.example",
        "https://id.exchange-it.example",
        "static.7.113.0.203.clients.your-server.example",
        "[2001:db8::1]",
        "postgres://user:password@host/name",
        "password,name",
        "a key for tests alone, as long as a real one has to be",
    ],
)
def test_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    "secret",
    [
        "x" * 64,
        "ab" * 32,
        "0123456789" * 5,
        "changeme" * 8,
        "a" * 49 + "b",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnop",
        bytes(32),
        b"\xff" * 32,
        bytes(31) + b"\x01",
        bytes(range(32)),
        bytes(range(32, 0, -1)),
        b"0123456789abcdef" * 2,
        b"",
        b"x",
    ],
    ids=repr,
)
def test_is_easy_to_guess(secret: str | bytes) -> None:
    assert is_guessable(secret)


def test_what_a_generator_makes_is_neither_a_placeholder_nor_easy_to_guess() -> None:
    for _ in range(200):
        raw = os.urandom(32)
        made = [secrets.token_urlsafe(38), get_random_secret_key(), secrets.token_hex(25)]
        made += [base64.b64encode(raw).decode(), str(secrets.randbelow(9 * 10**49) + 10**49)]
        assert not any(is_placeholder(each) or is_guessable(each) for each in made)
        assert not is_guessable(raw)
