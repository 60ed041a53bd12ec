"""Cause and fix, with the values of a provider."""

from html import unescape

import pytest

from diagnosis.advice import advice_on
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db


def test_the_value_to_paste_is_the_provider_s() -> None:
    provider = add_provider("github", "github")
    advice = advice_on("redirect_uri_not_registered", provider)
    assert advice.value == "http://localhost:8000/sign-in/github/callback/"


def test_a_removed_provider_has_its_slug_alone() -> None:
    advice = advice_on("redirect_uri_not_registered", "github")
    assert unescape(advice.cause) == "This site's redirect URI isn't registered at github."
    assert advice.value == "(the provider has been removed)"


def test_what_is_no_language_is_set_apart() -> None:
    provider = add_provider("github", "github", client_id="<b>id</b>", name="Git & Hub")
    cause = advice_on("wrong_client_id", provider).cause
    sent = '<code translate="no">&lt;b&gt;id&lt;/b&gt;</code>'
    assert cause == f"Git &amp; Hub doesn&#x27;t know the client ID {sent}."


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "a few minutes"), (1, "1 second"), (30, "30 seconds")]
)
def test_a_pause_is_as_long_as_the_provider_asks(seconds: int, words: str) -> None:
    assert advice_on("rate_limited", "github", seconds).fix == f"Wait {words}, then try again."


def test_a_kind_that_is_gone_has_an_address_all_the_same() -> None:
    provider = add_provider("demo", base_url="https://op.example/")
    provider.kind = "gone"
    assert advice_on("discovery_unreachable", provider).value.startswith("https://op.example/.well")
