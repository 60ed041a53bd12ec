import re
import threading
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest
import responses
from django.core.cache import cache
from django.db.backends.signals import connection_created
from django.utils import timezone

from oauth_client.doctor import Finding, Report, examine, examine_alone
from oauth_client.doctor.findings import PASSING, no_answer
from outgoing.addresses import Address
from protocol.errors import ErrorCode, OutgoingError
from providers import catalogue
from providers.models import Examination, Provider
from tests.fakes import add_provider
from tests.oauth_client.doctor.cases import OK, PROBLEM, UNKNOWN, WARNING, nowhere, of, outcomes
from tests.providers.clients.answers.entry import APPLE_EXTRA, TENANT
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
CREDENTIALS = "Client ID and secret"
HANGS = 3  # seconds


def examined(slug: str, seconds: float = 14) -> Report:
    return examine(Provider.objects.get(slug=slug), seconds=seconds)


@responses.activate
@pytest.mark.parametrize("kind", [kind.id for kind in catalogue.addable_kinds()])
def test_every_kind_can_be_examined(kind: str) -> None:
    needs = catalogue.kind(kind)
    extra = {"microsoft": {"tenant": TENANT}, "apple": APPLE_EXTRA}.get(kind, {})
    provider = add_provider(
        kind.lower(),
        kind,
        base_url="https://op.example" if needs.needs_base_url else "",
        client_secret="s3cret" if needs.takes_secret else "",
        extra=extra,
    )
    report = examine(provider, resolve=nowhere)
    assert outcomes(of(report, "Settings")) == [OK]
    assert of(report, "Host names")[0].outcome is PROBLEM
    assert CREDENTIALS in [finding.check for finding in report.findings]
    assert "s3cret" not in str(report)


def test_is_named_where_a_provider_is_deleted() -> None:
    assert str(Examination()) == "Latest check"


def test_a_kind_that_is_gone_is_a_problem() -> None:
    provider = add_provider("demo")
    provider.kind = "gone"
    assert outcomes(examine(provider).findings) == [PROBLEM]


@pytest.mark.parametrize("slug", ["github", "google", "demo"])
def test_a_provider_that_is_well_has_no_problem(stage: Stage, slug: str) -> None:
    report = examined(slug)
    assert outcomes(of(report, CREDENTIALS)) == [OK]
    assert {*outcomes(report.findings)} == {OK, WARNING}
    assert [finding.check for finding in report.findings if finding.outcome is WARNING] == [
        "Address of this site"  # localhost
    ]


@pytest.mark.parametrize(
    ("fault", "slug", "check", "outcome"),
    [
        ("wrong_secret", "github", CREDENTIALS, PROBLEM),
        ("wrong_secret", "google", CREDENTIALS, PROBLEM),
        ("wrong_secret", "demo", CREDENTIALS, PROBLEM),
        ("redirect", "demo", CREDENTIALS, PROBLEM),
        ("reset", "github", CREDENTIALS, PROBLEM),
        ("no_http", "github", CREDENTIALS, PROBLEM),
        ("huge", "demo", CREDENTIALS, PROBLEM),
        ("server_error", "demo", CREDENTIALS, UNKNOWN),
        ("bad_gateway", "github", CREDENTIALS, UNKNOWN),
        ("too_many_requests", "google", CREDENTIALS, UNKNOWN),
        ("garbage", "google", CREDENTIALS, UNKNOWN),
        ("unregistered_redirect_uri", "github", "Redirect URI", PROBLEM),
        ("unregistered_redirect_uri", "google", "Redirect URI", PROBLEM),
        ("unregistered_redirect_uri", "demo", "Redirect URI", PROBLEM),
        ("other_issuer_in_metadata", "google", "Discovery", PROBLEM),
        ("no_token_endpoint", "demo", "Discovery", PROBLEM),
        ("untrusted_certificate", "demo", "Certificates", PROBLEM),
        ("untrusted_certificate", "google", CREDENTIALS, PROBLEM),
    ],
)
def test_a_fault_shows_where_it_is(
    stage: Stage, fault: str, slug: str, check: str, outcome: str
) -> None:
    stage.simulator.arm(fault, slug)
    report = examined(slug)
    found = of(report, check)
    assert outcome in outcomes(found)
    assert all(finding.fix for finding in found if finding.outcome is not OK)


@pytest.mark.parametrize(("offset", "outcome"), [(3600, PROBLEM), (-3600, PROBLEM), (20, WARNING)])
def test_clocks_that_are_apart_show(stage: Stage, offset: int, outcome: str) -> None:
    stage.simulator.set_clock(offset)
    assert outcomes(of(examined("github"), "Clocks")) == [outcome]


def test_one_that_hangs_hides_no_other(stage: Stage) -> None:
    stage.simulator.arm("dripped_body", "demo")
    began = monotonic()
    report = examined("demo", seconds=3)
    assert monotonic() - began < 10
    assert outcomes(of(report, CREDENTIALS)) == [PROBLEM]
    assert outcomes(of(report, "Keys")) == [OK]


