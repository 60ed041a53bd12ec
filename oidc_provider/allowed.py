"""Who may use an app: everybody who can sign in, or members of its groups and people it names."""

from collections.abc import Collection

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
