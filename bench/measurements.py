"""What is measured at each site."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import nan

from bench.sites import Provider, Site
from bench.visitors import Browser, Exchange, RefusedError, together

CLIENTS, CROWD, IN_VAIN = 8, 32, 100  # at once; the last wait for a provider that hangs

START = "start to first answer [s]"
CPU = "CPU of a returning sign-in [ms]"
EIGHT = f"the same, {CLIENTS} visitors at once [ms]"
SESSION = "CPU of `GET /api/session` [µs]"
REFRESH = "CPU of a refresh [ms]"
MEMORY = "memory of a worker [MB]"
RATE = f"sign-ins a second, {CROWD} visitors, provider {{}} ms"
P99 = "p99 of these, provider {} ms [ms]"
HANGING = f"a sign-in, {IN_VAIN} wait for another provider [ms]"
RECORD = "CPU of a sign-in, its record [ms]"
OF_APP, CPU_OF_APP = "queries of an app's three requests", "CPU of these [ms]"
TARGETS = dict.fromkeys((CPU, EIGHT), "≤ 0.2 of allauth, < others") | {
    RATE.format(50): "≥ 3.5 of allauth, ≥ 1.3 of better-auth",
    P99.format(50): "≤ 1.43 of better-auth",
}
TARGETS |= {START: "≤ 1.5", SESSION: "≤ 80", REFRESH: "≤ 1.5", MEMORY: "≤ 120", HANGING: "≤ 1.5"}
TARGETS |= {OF_APP: "≤ 8", CPU_OF_APP: "≤ 8, ≤ 0.5 of the toolkit"}
TARGETS |= {RECORD: "< 1.05", "validation [µs]": "≤ 1.3", "again [µs]": "≤ 10"}


def figures(site: Site, provider: Provider, seconds: float) -> Iterator[dict[str, float]]:
    """Start a site and yield its figures; most measurements go on for so many seconds."""

    def cpu(deed: Callable[[Browser], Exchange], number: int = CLIENTS) -> float:
        """Return the site's CPU milliseconds for one deed."""
        browsers = _browsers(site, number)
        together(browsers, _returning)
        began = site.cpu_seconds()
        done = together(browsers, deed, seconds)
        return (site.cpu_seconds() - began) / len(done) * 1000

    yield {START: site.start()}
    together(_browsers(site, CLIENTS), _returning, seconds)  # Node.js compiles what is used often
    yield {CPU: cpu(_returning, 1)}
    yield {EIGHT: cpu(_returning)}
    yield {"CPU of a first sign-in [ms]": cpu(Browser.sign_in, 1)}
    returning, first = site.inside("queries") if site.ways.page else (nan, nan)
    yield {"queries of a returning sign-in": returning, "queries of a first one": first}
    provider.control()
    together(_browsers(site, 1), _returning)
    yield {"requests to the provider": provider.control()}
    yield {SESSION: cpu(Browser.ask_who_is_signed_in) * 1000}
    yield {REFRESH: cpu(Browser.refresh) if site.ways.refresh else nan}
    for latency in (0, 50):
        yield _crowd(latency, seconds, site, provider)
    yield {MEMORY: site.megabytes()}


def _crowd(latency: int, seconds: float, site: Site, provider: Provider) -> dict[str, float]:
    """Let many sign in at once. Visitors and provider should not be busy all the time."""
    provider.control(f"?latency={latency / 1000}")
    began, busy = time.monotonic(), -time.process_time() - provider.cpu_seconds()
    people = _browsers(site, CROWD)
    taken = together(people, lambda browser: browser.sign_in(f"crowd-{id(browser)}"), seconds)
    busy += time.process_time() + provider.cpu_seconds()
    elapsed = time.monotonic() - began
    provider.control("?latency=0")
    return {
        RATE.format(latency): len(taken) / elapsed,
        P99.format(latency): statistics.quantiles(taken, n=100)[-1] * 1000,
        f"load on the other core, provider {latency} ms [%]": busy / elapsed * 100,
    }


def _browsers(site: Site, number: int) -> list[Browser]:
    return [Browser(site.ways, site.port) for _ in range(number)]


def _returning(browser: Browser) -> Exchange:
    return browser.sign_in("somebody")


def beside_a_hanging_provider(site: Site) -> list[float]:
    """Return the milliseconds of a sign-in while many wait for another provider, and as usual."""

    def in_vain(browser: Browser) -> Exchange:
        with suppress(RefusedError):
            yield from browser.sign_in("crowd", "hangs")

    def milliseconds() -> float:
        return statistics.median(together(_browsers(site, 1), _returning, 1.5)) * 1000

    usual = milliseconds()
    waiting = threading.Thread(target=together, args=(_browsers(site, IN_VAIN), in_vain))
    waiting.start()
    time.sleep(4)  # until all of them have pressed the button and come back
    beside = milliseconds()
    waiting.join()
    return [beside, usual]
