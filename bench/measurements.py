"""What is measured: each function does one thing at one site, and returns one figure."""

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.sites import ROOT, Provider, Site
from bench.visitors import Crowd, Visitor

SIGN_INS = 150
LOOKS = 2000  # at a session
LOOKERS = 8  # clients that look at the same time
HANGING = 100  # visitors of the provider that hangs

Measure = Callable[[Site, Provider], float]


@dataclass(frozen=True)
class Measurement:
    """A row of the table. `target` is for the ratio of Signet's figure to the other site's."""

    name: str
    unit: str
    measure: Measure
    target: str = ""
    repeated: bool = True  # a count is the same every time


def measurements(seconds: float) -> list[Measurement]:
    """Return all rows; each crowd signs in for so many seconds."""
    crowds = [
        Measurement(
            f"sign-ins a second, {clients} clients, provider takes {milliseconds} ms",
            "/s",
            partial(sign_ins_per_second, clients, milliseconds / 1000, seconds),
            "≥ 3" if (clients, milliseconds) == (32, 50) else "",
        )
        for milliseconds in (0, 50)
        for clients in (8, 32)
    ]
    return [
        Measurement("CPU, returning sign-in", "ms", partial(sign_in_cpu, first=False), "≤ 0.4"),
        Measurement("CPU, first sign-in", "ms", partial(sign_in_cpu, first=True)),
        Measurement(
            "queries, returning sign-in", "", partial(queries, "returning"), repeated=False
        ),
        Measurement("queries, first sign-in", "", partial(queries, "first"), repeated=False),
        Measurement("requests to the provider", "", outgoing_requests, repeated=False),
        Measurement("CPU, who is signed in?", "µs", look_cpu, "≤ 0.25"),
        *crowds,
    ]


def sign_in_cpu(site: Site, provider: Provider, *, first: bool) -> float:
    """Return CPU milliseconds of a sign-in, start and callback, one visitor after another."""
    visitor = Visitor(site)
    visitor.sign_in("somebody")
    began = site.cpu_seconds()
    for number in range(SIGN_INS):
        visitor.sign_in(f"new-{time.time_ns()}-{number}" if first else "somebody")
    return (site.cpu_seconds() - began) * 1000 / SIGN_INS


def look_cpu(site: Site, provider: Provider) -> float:
    """Return CPU microseconds of finding out who is signed in."""
    visitors = [Visitor(site) for _ in range(LOOKERS)]
    for number, visitor in enumerate(visitors):
        visitor.sign_in(f"looker-{number}")

    def look(visitor: Visitor) -> None:
        for _ in range(LOOKS // LOOKERS):
            visitor.ask_who_is_signed_in()

    began = site.cpu_seconds()
    threads = [threading.Thread(target=look, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (site.cpu_seconds() - began) * 1_000_000 / LOOKS


def sign_ins_per_second(
    clients: int, latency: float, seconds: float, site: Site, provider: Provider
) -> float:
    """Return how many sign-ins a second succeed, and raise if any is refused."""
    provider.set_latency(latency)
    try:
        crowd = Crowd(site, clients, seconds).run()
    finally:
        provider.set_latency(0)
    if crowd.refused:
        print(f"  {site.name}: {crowd.refused} of {crowd.refused + len(crowd.done)} refused")
    return crowd.per_second


def outgoing_requests(site: Site, provider: Provider) -> float:
    """Return how many requests one returning sign-in sends to the provider."""
    visitor = Visitor(site)
    visitor.sign_in("somebody")
    provider.take_count()
    visitor.sign_in("somebody")
    return provider.take_count()


def queries(which: str, site: Site, provider: Provider) -> float:
    """Return the database queries of a returning or a first sign-in."""
    host = f"localhost:{site.port}"
    command = [sys.executable, "-m", "bench.queries", host, site.start_path.format("demo")]
    answer = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=site.environment, check=True, capture_output=True, text=True
    )
    count: int = json.loads(answer.stdout)[which]
    return count


def seconds_of_a_sign_in(site: Site) -> float:
    """Return the median of a few sign-ins, one after another."""
    visitor, taken = Visitor(site), []
    for _ in range(40):
        began = time.monotonic()
        visitor.sign_in("somebody")
        taken.append(time.monotonic() - began)
    return statistics.median(taken)


def beside_a_hanging_provider(site: Site) -> tuple[float, float]:
    """Return the seconds of a sign-in as usual, and while a hundred visitors wait for another."""
    usual = seconds_of_a_sign_in(site)
    crowd = Crowd(site, HANGING, seconds=0.1, slug="hangs")
    waiting = threading.Thread(target=crowd.run)
    waiting.start()
    time.sleep(1)  # until all of them have pressed the button and come back
    beside = seconds_of_a_sign_in(site)
    waiting.join()
    return usual, beside
