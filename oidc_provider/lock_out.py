"""Say which of the people who are signed in to an app would be refused, before its admin saves."""

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.utils.translation import ngettext

from oidc_provider.allowed import is_let_in
from oidc_provider.living import living
from oidc_provider.models import App, Audience, Grant
from sessions.groups import groups_of
from sessions.lifetime import alive
from sessions.models import Session, User


@dataclass(frozen=True)
class Admitted:
    """Who may use an app, as an admin wants to save it."""

    audience: Audience
    groups: Collection[str]
    people: Collection[UUID]  # their ids

    @classmethod
    def of(cls, app: App) -> Self:
        """Return whom the app lets in now. One query."""
        named = frozenset(app.people.values_list("pk", flat=True))
        return cls(Audience(app.audience), app.groups, named)

    def lets_in(self, app: App, sessions: Collection[Session], person: User) -> bool:
        """Judge somebody as each use of the app does."""
        draft = copy(app)
        draft.audience, draft.groups = self.audience, [*self.groups]
        is_named = person.pk in self.people
        lists = [groups_of(session, person) for session in sessions]
        return any(is_let_in(draft, groups, is_named=is_named) for groups in lists)


@dataclass(frozen=True)
class Forecast:
    """What would happen to the people who are signed in to an app, and to the admin."""

    refused: tuple[User, ...]  # the admin first

    @property
    def words(self) -> str:
        return ngettext(
            "{number} person who can use this app now could no longer use it.",
            "{number} people who can use this app now could no longer use it.",
            len(self.refused),
        ).format(number=len(self.refused))


def forecast(app: App, wanted: Admitted, admin: User) -> Forecast:
    """Judge the admin, and everybody who is signed in to the app: three queries.

    Somebody who may not use it now is not judged: nothing changes for them.
    """
    using: dict[User, list[Session]] = {admin: list(alive(Session.objects.filter(user=admin)))}
    grants = Grant.objects.filter(living(), app=app).select_related("session__user")
    for grant in grants.order_by("-refreshed_at"):
        using.setdefault(grant.session.user, []).append(grant.session)
    present = Admitted.of(app)
    judged = [each for each in using if present.lets_in(app, using[each], each)]
    refused = [each for each in judged if not wanted.lets_in(app, using[each], each)]
    return Forecast(tuple(refused))
