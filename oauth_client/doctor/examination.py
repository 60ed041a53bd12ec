"""The order of the checks, and how long each may take."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import TypeVar

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from oauth_client.doctor.credentials import credentials
from oauth_client.doctor.fields import base_url, fields
from oauth_client.doctor.findings import Finding, Findings, Report, problem, unknown
from oauth_client.doctor.metadata import endpoints, keys
from oauth_client.doctor.network import clock, dns, tls
from oauth_client.doctor.redirect_uri import redirect_uri
from oauth_client.doctor.subject import Examined, Subject
from outgoing import deadline
from outgoing.addresses import resolve as system_resolve
from outgoing.dialing import Resolve
from protocol.errors import SignInError
from providers import catalogue
from providers.models import Provider

logger = logging.getLogger(__name__)
SECONDS = 14.0  # all checks of an examination together take at most
GRACE = 1.0  # seconds more for a check whose time is over, to say so
SHARE_OF_FIRST = 0.4  # of the time
FIELDS = _("Settings")
RUN_SECONDS = 30  # then an examination that died no longer blocks the next
FAULT_FIX = _("See the log of this site for the reason, and please report it.")
LATE_FIX = _("Check again. Other results may show the reason.")

Check = Callable[[Subject], Findings]
Shared = TypeVar("Shared", bound=Examined)  # by the checks of one examination
# Checks of one group run at the same time: one that hangs does not hold up the others. None asks
# the database, because a thread that does opens a connection of its own.
FIRST: dict[str, Check] = {
    FIELDS: fields,
    _("Address of this site"): base_url,
    _("Discovery"): endpoints,  # which most other checks need
}
SECOND: dict[str, Check] = {
    _("Host names"): dns,
    _("Certificates"): tls,
    _("Keys"): keys,
    _("Redirect URI"): redirect_uri,
    _("Client ID and secret"): credentials,
}
LAST: dict[str, Check] = {_("Clocks"): clock}
ROUNDS = (FIRST, SECOND, LAST)


def examine_alone(provider: Provider, *, seconds: float = SECONDS) -> Report | None:
    """Examine a provider and keep the report. Return None while another examination of it runs."""
    found = partial(examine, provider, seconds=seconds)
    return alone(f"doctor:{provider.pk}", found, lambda report: report.keep(provider))


def alone(
    key: str, examine: Callable[[], Report], keep: Callable[[Report], object]
) -> Report | None:
    """Examine and keep the report. Return None while another examination has this key."""
    if not cache.add(key, "", RUN_SECONDS):
        return None
    try:
        report = examine()
    finally:
        cache.delete(key)
    keep(report)
    return report


def examine(
    provider: Provider, *, seconds: float = SECONDS, resolve: Resolve = system_resolve
) -> Report:
    """Run every check. One that has not ended within `seconds` and a second more is unknown."""
    if provider.kind in catalogue.kinds():
        subject = Subject(provider, resolve=resolve)
        found = list(in_three_rounds(ROUNDS, subject, seconds))
    else:
        fix = _("Remove it, and add it as another kind.")
        cause = _("This kind of provider is no longer supported.")
        found = [problem(cause, fix, check=FIELDS)]
    return Report(tuple(found), timezone.now())


def in_three_rounds(
    rounds: Sequence[Mapping[str, Callable[[Shared], Findings]]], examined: Shared, seconds: float
) -> Iterator[Finding]:
    """Run the checks of each round at the same time. The first leaves time for the second."""
    first, second, last = rounds
    end = monotonic() + seconds
    yield from _side_by_side(first, examined, seconds * SHARE_OF_FIRST)
    yield from _side_by_side(second, examined, max(end - monotonic(), 0.1))
    yield from _side_by_side(last, examined, seconds)


def _side_by_side(
    checks: Mapping[str, Callable[[Shared], Findings]], examined: Shared, seconds: float
) -> Iterator[Finding]:
    """Yield the findings of each check. The deadline of the check itself stops a late one."""
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="doctor")
    runs = [
        Run(title, partial(check, examined), examined, seconds) for title, check in checks.items()
    ]
    futures = [pool.submit(run.find) for run in runs]
    wait(futures, seconds + GRACE)
    pool.shutdown(wait=False, cancel_futures=True)
    for run, future in zip(runs, futures, strict=True):
        yield from run.findings(future)


@dataclass
class Run:
    """One check, which fills `found` in a thread of its own."""

    title: str
    check: Callable[[], Findings]
    examined: Examined
    seconds: float
    found: list[Finding] = field(default_factory=list)
    milliseconds: int = 0

    def find(self) -> None:
        began = monotonic()
        try:
            with deadline(self.seconds):
                self.found.extend(self.check())
        except SignInError as error:
            self.found.append(self.examined.no_answer(error))
        finally:
            self.milliseconds = round((monotonic() - began) * 1000)

    def findings(self, future: Future[None]) -> Iterator[Finding]:
        """Yield what was found, and why there is no more if the check is late or has failed.

        Each finding says which check it is of, and how long that took.
        """
        found, milliseconds = list(self.found), self.milliseconds
        if not future.done():
            found.append(unknown(_("This check took too long."), LATE_FIX))
            milliseconds = round(self.seconds * 1000)
        elif error := future.exception():
            logger.error("a check of %s has failed", self.examined.name, exc_info=error)
            cause = _("This check failed because of an error in Signet.")
            found.append(unknown(cause, FAULT_FIX))
        for each in found:
            yield replace(each, check=each.check or self.title, milliseconds=milliseconds)
