"""What is measured: each function does one thing at one site, and returns one figure."""

import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from bench.sites import Provider, Site
from bench.visitors import Program, RefusedError, Visitor, all_at_once, per_second

SIGN_INS = 160
LOOKS = 2000  # at a session
REFRESHES = 1000
CLIENTS = 8  # at once, where nothing else is said
HANGING = 100  # visitors of the provider that hangs

Measure = Callable[[Site, Provider], float]


class Measurement(NamedTuple):
    """A row of the table. `target` is for the ratio of Signet's figure to the other site's."""

    name: str
    unit: str  # "" for a count, which is the same every time
    measure: Measure
    target: str = ""


def measurements(seconds: float) -> list[Measurement]:
    """Return all rows; each crowd signs in for so many seconds."""
    cpu = "CPU, returning sign-in"
    refreshes = f"refreshes a second, {CLIENTS} clients"
    return [
        Measurement(cpu, "ms", partial(sign_in_cpu, 1, "somebody"), "≤ 0.4"),
        Measurement(f"{cpu}, 8 at once", "ms", partial(sign_in_cpu, 8, "somebody"), "≤ 0.4"),
        Measurement("CPU, first sign-in", "ms", partial(sign_in_cpu, 1, "")),
        Measurement("queries, returning sign-in", "", partial(queries, "returning")),
        Measurement("queries, first sign-in", "", partial(queries, "first")),
        Measurement("requests to the provider", "", outgoing_requests),
        Measurement("CPU, who is signed in?", "µs", look_cpu, "≤ 0.2"),
        Measurement("CPU, refresh", "ms", refresh_cpu, "≤ 0.5, ≤ 1.5 ms"),
        Measurement(refreshes, "/s", partial(refreshes_per_second, seconds)),
        *(
            Measurement(
                f"sign-ins a second, {clients} clients, provider takes {milliseconds} ms",
                "/s",
                partial(sign_ins_per_second, clients, milliseconds / 1000, seconds),
                "≥ 3" if (clients, milliseconds) == (32, 50) else "",
            )
            for milliseconds in (0, 50)
            for clients in (8, 32)
        ),
    ]


def sign_in_cpu(clients: int, sub: str, site: Site, provider: Provider) -> float:
    """Return CPU milliseconds of a sign-in, start and callback.

    Without a `sub`, each sign-in is somebody's first.
    """

    def sign_in(visitor: Visitor) -> None:
        visitor.sign_in(sub or f"new-{time.time_ns()}")

    return _cpu_seconds(site, [partial(sign_in, each) for each in _signed_in(site, clients)]) * 1000


def look_cpu(site: Site, provider: Provider) -> float:
    """Return CPU microseconds of finding out who is signed in."""
    looks = [visitor.ask_who_is_signed_in for visitor in _signed_in(site, CLIENTS)]
    return _cpu_seconds(site, looks, LOOKS) * 1_000_000


def refresh_cpu(site: Site, provider: Provider) -> float:
    """Return CPU milliseconds of a refresh, one after another."""
    program = Program(site, provider, "somebody")
    program.refresh()
    return _cpu_seconds(site, [program.refresh], REFRESHES) * 1000


def _signed_in(site: Site, number: int) -> list[Visitor]:
    visitors = [Visitor(site) for _ in range(number)]
    for each, visitor in enumerate(visitors):
        visitor.sign_in(f"visitor-{each}")
    return visitors


def _cpu_seconds(site: Site, actions: list[Callable[[], None]], times: int = SIGN_INS) -> float:
    """Return the site's CPU seconds for one action, while all actions are repeated at once."""
    each = times // len(actions)

    def repeat(action: Callable[[], None]) -> None:
        for _ in range(each):
            action()

    began = site.cpu_seconds()
    all_at_once(partial(repeat, action) for action in actions)
    return (site.cpu_seconds() - began) / (each * len(actions))


def refreshes_per_second(seconds: float, site: Site, provider: Provider) -> float:
    """Return how many refreshes a second succeed, each client's in its own session."""
    programs = [Program(site, provider, f"client-{number}") for number in range(CLIENTS)]
    return per_second([program.refresh for program in programs], seconds)


def sign_ins_per_second(
    clients: int, latency: float, seconds: float, site: Site, provider: Provider
) -> float:
    """Return how many sign-ins a second succeed."""
    provider.set_latency(latency)
    try:
        return per_second(_crowd(site, clients), seconds)
    finally:
        provider.set_latency(0)


def _crowd(site: Site, clients: int, slug: str = "demo") -> list[Callable[[], None]]:
    return [partial(Visitor(site).sign_in, f"crowd-{number}", slug) for number in range(clients)]


def outgoing_requests(site: Site, provider: Provider) -> float:
    """Return how many requests one returning sign-in sends to the provider."""
    visitor = Visitor(site)
    visitor.sign_in("somebody")
    provider.take_count()
    visitor.sign_in("somebody")
    return provider.take_count()


def queries(which: str, site: Site, provider: Provider) -> float:
    """Return the database queries of a returning or a first sign-in."""
    count: int = site.inside("queries")[which]
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
    """Return the seconds of a sign-in: as usual, and while another provider hangs.

    A hundred visitors wait for that provider.
    """
    usual = seconds_of_a_sign_in(site)
    waiting = threading.Thread(target=all_at_once, args=[_hanging(site)])
    waiting.start()
    time.sleep(1)  # until all of them have pressed the button and come back
    beside = seconds_of_a_sign_in(site)
    waiting.join()
    return usual, beside


def _hanging(site: Site) -> list[Callable[[], None]]:
    def wait(sign_in: Callable[[], None]) -> None:
        with suppress(RefusedError):
            sign_in()

    return [partial(wait, sign_in) for sign_in in _crowd(site, HANGING, "hangs")]
