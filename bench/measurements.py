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
from typing import Any

from bench.clients import Client, Refreshing
from bench.processes import ROOT, SITE_CORE, pinned_to
from bench.sites import Provider, Site
from bench.visitors import Crowd, Visitor, all_at_once

SIGN_INS = 160
LOOKS = 2000  # at a session
LOOKERS = 8  # clients that look at the same time
REFRESHES = 1000
REFRESHERS = 8  # clients that refresh at the same time
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
    return [
        Measurement("CPU, returning sign-in", "ms", partial(sign_in_cpu, 1, "somebody"), "≤ 0.4"),
        Measurement(
            "CPU, returning sign-in, 8 at once", "ms", partial(sign_in_cpu, 8, "somebody"), "≤ 0.4"
        ),
        Measurement("CPU, first sign-in", "ms", partial(sign_in_cpu, 1, "")),
        Measurement(
            "queries, returning sign-in", "", partial(queries, "returning"), repeated=False
        ),
        Measurement("queries, first sign-in", "", partial(queries, "first"), repeated=False),
        Measurement("requests to the provider", "", outgoing_requests, repeated=False),
        Measurement("CPU, who is signed in?", "µs", look_cpu, "≤ 0.2"),
        Measurement("CPU, refresh", "ms", refresh_cpu, "≤ 0.5, ≤ 1.5 ms"),
        Measurement(
            f"refreshes a second, {REFRESHERS} clients",
            "/s",
            partial(refreshes_per_second, seconds),
        ),
        *_crowds(seconds),
    ]


def _crowds(seconds: float) -> list[Measurement]:
    """Return a row for each number of clients at each latency of the provider."""
    return [
        Measurement(
            f"sign-ins a second, {clients} clients, provider takes {milliseconds} ms",
            "/s",
            partial(sign_ins_per_second, clients, milliseconds / 1000, seconds),
            "≥ 3" if (clients, milliseconds) == (32, 50) else "",
        )
        for milliseconds in (0, 50)
        for clients in (8, 32)
    ]


def sign_in_cpu(clients: int, sub: str, site: Site, provider: Provider) -> float:
    """Return CPU milliseconds of a sign-in, start and callback; without a `sub`, of a first one."""

    def sign_in(visitor: Visitor) -> None:
        for _ in range(SIGN_INS // clients):
            visitor.sign_in(sub or f"new-{time.time_ns()}")

    used = _cpu_seconds(site, clients, sign_in)
    return used * 1000 / (SIGN_INS // clients * clients)


def look_cpu(site: Site, provider: Provider) -> float:
    """Return CPU microseconds of finding out who is signed in."""

    def look(visitor: Visitor) -> None:
        for _ in range(LOOKS // LOOKERS):
            visitor.ask_who_is_signed_in()

    return _cpu_seconds(site, LOOKERS, look) * 1_000_000 / LOOKS


def _cpu_seconds(site: Site, clients: int, do: Callable[[Visitor], None]) -> float:
    """Return what the site uses while so many visitors, all signed in, do the same at once."""
    visitors = [Visitor(site) for _ in range(clients)]
    for number, visitor in enumerate(visitors):
        visitor.sign_in(f"visitor-{number}")
    began = site.cpu_seconds()
    all_at_once(do, visitors)
    return site.cpu_seconds() - began


def refresh_cpu(site: Site, provider: Provider) -> float:
    """Return CPU milliseconds of a refresh, one client after another."""
    client = Client(site, provider, "somebody")
    client.refresh()
    began = site.cpu_seconds()
    for _ in range(REFRESHES):
        client.refresh()
    return (site.cpu_seconds() - began) * 1000 / REFRESHES


def refreshes_per_second(seconds: float, site: Site, provider: Provider) -> float:
    """Return how many refreshes a second succeed, each client's own session; none may fail."""
    clients = [Client(site, provider, f"client-{number}") for number in range(REFRESHERS)]
    return Refreshing(clients, seconds).run().per_second


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
    count: int = _inside(site, "bench.queries")[which]
    return count


def seconds_of_recording(site: Site) -> tuple[float, float]:
    """Return the CPU seconds of a sign-in of ours that is recorded, and of one that is not."""
    found = _inside(site, "bench.recording")
    return found["recorded"], found["unrecorded"]


def _inside(site: Site, module: str) -> Any:
    """Return what a module finds out inside the site's own Django, on the site's core."""
    command = [sys.executable, "-m", module, f"localhost:{site.port}"]
    answer = subprocess.run(  # noqa: S603
        [*command, site.start_path.format("demo")],
        cwd=ROOT,
        env=site.environment,
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=pinned_to(SITE_CORE),
    )
    return json.loads(answer.stdout)


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
