"""Prometheus is told how sign-ins end, and how long providers take."""

import pytest
from django.test import Client
from prometheus_client import REGISTRY

from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
FINISHED = {"provider": "demo", "process": "sign_in", "outcome": "finished"}
DENIED = FINISHED | {"outcome": "access_denied"}


def number(name: str, labels: dict[str, str]) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_a_finished_sign_in_is_counted_with_its_time(client: Client, stage: Stage) -> None:
    wanted = [
        ("signet_sign_ins_total", FINISHED),
        ("signet_sign_in_events_total", {"provider": "demo", "what": "begun"}),
        ("signet_sign_in_seconds_count", {"provider": "demo"}),
    ]
    before = [number(*each) for each in wanted]
    stage.sign_in(client, "demo", "alice")
    assert [number(*each) for each in wanted] == [value + 1 for value in before]


def test_what_the_provider_took_is_told_by_the_step(client: Client, stage: Stage) -> None:
    token_endpoint = ("signet_provider_answer_seconds_count", {"provider": "demo", "step": "6"})
    before = number(*token_endpoint)
    stage.sign_in(client, "demo", "alice")
    assert number(*token_endpoint) > before


def test_a_failed_one_is_counted_by_its_diagnosis(client: Client, stage: Stage) -> None:
    before = number("signet_sign_ins_total", DENIED)
    stage.sign_in(client, "demo", "alice", "deny")
    assert number("signet_sign_ins_total", DENIED) == before + 1
