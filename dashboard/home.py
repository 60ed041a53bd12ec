"""What the home of the admin shows to whom, as the values of its template."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst

from attempts.daily import DAYS
from attempts.drawing.sequence_diagram import duration
from dashboard import timing, upkeep
from dashboard.charts import ColumnChart, bars, column_chart
from dashboard.checklist import checklist
from dashboard.remembered import remembered
from dashboard.sign_ins import Outcome, SignIns, sign_ins
from diagnosis import in_words
from diagnosis.refused_forms import form_advice
from providers import catalogue
from providers.marks import Mark
from providers.models import Provider

PICTURES = ("sign_ins", "causes", "timings")
KEPT = 60  # seconds
CAUSES = 8  # that are shown
TALL, SMALL = 190, 44  # px
ATTEMPTS = "admin:attempts_signinattempt_changelist"


@dataclass(frozen=True)
class ProviderRow:
    """How sign-ins through one provider went. `mark` is missing where its row is gone."""

    name: str
    mark: Mark | None
    outcome: Outcome
    chart: ColumnChart
    url: str


def home(request: HttpRequest) -> dict[str, Any]:
    """Return what this admin may see."""
    shown: dict[str, Any] = {}
    if request.user.has_perm("providers.view_provider"):
        shown["checklist"] = checklist(request)
    if request.user.has_perm("attempts.view_signinattempt"):
        shown["pictures"] = remembered("pictures", KEPT, _pictures)
    notices = _notices(request)
    return shown | {"notices": notices, "has_any": bool(shown or notices)}


def _pictures() -> dict[str, str]:
    """Return each part as HTML, the same for everybody: drawing costs more than counting."""
    context = _values(sign_ins())
    return {name: render_to_string(f"admin/dashboard/{name}.html", context) for name in PICTURES}


def _values(found: SignIns) -> dict[str, Any]:
    timings = timing.timings()
    causes = [
        (capfirst(in_words(cause)), number, attempts_url(cause)) for cause, number in found.causes
    ]
    parts = [(part.name, part.milliseconds, "") for part in timings.parts]
    return {
        "days": DAYS,
        "sign_ins": found,
        "sessions": upkeep.sessions_alive(),
        "chart": column_chart(found.by_day(), TALL, margin=20),
        "providers": _providers(found),
        "table": _table(found),
        "causes": bars(causes[:CAUSES]),
        "refused_forms": [(n, form_advice(fault)) for fault, n in found.refused_forms.items()],
        "further_causes": sum(number for _, number, _ in causes[CAUSES:]),
        "timings": [(bar, duration(bar.number)) for bar in bars(parts)],
        "sample": timings.sample,
    }


def _providers(found: SignIns) -> list[ProviderRow]:
    """Return the providers of the 30 days, the busiest first."""
    rows = {provider.slug: provider for provider in Provider.objects.all()}
    return [_provider_row(slug, rows.get(slug), found) for slug in found.providers]


def _provider_row(slug: str, provider: Provider | None, found: SignIns) -> ProviderRow:
    days = found.by_day(slug)
    outcome = Outcome(sum(each.succeeded for _, each in days), sum(each.failed for _, each in days))
    kind = catalogue.kinds().get(provider.kind) if provider else None
    url = reverse("admin:providers_provider_change", args=[provider.pk]) if provider else ""
    name = provider.name if provider else slug
    chart = column_chart(days, SMALL)
    return ProviderRow(name, Mark.of(kind) if kind else None, outcome, chart, url)


def _table(found: SignIns) -> list[tuple[date, list[Outcome]]]:
    """Return the numbers behind the columns: for each day those of all, then of each provider."""
    sides = [found.by_day(), *(found.by_day(slug) for slug in found.providers)]
    return [(days[0][0], [outcome for _, outcome in days]) for days in zip(*sides, strict=True)]


def _notices(request: HttpRequest) -> list[upkeep.Notice]:
    """Return what expires, of that which this admin may look at."""
    secrets = upkeep.secrets() if request.user.has_perm("providers.view_provider") else []
    may_see_keys = request.user.has_perm("signet_sessions.view_signingkey")
    return [*secrets, *([upkeep.signing_key()] if may_see_keys else [])]


def attempts_url(diagnosis: str) -> str:
    """Return the list of the sign-ins that failed for this cause."""
    return f"{reverse(ATTEMPTS)}?{urlencode({'diagnosis': diagnosis})}"
