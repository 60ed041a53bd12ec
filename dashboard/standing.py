"""Does each provider work? Its last check and its last sign-in say so, the newer one first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, Q, Subquery

from attempts.models import NO_SIGN_INS, SignInAttempt
from diagnosis import DIAGNOSES
from diagnosis.advice import advice_on
from diagnosis.entries import Advice
from oauth_client.doctor.findings import Outcome, Report, report_of
from providers.models import Provider

OF_THE_SITE = {"settings", "network", "answer"}  # groups of failures that every visitor meets
FAULTS = [code for code, entry in DIAGNOSES.items() if entry.group in OF_THE_SITE]
GOOD = (Outcome.OK, Outcome.WARNING)


class LastSignIn(NamedTuple):
    """How the last sign-in of a provider ended, "" for a success; None if there was none.

    A failure of one visitor, who said no for example, does not count.
    """

    diagnosis: str | None = None
    ended_at: datetime | None = None
    of_visitor: str | None = None  # the diagnosis of the last one that was no dry run


@dataclass(frozen=True)
class Standing:
    """What is known of a provider. `works` and `signs_in` are None if nothing tells."""

    provider: Provider
    works: bool | None
    signs_in: bool | None  # how the last visitor fared
    trouble: Advice | None = None  # if it does not work


def standings() -> Iterator[Standing]:
    """Yield how each enabled provider does, in two queries."""
    rows = Provider.objects.filter(enabled=True).select_related("examination")
    telling = SignInAttempt.objects.filter(
        Q(diagnosis="") | Q(diagnosis__in=FAULTS), provider=OuterRef("slug")
    ).order_by("-created_at")
    visits = telling.exclude(process__in=NO_SIGN_INS)
    columns = (
        telling.values("diagnosis"),
        telling.values("created_at"),
        visits.values("diagnosis"),
    )
    found = rows.values_list("pk", *(Subquery(column[:1]) for column in columns))
    last = {pk: LastSignIn(*values) for pk, *values in found}
    for provider in rows:
        row = getattr(provider, "examination", None)
        yield _standing(provider, last.get(provider.pk, LastSignIn()), row and report_of(row))


def _standing(provider: Provider, last: LastSignIn, report: Report | None) -> Standing:
    signs_in = None if last.of_visitor is None else last.of_visitor == ""
    is_newer = bool(report and not (last.ended_at and last.ended_at > report.examined_at))
    has_passed = bool(report and report.outcome in GOOD)
    if report and is_newer and report.outcome is Outcome.PROBLEM:
        return Standing(provider, False, signs_in, report.concerns[0].advice)
    if last.diagnosis and is_newer and has_passed:  # mended perhaps: a check cannot see everything
        return Standing(provider, None, signs_in)
    if last.diagnosis:
        return Standing(provider, False, signs_in, advice_on(last.diagnosis, provider))
    return Standing(provider, True if last.diagnosis == "" or has_passed else None, signs_in)
