"""A Redis of our own that dies, hangs and comes back: bounded waits, and no restart."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import redis
from django.core.cache import cache
from pytest_django import Settings

from tests.browser.conftest import free_port
from tests.sessions.outage import redis_at

SERVER = shutil.which("redis-server") or ""
pytestmark = pytest.mark.skipif(not SERVER, reason="there is no redis-server on this machine")
PATIENCE = 0.3  # seconds


@dataclass
class Redis:
    """A server that can be stopped, and started again at the same address."""

    port: int = field(default_factory=free_port)

    def start(self) -> None:
        command = [SERVER, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not self._answers() and time.monotonic() < end:
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self.port, socket_timeout=1).ping())
        except redis.RedisError:
            return False


@pytest.fixture
def server(settings: Settings) -> Iterator[Redis]:
    server = Redis()
    server.start()
    url, options = (
        f"redis://127.0.0.1:{server.port}/0",
        ("socket_connect_timeout", "socket_timeout"),
    )
    settings.CACHES = redis_at(url, **dict.fromkeys(options, PATIENCE))
    cache.set("a", 1)
    yield server
    server.kill()


def seconds_of_a_refusal() -> float:
    began = time.monotonic()
    with pytest.raises(redis.RedisError):
        cache.get("a")
    return time.monotonic() - began


def test_a_redis_that_hangs_is_waited_for_once(server: Redis) -> None:
    server.process.send_signal(signal.SIGSTOP)
    waits = [seconds_of_a_refusal() for _ in range(3)]
    server.process.send_signal(signal.SIGCONT)
    assert all(PATIENCE * 0.9 < wait < PATIENCE * 2 for wait in waits)


def test_a_late_answer_is_not_taken_for_that_to_the_next_question(server: Redis) -> None:
    cache.set("b", 2)
    server.process.send_signal(signal.SIGSTOP)
    seconds_of_a_refusal()
    server.process.send_signal(signal.SIGCONT)
    assert [cache.get("b"), cache.get("a")] == [2, 1]


def test_a_redis_that_is_back_answers_the_next_question(server: Redis) -> None:
    server.kill()
    assert seconds_of_a_refusal() < PATIENCE
    server.start()
    cache.set("a", 3)
    assert cache.get("a") == 3


def test_a_redis_that_was_restarted_between_two_questions_is_not_noticed(server: Redis) -> None:
    server.kill()
    server.start()
    cache.set("a", 4)
    assert cache.get("a") == 4
