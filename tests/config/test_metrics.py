"""`/metrics` tells this machine, and who knows METRICS_TOKEN, and nobody else."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from config import folders, health
from tests.pages import ROOT, table

TOKEN = "a token for machines"
ELSEWHERE = "203.0.113.9"
DOCUMENTED = (ROOT / "docs" / "metrics.md").read_text()


def status(settings: Settings, address: str, headers: dict[str, str], token: str = TOKEN) -> int:
    settings.METRICS_TOKEN = token
    headers = {"host": "localhost:8000", **headers}
    return Client().get("/metrics", headers=headers, REMOTE_ADDR=address).status_code


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("127.0.0.1", {}),
        ("127.0.0.1", {"host": "127.0.0.1:8000"}),
        ("::1", {"host": "[::1]:8000"}),
        (ELSEWHERE, {"authorization": f"Bearer {TOKEN}"}),
        (ELSEWHERE, {"authorization": f"bearer {TOKEN}", "host": "10.0.0.7"}),
        ("127.0.0.1", {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": ELSEWHERE}),
    ],
    ids=["here", "by address", "IPv6", "token", "token at any host", "token through a proxy"],
)
def test_this_machine_and_who_knows_the_token_are_told(
    settings: Settings, address: str, headers: dict[str, str]
) -> None:
    assert status(settings, address, headers) == 200


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (ELSEWHERE, {}),
        (ELSEWHERE, {"authorization": "Bearer another"}),
        (ELSEWHERE, {"authorization": f"Basic {TOKEN}"}),
        (ELSEWHERE, {"authorization": "Bearer ä"}),
        (ELSEWHERE, {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", {"x-forwarded-for": ELSEWHERE}),
        ("127.0.0.1", {"forwarded": f"for={ELSEWHERE}"}),
        ("127.0.0.1", {"x-real-ip": ELSEWHERE}),
        ("127.0.0.1", {"x-forwarded-proto": "https"}),
        ("127.0.0.1", {"x-forwarded-port": "443"}),
        ("127.0.0.1", {"cf-connecting-ip": ELSEWHERE}),
        ("127.0.0.1", {"true-client-ip": ELSEWHERE}),
        ("127.0.0.1", {"host": "id.example.com"}),
        ("127.0.0.1", {"host": "["}),
        ("", {}),
    ],
    ids=repr,
)
def test_nobody_else_is_told(settings: Settings, address: str, headers: dict[str, str]) -> None:
    assert status(settings, address, headers) == 401


@pytest.mark.parametrize("authorization", ["Bearer ", "Bearer", ""])
def test_no_token_is_no_key(settings: Settings, authorization: str) -> None:
    assert status(settings, ELSEWHERE, {"authorization": authorization}, token="") == 401


def test_a_refusal_says_how_to_ask(settings: Settings) -> None:
    answer = Client().get("/metrics", REMOTE_ADDR=ELSEWHERE)
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Cache-Control"] == "no-store"
    assert b"METRICS_TOKEN" in answer.content


def test_the_answer_is_what_prometheus_reads() -> None:
    answer = Client().get("/metrics", headers={"host": "127.0.0.1"})
    assert answer["Content-Type"].startswith("text/plain; version=1.0.0")
    families = [family.name for family in text_string_to_metric_families(answer.content.decode())]
    ours = {name for name in families if name.startswith("signet_")}
    told = {row[0].strip("`").removesuffix("_total") for row in table(DOCUMENTED, "metric")}
    assert ours == told


COUNTING = """
from prometheus_client import Counter
import os
made = Counter("made", "Things.")
made.inc()
if os.fork() == 0:
    made.inc(2)
    os._exit(0)
os.wait()
"""


def test_several_processes_answer_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(folders.METRICS, str(tmp_path))
    subprocess.run([sys.executable, "-c", COUNTING], check=True)
    request = RequestFactory(headers={"host": "localhost"}).get("/metrics")
    assert "made_total 3.0" in health.metrics_response(request).content.decode()


def test_the_gauges_of_a_process_go_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(folders.METRICS, str(tmp_path))
    for name in ("gauge_livemin_12.db", "counter_12.db", "gauge_livemin_13.db"):
        (tmp_path / name).touch()
    health.process_ended(12)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "counter_12.db",
        "gauge_livemin_13.db",
    ]


def test_without_a_folder_no_process_leaves_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(folders.METRICS, raising=False)
    health.process_ended(12)
    folders.remove_metrics()
