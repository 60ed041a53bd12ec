"""What makes no row is a number of the day."""

import pytest
from pytest_django import DjangoAssertNumQueries

from attempts import counting
from attempts.models import SignInCount

pytestmark = pytest.mark.django_db


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


def test_of_two_processes_that_make_the_days_row_both_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting.count("github", counting.BEGUN)
    counting.write()
    add, asked = counting._add, list[int]()

    def too_early(row: SignInCount, number: int) -> bool:
        asked.append(number)
        return len(asked) > 1 and add(row, number)

    monkeypatch.setattr(counting, "_add", too_early)
    counting.count("github", counting.BEGUN)
    counting.write()
    assert numbers() == {("github", "begun"): 2}
    assert str(SignInCount.objects.get()).endswith("github begun")
