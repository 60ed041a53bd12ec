"""Who is signed in to an app, and what ends with it."""

from django.db.models import Count, Max, Q, QuerySet
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
    """Add to each app how many people are signed in to it, and when it was last used."""
    return apps.annotate(
        signed_in=Count("grants__session__user", filter=living("grants__"), distinct=True),
        last_used=Max("grants__refreshed_at", filter=Q(grants__generation__gt=0)),
    )


def people_signed_in(app: App) -> int:
    found = Grant.objects.filter(living(), app=app)
    return int(found.aggregate(people=Count("session__user", distinct=True))["people"])


def end_all(app: App) -> int:
    """End what people have granted an app that was switched off. Return the number of grants."""
    return end_grants(Grant.objects.filter(app=app))
