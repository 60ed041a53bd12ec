from datetime import UTC, datetime, timedelta

import pytest

from dashboard.standing import FAULTS, standings
from diagnosis.entries import Advice
from oauth_client.doctor import Finding, Outcome, Report
from providers.models import Provider
from tests.dashboard.rows import came_back
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
CHECKED = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEFORE, AFTER = CHECKED - timedelta(hours=1), CHECKED + timedelta(hours=1)


@pytest.fixture
def demo() -> Provider:
    return add_provider()


def checked(provider: Provider, outcome: Outcome) -> None:
    finding = Finding(outcome, "The cause.", "The fix.", "the value")
    Report((Finding(Outcome.OK, "Good."), finding), CHECKED).keep(provider)


@pytest.mark.parametrize(
    ("outcome", "ended", "works"),
    [
        pytest.param(None, None, None, id="nothing"),
        pytest.param(None, ("", BEFORE), True, id="a sign-in that worked"),
        pytest.param(None, ("timeout", BEFORE), False, id="one that failed"),
        pytest.param(None, ("access_denied", BEFORE), None, id="a visitor who said no"),
        pytest.param(Outcome.OK, None, True, id="a good check"),
        pytest.param(Outcome.WARNING, None, True, id="a warning"),
        pytest.param(Outcome.UNKNOWN, None, None, id="a check that found out nothing"),
        pytest.param(Outcome.PROBLEM, None, False, id="a problem"),
        pytest.param(Outcome.PROBLEM, ("", BEFORE), False, id="a problem after it worked"),
        pytest.param(Outcome.PROBLEM, ("", AFTER), True, id="it works in spite of a problem"),
        pytest.param(Outcome.OK, ("timeout", AFTER), False, id="a failure after a good check"),
        pytest.param(Outcome.OK, ("timeout", BEFORE), None, id="a good check after a failure"),
        pytest.param(Outcome.UNKNOWN, ("timeout", BEFORE), False, id="unknown after a failure"),
        pytest.param(Outcome.UNKNOWN, ("", BEFORE), True, id="unknown after it worked"),
    ],
)
def test_what_is_newer_says_whether_it_works(
    demo: Provider, outcome: Outcome | None, ended: tuple[str, datetime] | None, works: bool | None
) -> None:
    if outcome:
        checked(demo, outcome)
    if ended:
        came_back(provider="demo", diagnosis=ended[0], created_at=ended[1])
    (standing,) = standings()
    assert standing.works is works
    assert bool(standing.trouble) is (works is False)


def test_the_trouble_is_cause_fix_and_what_to_paste(demo: Provider) -> None:
    checked(demo, Outcome.PROBLEM)
    assert next(standings()).trouble == Advice("The cause.", "The fix.", "the value")


@pytest.mark.parametrize("process", ["dry_run", "merge"])
def test_the_last_sign_in_counts_and_what_starts_no_session_is_no_visitor(
    demo: Provider, process: str
) -> None:
    came_back(provider="demo", diagnosis="timeout", created_at=BEFORE)
    came_back(provider="demo", process=process, created_at=AFTER)
    (standing,) = standings()
    assert (standing.works, standing.signs_in) == (True, False)


def test_what_only_one_visitor_meets_is_no_fault() -> None:
    assert {"wrong_client_secret", "timeout", "id_token_malformed"} <= {*FAULTS}
    assert {"access_denied", "not_allowed", "state_used", "email_in_use"}.isdisjoint(FAULTS)


def test_two_queries_for_all(demo: Provider, django_assert_num_queries: object) -> None:
    add_provider("other")
    with django_assert_num_queries(2):  # type: ignore[operator]
        list(standings())
