"""The values for the template of the admin's home. Each admin sees what their rights allow."""

from datetime import date
from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from redis.exceptions import RedisError

from attempts.daily import DAYS
from attempts.drawing import duration
from dashboard import upkeep
from dashboard.charts import bars, column_chart
from dashboard.checklist import checklist
from dashboard.sign_ins import SignIns, Tally, sign_ins, timings
from diagnosis import in_words
from diagnosis.refused_forms import form_advice
from providers import catalogue
from providers.marks import Mark
from providers.models import Provider
from sessions.models import Session
from sessions.sessions import alive

PICTURES = ("sign_ins", "causes", "timings")
KEPT = 60  # seconds
CAUSES = 8  # that are shown
TALL, SMALL = 190, 44  # px
ATTEMPTS = "admin:attempts_signinattempt_changelist"


def home(request: HttpRequest) -> dict[str, Any]:
    """Return what this admin may see."""
    sees_providers = request.user.has_perm("providers.view_provider")
    parts: dict[str, Any] = {"checklist": checklist(request)} if sees_providers else {}
    if request.user.has_perm("attempts.view_signinattempt"):
        parts["pictures"] = _kept_pictures()
    reminders = upkeep.secrets() if sees_providers else []
    if request.user.has_perm("signet_sessions.view_signingkey"):
        reminders.append(upkeep.signing_key())
    return parts | {"reminders": reminders, "has_any": bool(parts or reminders)}


def _kept_pictures() -> dict[str, str]:
    """Return the pictures of the last minute, or new ones while the cache does not answer."""
    try:
        return cast("dict[str, str]", cache.get_or_set("dashboard:pictures", _pictures, KEPT))
    except RedisError:
        return _pictures()


def _pictures() -> dict[str, str]:
    """Return each part as HTML: to draw it costs more than to count, and it is the same for all."""
    context = _values(sign_ins())
    return {name: render_to_string(f"admin/dashboard/{name}.html", context) for name in PICTURES}


def _values(month: SignIns) -> dict[str, Any]:
    parts, sample = timings()
    causes = [
        (capfirst(in_words(cause)), number, attempts_url(cause)) for cause, number in month.causes
    ]
    return {
        "days": DAYS,
        "sign_ins": month,
        "sessions": alive(Session.objects.all()).count(),
        "chart": column_chart(month.by_day(), TALL, margin=20),
        "providers": _providers(month),
        "table": _table(month),
        "causes": bars(causes[:CAUSES]),
        "refused_forms": [(n, form_advice(fault)) for fault, n in month.refused_forms.items()],
        "further_causes": sum(number for _, number, _ in causes[CAUSES:]),
        "timings": [(bar, duration(bar.number)) for bar in bars([(*part, "") for part in parts])],
        "sample": sample,
    }


def _providers(month: SignIns) -> list[dict[str, Any]]:
    """Return the providers of the 30 days, the busiest first."""
    rows = {provider.slug: provider for provider in Provider.objects.all()}
    return [_provider(slug, rows.get(slug), month) for slug in month.providers]


def _provider(slug: str, row: Provider | None, month: SignIns) -> dict[str, Any]:
    """Return how sign-ins through one provider went; its row may be gone."""
    kind = catalogue.kinds().get(row.kind) if row else None
    return {
        "name": row.name if row else slug,
        "mark": Mark.of(kind) if kind else None,
        "tally": month.tally(slug),
        "chart": column_chart(month.by_day(slug), SMALL),
        "url": reverse("admin:providers_provider_change", args=[row.pk]) if row else "",
    }


def _table(month: SignIns) -> list[tuple[date, list[Tally]]]:
    """Return the numbers of each day: first those of all, then those of each provider."""
    sides = [month.by_day(), *(month.by_day(slug) for slug in month.providers)]
    return [(days[0][0], [tally for _, tally in days]) for days in zip(*sides, strict=True)]


def attempts_url(diagnosis: str) -> str:
    """Return the address of the list of sign-ins that failed for this cause."""
    return f"{reverse(ATTEMPTS)}?{urlencode({'diagnosis': diagnosis})}"
