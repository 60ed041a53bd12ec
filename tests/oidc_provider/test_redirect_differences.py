"""An admin reads in what a redirect URI differs from those that are registered."""

import re

import pytest

from oidc_provider.redirect_differences import difference, in_words

ONE = "https://grafana.example/login/generic_oauth"
REGISTERED = ["https://other.example/cb", ONE, "com.example.phone:/cb"]


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (f"{ONE}/", f"It differs from {ONE} only by the slash at the end."),
        (
            "http://grafana.example/login/generic_oauth",
            f"It differs from {ONE} only by http:// instead of https://.",
        ),
        (
            "https://grafana.example:3000/login/generic_oauth",
            f"It differs from {ONE} only by the port.",
        ),
        (
            "https://www.grafana.example/login/generic_oauth",
            f"It differs from {ONE} only by the host, www.grafana.example.",
        ),
        (
            "https://grafana.example/Login/Generic_OAuth",
            f"It differs from {ONE} only by upper and lower case.",
        ),
        ("https://grafana.example/login/google", f"It differs from {ONE} only by the path."),
        (f"{ONE}?next=1", f"It differs from {ONE} only by the part after the question mark."),
        (f"{ONE}#x", f"It differs from {ONE} only by the part after the question mark."),
        (
            "https://Grafana.example:443/login/generic_oauth",
            f"It means the same as {ONE}, but is written differently, and every letter counts.",
        ),
        ("https://mallory.example/", f"Registered: {', '.join(REGISTERED)}."),
        ("https://grafana.example:x/", f"Registered: {', '.join(REGISTERED)}."),
        ("https://[", f"Registered: {', '.join(REGISTERED)}."),
        ("", f"Registered: {', '.join(REGISTERED)}."),
    ],
)
def test_says_what_differs(uri: str, words: str) -> None:
    assert re.sub("<.*?>", "", in_words(uri, REGISTERED)) == words


@pytest.mark.parametrize("uri", [f"{ONE}/", "https://mallory.example/"])
def test_sets_apart_what_is_registered(uri: str) -> None:
    assert f'<code translate="no">{ONE}</code>' in in_words(uri, REGISTERED)


def test_what_was_sent_is_text() -> None:
    sent = in_words("https://<b>/login/generic_oauth", [ONE])
    assert sent.endswith('only by the host, <code translate="no">&lt;b&gt;</code>.')


def test_says_that_nothing_is_registered() -> None:
    assert in_words(ONE, []) == "No redirect URI is registered."
    assert difference(ONE, []) is None


def test_of_several_the_one_on_the_same_host_counts() -> None:
    registered = ["https://other.example/cb", "https://grafana.example/elsewhere"]
    found = difference("https://grafana.example/cb", registered)
    assert found is not None
    assert found.registered == "https://grafana.example/elsewhere"


def test_what_is_registered_and_cannot_be_read_is_left_out() -> None:
    assert difference(ONE, ["https://["]) is None
