"""Who is signed in to an app, and what ends with it."""

from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from oidc_provider.grants import end_grants
from oidc_provider.models import App, Grant
from sessions.lifetime import idle_since


def living(prefix: str = "") -> Q:
    """Return the condition for a grant with which an app can do something for a person.

    A code that no app has brought is none yet. `prefix` leads to the grants of another model.
    """
    now = timezone.now()
    conditions = {
        "ended_at": None,
        "generation__gt": 0,
        "session__revoked_at": None,
        "session__expires_at__gt": now,
        "session__refreshed_at__gt": idle_since(now),
        "session__user__is_active": True,
    }
    return Q(**{prefix + name: value for name, value in conditions.items()})


def with_use(apps: QuerySet[App]) -> QuerySet[App]:
    """Add to each app how many people it names and are signed in, and when it was last used."""
    named: Any = App.people.through.objects.filter(app=OuterRef("pk")).order_by().values("app")
    return apps.annotate(
        named=Coalesce(Subquery(named.annotate(number=Count("pk")).values("number")), 0),
        signed_in=Count("grants__session__user", filter=living("grants__"), distinct=True),
        last_used=Max("grants__refreshed_at", filter=Q(grants__generation__gt=0)),
    )


def end_all(app: App) -> int:
    """End what people have granted an app that was switched off. Return the number of grants."""
    return end_grants(Grant.objects.filter(app=app))