def test_what_has_not_ended_in_time_is_unknown(stage: Stage) -> None:
    """A lookup that hangs knows no deadline."""
    began = monotonic()
    report = examine(Provider.objects.get(slug="github"), seconds=0.2, resolve=_hang)
    assert monotonic() - began < HANGS
    (found,) = of(report, "Host names")
    assert found.outcome is UNKNOWN
    assert 100 <= found.milliseconds <= 200


def test_a_check_whose_time_is_over_may_still_say_so(stage: Stage) -> None:
    """On a busy machine it notices a little late."""
    report = examine(Provider.objects.get(slug="github"), seconds=0.2, resolve=_give_up_late)
    assert outcomes(of(report, "Host names")) == [PROBLEM]


def _give_up_late(host: str, port: int, limit: float) -> list[Address]:
    sleep(0.5)
    raise OSError


def _hang(host: str, port: int, limit: float) -> list[Address]:
    sleep(HANGS)
    raise OSError


def test_a_provider_is_examined_by_one_at_a_time(stage: Stage) -> None:
    provider = Provider.objects.get(slug="github")
    cache.add(f"doctor:{provider.pk}", "", 30)
    assert examine_alone(provider) is None
    cache.clear()
    for _ in range(2):
        report = examine_alone(provider)
        assert report
        assert outcomes(of(report, CREDENTIALS)) == [OK]


def test_nothing_secret_is_found_or_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.simulator.arm("wrong_secret", "demo")
    report = examined("demo")
    provider = Provider.objects.get(slug="demo")
    for text in (str(report), str(report.as_json()), caplog.text):
        assert provider.client_secret not in text
        assert "state=" not in text
        assert "code=" not in text


@pytest.mark.parametrize("code", ErrorCode)
def test_a_request_without_an_answer_is_never_good(code: ErrorCode) -> None:
    found = no_answer(add_provider("demo"), OutgoingError(code, "op.example"))
    assert found.outcome is (UNKNOWN if code in PASSING else PROBLEM)
    assert "(op.example)" in found.cause
    assert found.fix


@pytest.mark.parametrize(
    ("found", "outcome", "summary"),
    [
        ([OK], OK, "No problems found"),
        ([OK, UNKNOWN], UNKNOWN, "1 check couldn't be completed"),
        ([WARNING, UNKNOWN, UNKNOWN], WARNING, "1 warning, 2 checks couldn't be completed"),
        ([PROBLEM, PROBLEM, WARNING], PROBLEM, "2 problems, 1 warning"),
    ],
)
def test_a_report_says_the_worst_first(found: list[str], outcome: str, summary: str) -> None:
    findings = tuple(Finding(each, "") for each in found)  # type: ignore[arg-type]
    report = Report(findings, datetime(2026, 11, 24, tzinfo=UTC))
    assert (report.outcome, report.summary) == (outcome, summary)


@responses.activate
def test_a_check_that_fails_in_an_unforeseen_way_is_unknown_and_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def torn(host: str, port: int, limit: float) -> list[Address]:
        raise ZeroDivisionError

    report = examine(add_provider("demo"), resolve=torn)
    (found,) = of(report, "Host names")
    assert (found.outcome, found.cause) == (
        UNKNOWN,
        "This check failed because of an error in Signet.",
    )
    assert "a check of provider demo has failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@responses.activate
def test_a_fault_in_the_first_check_loses_no_later_one(caplog: pytest.LogCaptureFixture) -> None:
    responses.add("GET", re.compile(".*/openid-configuration"), body=ZeroDivisionError())
    report = examine(add_provider("demo"), resolve=nowhere)
    (found,) = of(report, "Discovery")
    assert found.outcome is UNKNOWN
    assert "ZeroDivisionError" in caplog.text
    assert of(report, "Settings")
    assert outcomes(of(report, "Host names")) == [PROBLEM]
    assert of(report, "Clocks")


@pytest.mark.parametrize("slug", ["github", "google", "demo"])
def test_no_check_opens_a_connection_to_the_database(stage: Stage, slug: str) -> None:
    opened = list[object]()

    def note(**_: object) -> None:
        opened.append(threading.current_thread().name)

    connection_created.connect(note)
    examined(slug)
    connection_created.disconnect(note)
    assert opened == []


@responses.activate
def test_an_examination_survives_every_header_of_an_answer() -> None:
    headers = {"Location": "http://[::1", "Age": "9" * 400, "Date": "Mon, 99 Jan 2026"}
    for method in ("GET", "POST"):
        responses.add(method, re.compile(".*"), status=302, headers=headers)
    report = examine(add_provider("github", "github"), resolve=nowhere)
    assert "error in Signet" not in str(report)


@pytest.mark.django_db(transaction=True)
def test_a_report_on_a_provider_that_is_removed_meanwhile_is_not_kept() -> None:
    provider = add_provider("demo")
    gone = Provider.objects.get()
    provider.delete()
    Report((), timezone.now()).keep(gone)
    assert not Examination.objects.exists()
