"""Why requests of apps are refused, and how each reason is said."""

from html import unescape

import pytest

from diagnosis import DIAGNOSES
from diagnosis.refusals import (
    IN_GENERAL,
    REFUSALS,
    AppRefusal,
    filled,
    in_general,
    name_of,
    words_for_visitor,
)
from protocol.authorization_server.errors import Refusal
from tests.pages import ROOT

# Answers of the protocol: nothing is wrong with the app
NO_FAILURES = {"login_needed", "consent_needed", "person_denied"}
# Those that a page says, because nobody can be sent back
ON_A_PAGE = {
    *("client_unknown", "app_disabled", "redirect_uri_missing", "redirect_uri_unknown"),
    *("request_uri_unknown", "parameter_repeated"),
}
each = pytest.mark.parametrize("entry", REFUSALS.values(), ids=REFUSALS)


def test_every_refusal_has_one_entry() -> None:
    assert {*REFUSALS} == {*Refusal} - NO_FAILURES


def test_every_refusal_is_raised_somewhere() -> None:
    rooms = (ROOT / "protocol", ROOT / "oidc_provider")
    files = [path for room in rooms for path in room.rglob("*.py") if path.name != "errors.py"]
    code = "".join(path.read_text("utf-8") for path in files)
    assert not [each.name for each in Refusal if f"Refusal.{each.name}" not in code]


@each
def test_every_entry_has_a_cause_and_a_fix_for_the_admin(entry: AppRefusal) -> None:
    for advice in (in_general(entry), filled(entry, dict.fromkeys(IN_GENERAL, "<value>"))):
        cause = unescape(advice.cause)
        assert cause.endswith((".", "<value>"))
        assert advice.fix.endswith(".")
        assert "{" not in f"{advice.cause} {advice.fix}"
        assert "<value>" not in f"{advice.cause} {advice.fix}"
        assert cause[0].isupper() or cause[0] == "<"


@each
def test_every_page_has_words_for_a_visitor_and_no_jargon(entry: AppRefusal) -> None:
    assert bool(entry.words) == (entry.code in ON_A_PAGE)
    words = words_for_visitor(entry.code)
    text = f"{words.title} {words.text}"
    jargon = ("OAuth", "token", "redirect", "client", "parameter", "URI", "{")
    assert not [word for word in jargon if word in text]
    assert words.sentence.endswith(".")
    assert words.way_on.endswith(".")


def test_every_entry_has_a_name_of_its_own() -> None:
    names = {entry.name for entry in REFUSALS.values()}
    assert len(names) == len(REFUSALS)
    assert not [name for name in names if name.endswith(".") or "{" in name]


def test_a_code_of_another_release_has_a_name_and_words() -> None:
    assert name_of("of_another_release") == "of another release"
    assert words_for_visitor("of_another_release").title == "This app can't sign you in"


def test_values_that_are_not_known_are_said_in_general() -> None:
    cause = filled(REFUSALS["response_type"], {"app": "", "response_type": "token"}).cause
    kind = '<code translate="no">token</code>'
    assert cause.startswith(f"The app asked for the response type {kind}.")


def test_a_value_is_never_read_as_a_place() -> None:
    assert "{site}" in filled(REFUSALS["grant_type"], {"grant_type": "{site}"}).cause


def test_no_name_of_an_entry_is_that_of_a_sign_in_failure() -> None:
    """Both stand in one table of the dashboard's causes."""
    assert not {*REFUSALS} & {*DIAGNOSES}
