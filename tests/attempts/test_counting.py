"""What makes no row is a number of the day, and Prometheus is told how sign-ins end."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client import REGISTRY
from pytest_django import DjangoAssertNumQueries

from attempts import counting, recording
from attempts.models import SignInCount
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
FINISHED = {"provider": "demo", "process": "sign_in", "outcome": "finished"}
DENIED = FINISHED | {"outcome": "access_denied"}


def numbers() -> dict[tuple[str, str], int]:
    rows = SignInCount.objects.values_list("provider", "what", "number")
    return {(provider, what): number for provider, what, number in rows}


def test_counts_in_memory_and_writes_what_has_come_together(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        for _ in range(1000):
            counting.count("github", counting.BEGUN)
        counting.count("demo", "state_unknown")
    assert not numbers()
    counting.write()
    counting.count("github", counting.BEGUN)
    with django_assert_num_queries(1):
        counting.write()
    assert numbers() == {("github", "begun"): 1001, ("demo", "state_unknown"): 1}


def test_writes_nothing_when_nothing_has_happened(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        counting.write()


def test_of_two_processes_that_make_the_days_row_both_count() -> None:
    other: list[SignInCount] = []

    def another_process(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith("INSERT") and not other:
            today = datetime.now(UTC).date()
            other.append(SignInCount(day=today, provider="github", what="begun", number=1))
            other[0].save(force_insert=True)
        return execute(sql, *args)

    counting.count("github", counting.BEGUN)
    with connection.execute_wrapper(another_process):
        counting.write()
    assert numbers() == {("github", "begun"): 2}
    assert str(SignInCount.objects.get()).endswith("github begun")


def test_numbers_wait_while_the_database_is_down() -> None:
    def down(*_: Any) -> None:
        raise OperationalError

    counting.count("github", counting.BEGUN)
    with connection.execute_wrapper(down), pytest.raises(OperationalError):
        counting.write()
    counting.count("github", counting.BEGUN)
    counting.write()
    assert numbers() == {("github", "begun"): 2}


def sample(name: str, labels: dict[str, str]) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_a_finished_sign_in_is_counted_with_its_time(client: Client, stage: Stage) -> None:
    wanted = [
        ("signet_sign_ins_total", FINISHED),
        ("signet_sign_in_events_total", {"provider": "demo", "what": "begun"}),
        ("signet_sign_in_seconds_count", {"provider": "demo"}),
    ]
    before = [sample(*each) for each in wanted]
    stage.sign_in(client, "demo", "alice")
    assert [sample(*each) for each in wanted] == [value + 1 for value in before]


def test_what_the_provider_took_is_told_by_the_step(client: Client, stage: Stage) -> None:
    token_endpoint = ("signet_provider_answer_seconds_count", {"provider": "demo", "step": "6"})
    before = sample(*token_endpoint)
    stage.sign_in(client, "demo", "alice")
    recording.write()
    assert sample(*token_endpoint) > before


def test_a_failed_one_is_counted_by_its_diagnosis(client: Client, stage: Stage) -> None:
    before = sample("signet_sign_ins_total", DENIED)
    stage.sign_in(client, "demo", "alice", "deny")
    assert sample("signet_sign_ins_total", DENIED) == before + 1
