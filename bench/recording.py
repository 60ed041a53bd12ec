"""Measure what keeping a sign-in costs, inside a site's own Django: `python -m bench.recording`.

Runs with the settings of the environment and prints JSON: CPU seconds of a returning sign-in that
is recorded, and of one that is not. No server takes part; there is no switch but this one.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import django
from django.test import Client

from bench.queries import sign_in

SIGN_INS = 600  # of each kind
PER_ADDRESS = 100  # sign-ins; many more from one are refused
BATCH = 40  # as many as come between two turns of the background thread, at a hundred a second


class Clocked:
    """What answers the requests, with the CPU seconds that it has used."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self.seconds = 0.0

    def __call__(self, environ: dict[str, Any]) -> Any:
        began = time.thread_time()
        try:
            return self._handler(environ)
        finally:
            self.seconds += time.thread_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("start_path")
    options = parser.parse_args()
    django.setup()
    print(json.dumps(_measured(options.host, options.start_path)))


def _measured(host: str, start_path: str) -> dict[str, float]:
    """Sign in again and again, with and without a record in turn, so that both meet the same."""
    from attempts import recording  # noqa: PLC0415 - after Django's set-up

    client = Client(headers={"host": host})
    sign_in(client, start_path, "known")  # what a process does once is done now
    clocked = Clocked(client.handler)
    client.handler = clocked  # type: ignore[assignment]
    seconds: dict[bool, list[float]] = {True: [], False: []}
    writing = 0.0
    for number in range(2 * SIGN_INS):
        is_recorded = number % 4 in (0, 3)  # neither is always the first
        with nullcontext() if is_recorded else _unrecorded():
            clocked.seconds = 0.0
            client.cookies.clear()
            client.defaults["REMOTE_ADDR"] = f"192.0.2.{number // PER_ADDRESS}"
            sign_in(client, start_path, "known")
            seconds[is_recorded].append(clocked.seconds)
        if number % (2 * BATCH) == 0:
            began = time.thread_time()
            recording.write()
            writing += time.thread_time() - began
    recorded, unrecorded = (statistics.median(seconds[kind]) for kind in (True, False))
    return {"recorded": recorded + writing / SIGN_INS, "unrecorded": unrecorded}


@contextmanager
def _unrecorded() -> Iterator[None]:
    """Keep nothing of the sign-ins inside: nobody takes them down, and there is no row.

    They are counted for Prometheus all the same, which is a matter of its own.
    """
    with (
        patch("oauth_client.views.Recorder", lambda **_: nullcontext()),
        patch("oauth_client.views.record", _only_count),
        patch("oauth_client.how_it_works.browser_messages.note_return", lambda *_: None),
        patch("oauth_client.how_it_works.browser_messages.finish", lambda *_: None),
    ):
        yield


def _only_count(_request: Any, provider: Any, recorder: Any, ended: Any) -> bool:
    from attempts import counting  # noqa: PLC0415 - after Django's set-up

    counting.ended(provider.slug, recorder, ended, time.perf_counter() - recorder.began_at)
    return True


if __name__ == "__main__":
    main()
