"""Every snippet: the app reads it, with whatever values, and each value arrives whole."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from oidc_provider import catalogue
from oidc_provider.catalogue import AppKind, Format, Snippet
from oidc_provider.catalogue.snippets import PLACEHOLDER
from protocol.authorization_server.authorization_request import Pkce
from tests.npm import NotInstalledError, program
from tests.oidc_provider.catalogue.parsers import PARSERS, strings_in
from tests.oidc_provider.catalogue.values import HOSTILE, USUAL

SNIPPETS = [
    pytest.param(kind, place, id=f"{kind.id}-{place}-{snippet.format}")
    for kind in catalogue.kinds()
    for place, snippet in enumerate(kind.snippets)
]
LINE_OF = {
    Format.YAML: 'a: "{issuer}"',
    Format.PYTHON: 'A = "{issuer}"',
    Format.JAVASCRIPT: 'const a = "{issuer}";',
    Format.CSHARP: 'var a = "{issuer}";',
    Format.RUBY: "a = '{issuer}'",
    Format.APACHE: 'A "{issuer}"',
    Format.SHELL: "a '{issuer}'",
    Format.FIELDS: "A: {issuer}",
    Format.ENV: "A={issuer}",
}


def kind_with(*snippets: Snippet) -> AppKind:
    return AppKind("app", "App", "Apps", snippets, where="There.", source="", checked="2026-12")


def filled(snippet: Snippet, **values: str) -> str:
    return kind_with(snippet).snippets_with(replace(USUAL, **values))[0].text


@pytest.mark.parametrize(("kind", "place"), SNIPPETS)
def test_an_app_reads_its_snippet(kind: AppKind, place: int) -> None:
    assert strings_in(kind.snippets_with(USUAL)[place])


@pytest.mark.parametrize(("kind", "place"), SNIPPETS)
def test_a_value_arrives_whole_whatever_characters_it_has(kind: AppKind, place: int) -> None:
    found = "\n".join(strings_in(kind.snippets_with(HOSTILE)[place]))
    expected = HOSTILE.texts() | {"sign_out": HOSTILE.end_session_endpoint + "?client_id="}
    for name in PLACEHOLDER.findall(kind.snippets[place].text):
        assert expected[name] in found, name


@pytest.mark.parametrize(("kind", "place"), SNIPPETS)
def test_a_marker_that_the_format_can_hold_stands_for_an_unknown_secret(
    kind: AppKind, place: int
) -> None:
    snippet = kind.snippets_with(replace(USUAL, client_secret=""))[place]
    is_told = "{client_secret}" in kind.snippets[place].text
    assert any("YOUR_CLIENT_SECRET" in each for each in strings_in(snippet)) is is_told
    assert snippet.lacks_secret is is_told


@pytest.mark.parametrize("format_", LINE_OF)
def test_a_line_break_in_a_value_begins_no_line(format_: Format) -> None:
    text = filled(Snippet(format_, LINE_OF[format_]), issuer="https://a\nB=c\r\u2028d\x00")
    assert text == LINE_OF[format_].replace("{issuer}", "https://aB=cd")


def test_what_ini_cannot_quote_is_only_what_needs_no_quotes() -> None:
    templates = [each for kind in catalogue.kinds() for each in kind.snippets]
    texts = [each.text for each in templates if each.format is Format.INI]
    assert {*PLACEHOLDER.findall("".join(texts))} <= {"client_id", "client_secret", "random"}


def test_javascript_is_javascript(tmp_path: Path) -> None:
    try:
        node = program("node")
    except NotInstalledError as reason:
        pytest.skip(str(reason))
    for kind in catalogue.kinds():
        for place, snippet in enumerate(kind.snippets_with(HOSTILE)):
            if snippet.format is Format.JAVASCRIPT:
                file = tmp_path / f"{kind.id}-{place}.mjs"
                file.write_text(snippet.text, encoding="utf-8")
                subprocess.run([node, "--check", file], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("https://a.example/b?c=d", "'https://a.example/b?c=d'", id="query"),
        pytest.param("https://a.example/b~c%20-d", "https://a.example/b~c%20-d", id="usual"),
        pytest.param("", "", id="empty"),
        pytest.param("a b", "'a b'", id="space"),
        pytest.param("$HOME", "'$HOME'", id="dollar"),
        pytest.param("it's", '"it\'s"', id="apostrophe"),
        pytest.param("it's $5", '"it\'s \\$5"', id="apostrophe-and-dollar"),
        pytest.param("a#b", "'a#b'", id="comment"),
    ],
)
def test_an_environment_variable_has_quotes_only_if_it_needs_them(
    value: str, expected: str
) -> None:
    text = filled(Snippet(Format.ENV, "NAME={issuer}"), issuer=value)
    assert text == f"NAME={expected}"
    assert [*PARSERS[Format.ENV](text)] == [value]


def test_json_in_an_environment_variable_has_no_apostrophe() -> None:
    text = filled(Snippet(Format.ENV, 'NAME={"a": "{site}"}'), site='Bob\'s "site"')
    assert text == """NAME='{"a": "Bob\\u0027s \\"site\\""}'"""


def test_only_what_we_know_is_replaced() -> None:
    snippet = Snippet(Format.YAML, 'a: "{issuer} {{token}} {id_token} { issuer }"')
    assert filled(snippet) == 'a: "https://signet.example {{token}} {id_token} { issuer }"'


def test_a_value_is_not_replaced_again() -> None:
    snippet = Snippet(Format.FIELDS, "Site: {site}")
    assert filled(snippet, site="{client_secret}") == "Site: {client_secret}"


def test_a_form_has_labels_and_values() -> None:
    snippet = Snippet(Format.FIELDS, "Issuer: {issuer}\nScope: openid: all")
    (form,) = kind_with(snippet).snippets_with(USUAL)
    assert form.fields == [("Issuer", "https://signet.example"), ("Scope", "openid: all")]


def test_a_sign_out_leads_back_to_the_app() -> None:
    kind = replace(
        kind_with(Snippet(Format.FIELDS, "Logout: {sign_out}")),
        post_logout_redirect_uri_templates=("{app}/bye",),
    )
    assert kind.snippets_with(USUAL)[0].text == (
        "Logout: https://signet.example/oauth/logout"
        "?client_id=app-1&post_logout_redirect_uri=https%3A%2F%2Fapp.example.org%2Fbye"
    )


def test_the_redirect_uri_is_the_kinds_first_if_none_is_given() -> None:
    kind = replace(
        kind_with(Snippet(Format.FIELDS, "Redirect: {redirect_uri}")),
        redirect_uri_templates=("{app}/back/{name}", "{app}/other"),
        pkce=Pkce.NONCE,
    )
    (form,) = kind.snippets_with(replace(USUAL, redirect_uri=""))
    assert form.text == "Redirect: https://app.example.org/back/signet"


def test_the_key_of_an_app_is_another_each_time() -> None:
    values = [replace(USUAL, random="x" * 32), replace(USUAL, random="y" * 32)]
    snippet = kind_with(Snippet(Format.ENV, "KEY={random}"))
    texts = {snippet.snippets_with(each)[0].text for each in values}
    assert texts == {"KEY=" + "x" * 32, "KEY=" + "y" * 32}


def test_no_secret_is_in_what_a_traceback_shows() -> None:
    snippet = Snippet(Format.ENV, "SECRET={client_secret}\nKEY={random}")
    (shown,) = kind_with(snippet).snippets_with(USUAL)
    assert USUAL.client_secret in shown.text
    assert USUAL.random in shown.text
    for text in (repr(USUAL), repr(shown)):
        assert USUAL.client_secret not in text
        assert USUAL.random not in text
