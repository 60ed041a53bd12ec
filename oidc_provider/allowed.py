"""Who may use an app: everybody who can sign in, or members of its groups and people it names."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from oidc_provider.models import App, Audience
from sessions.models import User


def may_use(app: App, person: User, groups: Collection[str]) -> bool:
    """Tell whether the person may use the app: one query, if only their name could let them in."""
    if is_let_in(app, groups, is_named=False):
        return True
    return app.audience == Audience.CHOSEN and app.people.filter(pk=person.pk).exists()


def is_let_in(app: App, groups: Collection[str], *, is_named: bool) -> bool:
    """Tell the same of somebody of whom it is known whether the app names them."""
    return app.audience == Audience.EVERYBODY or is_named or not {*app.groups}.isdisjoint(groups)


def to_open(sub: str, groups: Collection[str]) -> list[App]:
    """Return the apps that the person may use and can open by a link: one query for all."""
    linked = App.objects.filter(enabled=True).exclude(launch_url="")
    return [app for app, named in with_named(linked, sub) if is_let_in(app, groups, is_named=named)]


def with_named(apps: QuerySet[App], sub: str) -> list[tuple[App, bool]]:
    """Return each app, and whether it names the person."""
    named = App.people.through.objects.filter(app_id=OuterRef("pk"), user_id=sub)
    return [(app, bool(app.is_named)) for app in apps.annotate(is_named=Exists(named))]
