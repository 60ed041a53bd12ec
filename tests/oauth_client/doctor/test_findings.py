"""A finding is kept in English, with its values apart, and read in the reader's language."""

import pytest
from django.utils import timezone
from django.utils.translation import override

from oauth_client.doctor.findings import Finding, Outcome, Report, diagnosed, last_report
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
# A text that Django itself brings in German
FOUND = Finding(Outcome.WARNING, "Log out", "Home", check="Search")


def test_names_its_values() -> None:
    found = Finding(Outcome.OK, "{host} is {far} away.", values={"host": "op.example", "far": 3})
    assert (found.cause, found.fix) == ("op.example is 3 away.", "")


def test_shows_a_detail_after_the_cause() -> None:
    assert Finding(Outcome.OK, "No answer.", detail="status 503").cause == "No answer. (status 503)"


def test_is_kept_in_no_language_of_an_admin() -> None:
    provider = add_provider()
    with override("de"):
        Report((FOUND,), timezone.now()).keep(provider)
        report = last_report(provider)
        assert report is not None
        (found,) = report.findings
        assert (found.cause, found.fix, found.title) == ("Abmelden", "Start", "Suchen")
    assert (found.cause, found.fix, found.title) == ("Log out", "Home", "Search")


def test_a_diagnosis_is_kept_with_the_values_of_its_provider() -> None:
    provider = add_provider("github", "github")
    Report((diagnosed(provider, "wrong_client_id", "status 404"),), timezone.now()).keep(provider)
    report = last_report(provider)
    assert report is not None
    assert report.findings[0].cause == "Github doesn't know the client ID client-1. (status 404)"


def test_a_program_reads_whole_sentences() -> None:
    found = Finding(Outcome.PROBLEM, "{host} is gone.", "Wait.", "x", {"host": "op.example"})
    assert Report((found,), timezone.now()).as_json()["findings"] == [
        {
            "outcome": "problem",
            "cause": "op.example is gone.",
            "fix": "Wait.",
            "value": "x",
            "check": "",
            "milliseconds": 0,
        }
    ]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_label(outcome: Outcome) -> None:
    assert outcome.label[0].isupper()
