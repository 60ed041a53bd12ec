"""The values for the admin's home. Each admin sees what they may, also what is about to expire."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from attempts.daily import DAYS
from attempts.drawing import duration
from dashboard.charts import column_chart
from dashboard.checklist import Item, checklist
from dashboard.sign_ins import SignIns, Tally, sign_ins, timings
from diagnosis import in_words
from diagnosis.refusals import name_of
from diagnosis.refused_forms import form_advice
from oidc_provider import failures_kept
from providers import catalogue
from providers.marks import Mark
from providers.models import Provider
from providers.next_secret import expiring_secrets
from sessions.lifetime import alive
from sessions.models import Session
from sessions.signing_keys import life
from sessions.signing_keys.models import SigningKey
from web import shown
from web.cache_errors import cache_errors

Purpose = SigningKey.Purpose
PICTURES = ("sign_ins", "causes", "timings", "app_failures")
KEPT = 60  # seconds
CAUSES = 8  # that are shown
TALL, SMALL = 190, 44  # px


def home(request: HttpRequest) -> dict[str, Any]:
    """Return what this admin may see."""
    sees_providers = request.user.has_perm("providers.view_provider")
    parts: dict[str, Any] = {"checklist": checklist(request)} if sees_providers else {}
    if request.user.has_perm("attempts.view_signinattempt"):
        parts["pictures"] = _kept_pictures()
        if not request.user.has_perm(failures_kept.VIEW):
            parts["pictures"] = parts["pictures"] | {"app_failures": ""}
    reminders = secret_reminders() if sees_providers else []
    if request.user.has_perm("signet_sessions.view_signingkey"):
        reminders += signing_key_reminders()
    done = sum(item.state != "open" for item in parts.get("checklist", ()))
    return parts | {"done": done, "reminders": reminders, "has_any": bool(parts or reminders)}


def _kept_pictures() -> dict[str, str]:
    """Return the pictures of the last minute, or new ones while the cache does not answer.

    They are kept for each language.
    """
    name = f"dashboard:pictures:{get_language()}"
    try:
        return cast("dict[str, str]", cache.get_or_set(name, _pictures, KEPT))
    except cache_errors():
        return _pictures()


def _pictures() -> dict[str, str]:
    """Return each part as HTML: to draw it costs more than to count, and it is the same for all."""
    month, (medians, sample) = sign_ins(), timings()
    attempts = reverse("admin:attempts_signinattempt_changelist")
    causes = [
        (capfirst(in_words(cause)), number, f"{attempts}?{urlencode({'diagnosis': cause})}")
        for cause, number in month.causes
    ]
    app_failures = reverse("admin:oidc_provider_appfailure_changelist")
    app_causes = [
        (capfirst(name_of(code)), number, f"{app_failures}?{urlencode(_open(code))}")
        for code, number in failures_kept.causes()
    ]
    context = {
        "app_causes": app_causes[:CAUSES],
        "days": DAYS,
        "sign_ins": month,
        "sessions": alive(Session.objects.all()).count(),
        "chart": column_chart(month.by_day(), TALL, margin=20),
        "providers": list(_providers(month)),
        "table": _table(month),
        "causes": causes[:CAUSES],
        "refused_forms": [(number, form_advice(fault)) for fault, number in month.refused_forms],
        "further_causes": sum(number for _, number, _ in causes[CAUSES:]),
        "timings": [(_(name), number, duration(number)) for name, number in medians],
        "slowest": max((number for _, number in medians), default=0) or 1,
        "sample": sample,
    }
    return {name: render_to_string(f"admin/dashboard/{name}.html", context) for name in PICTURES}


def _open(code: str) -> dict[str, str]:
    return {"refusal": code, "handled": "no"}


def _providers(month: SignIns) -> Iterator[dict[str, Any]]:
    """Yield how sign-ins through each provider went, the busiest first. Its row may be deleted."""
    rows = {provider.slug: provider for provider in Provider.objects.all()}
    for slug in month.providers:
        row = rows.get(slug)
        kind = catalogue.kinds().get(row.kind) if row else None
        yield {
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


def secret_reminders() -> list[Item]:
    """Return the client secrets that have expired or will soon."""
    return [
        Item(
            secret.provider.name,
            "error" if secret.has_expired else "warning",
            secret.sentence,
            reverse("admin:providers_provider_change", args=[secret.provider.pk]),
        )
        for secret in expiring_secrets()
    ]


def signing_key_reminders(now: datetime | None = None) -> list[Item]:
    """Return the age of the key that signs for each purpose, and whether the next one is late.

    Without apps there is no key for ID tokens, and nothing to say about it.
    """
    now = now or timezone.now()
    keys = life.by_purpose(SigningKey.objects.filter(state__in=life.ACCEPTED))
    return [
        _signing_key_reminder(purpose, rows, now)
        for purpose, rows in keys.items()
        if purpose is Purpose.SESSION or life.signing(rows, now)
    ]


def _signing_key_reminder(purpose: Purpose, rows: list[SigningKey], now: datetime) -> Item:
    current = life.signing(rows, now)
    names = {Purpose.SESSION: _("Signing key"), Purpose.ID_TOKEN: _("Signing key for ID tokens")}
    name = names[purpose]
    url = reverse("admin:signet_sessions_signingkey_changelist")
    if current is None:
        return Item(name, "error", _("There is no signing key, so nobody can sign in."), url)
    age = shown.duration((now - current.signs_from).total_seconds())
    rest = (life.retires_at(current, rows) - now).total_seconds()
    if rest < 0:
        words = _("The key is {age} old, and the next one is late. Rotate it now.")
        return Item(name, "warning", words.format(age=age), url)
    words = _("{algorithm}, {age} old. Rotates automatically in {time}.")
    filled = words.format(algorithm=current.algorithm, age=age, time=shown.duration(rest))
    return Item(name, "fine", filled, url)
