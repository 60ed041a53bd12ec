from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.env import Environment, SettingsError
from config.hosts import canonical_origin
from tests.properties.strategies import TEXTS

VALUES = TEXTS | st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "http://", "https://", "HTTPS://", "'", '"', " "]),
    st.sampled_from(
        ["id.example.com", "localhost", "10.0.0.0/8", "[::1]", "fd00::/8", "true", "7"]
    ),
    st.sampled_from(["", "/", ":443", ":99999", ",", "\r\n", "/path", "'", " "]),
)
SHAPES: dict[str, Callable[[Environment], object]] = {
    "text": lambda env: env.text("NAME"),
    "names": lambda env: env.names("NAME"),
    "flag": lambda env: env.flag("NAME", default=True),
    "choice": lambda env: env.choice("NAME", "a", ("a", "b")),
    "subset": lambda env: env.subset("NAME", ("a", "b")),
    "whole": lambda env: env.whole("NAME", 5, low=1, high=9),
    "origin": lambda env: env.origin("NAME", "http://localhost"),
    "origins": lambda env: env.origins("NAME", is_https=True),
    "networks": lambda env: env.networks("NAME"),
    "keys": lambda env: env.keys("NAME"),
}


@pytest.mark.parametrize("shape", SHAPES)
@given(value=VALUES)
def test_any_value_of_a_setting_is_taken_or_refused_by_our_own_error(
    shape: str, value: str
) -> None:
    env = Environment({"NAME": value})
    SHAPES[shape](env)
    with suppress(SettingsError):
        env.check()


@given(VALUES)
def test_an_origin_has_one_spelling_and_no_path(value: str) -> None:
    origin = canonical_origin(value)
    if origin is None:
        return
    assert canonical_origin(origin) == origin
    parts = urlsplit(origin)
    assert (parts.path, parts.query, parts.fragment) == ("", "", "")
    assert parts.hostname


@given(TEXTS.filter(lambda value: value.strip() not in ("", *"123456789")))
def test_a_refusal_names_the_setting_and_never_its_value(value: str) -> None:
    marked = f"{value}-a-secret"
    env = Environment({"NAME": marked})
    env.whole("NAME", 5, low=1, high=9)
    with pytest.raises(SettingsError) as refusal:
        env.check()
    assert str(refusal.value) == "NAME: must be a whole number from 1 to 9"
