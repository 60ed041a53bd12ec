"""The order of the checks, and how long each may take."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from time import monotonic

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from oauth_client.doctor.credentials import credentials
from oauth_client.doctor.fields import base_url, fields
from oauth_client.doctor.findings import Finding, Findings, Report, no_answer, problem, unknown
from oauth_client.doctor.metadata import endpoints, keys
from oauth_client.doctor.network import clock, dns, tls
from oauth_client.doctor.redirect_uri import redirect_uri
from oauth_client.doctor.subject import Subject
from outgoing import deadline
from outgoing.addresses import resolve as system_resolve
from outgoing.dialing import Resolve
from protocol.errors import SignInError
from providers import catalogue
from providers.models import Provider

logger = logging.getLogger(__name__)
SECONDS = 14.0  # all checks of an examination together take at most
GRACE = 1.0  # seconds more for a check whose time is over, to say so
FIRST = 0.4  # the share of the discovery document, which most other checks need
FIELDS = _("Settings")
RUN_SECONDS = 30  # then an examination that died no longer blocks the next
FAULT_FIX = _("See the log of this site for the reason, and please report it.")
LATE_FIX = _("Check again. Other results may show the reason.")

Check = Callable[[Subject], Findings]
# These run at the same time. One that hangs does not hold up the others.
SIDE_BY_SIDE: dict[str, Check] = {
    _("Host names"): dns,
    _("Certificates"): tls,
    _("Keys"): keys,
    _("Redirect URI"): redirect_uri,
    _("Client ID and secret"): credentials,
}


def examine_alone(provider: Provider, *, seconds: float = SECONDS) -> Report | None:
    """Examine a provider and keep the report. Return None while another examination of it runs."""
    key = f"doctor:{provider.pk}"
    if not cache.add(key, "", RUN_SECONDS):
        return None
    try:
        report = examine(provider, seconds=seconds)
    finally:
        cache.delete(key)
    report.keep(provider)
    return report


def examine(
    provider: Provider, *, seconds: float = SECONDS, resolve: Resolve = system_resolve
) -> Report:
    """Run every check. One that has not ended within `seconds` and a second more is unknown."""
    if provider.kind in catalogue.kinds():
        found = list(_examined(Subject(provider, resolve), seconds))
    else:
        fix = _("Remove it, and add it as another kind.")
        cause = _("This kind of provider is no longer supported.")
        found = [problem(cause, fix, check=FIELDS)]
    return Report(tuple(found), timezone.now())


def _examined(subject: Subject, seconds: float) -> Iterator[Finding]:
    end = monotonic() + seconds
    yield from _run(FIELDS, fields, subject, seconds)
    yield from _run(_("Address of this site"), base_url, subject, seconds)
    yield from _run(_("Discovery"), endpoints, subject, seconds * FIRST)
    yield from _side_by_side(subject, max(end - monotonic(), 0.1))
    yield from _run(_("Clocks"), clock, subject, seconds)


def _side_by_side(subject: Subject, seconds: float) -> Iterator[Finding]:
    """Return the findings of each check that ends in time. Its own deadline stops a late one."""
    pool = ThreadPoolExecutor(len(SIDE_BY_SIDE), thread_name_prefix="doctor")
    started = {
        title: pool.submit(_run, title, check, subject, seconds)
        for title, check in SIDE_BY_SIDE.items()
    }
    wait(started.values(), seconds + GRACE)
    pool.shutdown(wait=False, cancel_futures=True)
    for title, future in started.items():
        if future.done():
            yield from future.result()
        else:
            late = unknown(_("This check took too long."), LATE_FIX)
            yield replace(late, check=title, milliseconds=round(seconds * 1000))


def _run(title: str, check: Check, subject: Subject, seconds: float) -> list[Finding]:
    """Run one check, and note in each finding which check it was and how long it took."""
    began = monotonic()
    found: list[Finding] = []
    try:
        with deadline(seconds):
            found.extend(check(subject))
    except SignInError as error:
        found.append(no_answer(subject.provider, error))
    except Exception:  # the other findings are still worth showing
        logger.exception("a check of provider %s has failed", subject.provider.slug)
        found.append(unknown(_("This check failed because of an error in Signet."), FAULT_FIX))
    milliseconds = round((monotonic() - began) * 1000)
    return [
        replace(finding, check=finding.check or title, milliseconds=milliseconds)
        for finding in found
    ]
