"""Which apps somebody is signed in to, what each is told, and how that ends."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min

from audit.models import Action, Actor, Target
from audit.recording import record
from oidc_provider.allowed import is_let_in, with_named
from oidc_provider.claims import told_about
from oidc_provider.consents import agreed_in
from oidc_provider.grants import end_grants
from oidc_provider.models import App, Consent, Grant
from sessions.groups import groups_of
from sessions.lifetime import alive
from sessions.models import Session, User


@dataclass
class SignIn:
    """In one browser, with all grants that an app has got there."""

    session: Session
    since: datetime
    last_used: datetime


@dataclass
class AppOfPerson:
    """An app that somebody is signed in to, or has agreed to tell something."""

    app: App
    is_named: bool  # whether it names the person among those who may use it
    sign_ins: dict[Any, SignIn] = field(default_factory=dict)  # by session, the last used first
    scopes: set[str] = field(default_factory=set)
    consent: Consent | None = None

    @property
    def told(self) -> list[str]:
        return told_about(self.scopes)

    @property
    def last_used(self) -> datetime | None:
        return max((each.last_used for each in self.sign_ins.values()), default=None)


def apps_of(sub: UUID) -> list[AppOfPerson]:
    """Return a person's apps: four queries, however many there are, and two if there is none.

    A sign-in that has ended in any way is left out, and so is a code that no app has brought.
    """
    rows = _rows_of(sub)
    keys = {row["session"] for row in rows}
    sessions = Session.objects.select_related("user").in_bulk(keys)
    consents = {consent.app_id: consent for consent in Consent.objects.filter(user=sub)}
    wanted = App.objects.filter(pk__in={row["app"] for row in rows} | consents.keys())
    found = {app.pk: AppOfPerson(app, named) for app, named in with_named(wanted, str(sub))}
    for row in rows:
        if row["app"] in found and row["session"] in sessions:  # else removed since
            _add(found[row["app"]], row, sessions[row["session"]])
    for key in consents.keys() & found.keys():
        found[key].consent = consents[key]
        found[key].scopes |= {*consents[key].scopes}
    return [each for each in found.values() if each.sign_ins or each.consent]


def _rows_of(sub: UUID) -> list[dict[str, Any]]:
    """Return the living grants of a person by app, session and scope, the last used first."""
    sessions = alive(Session.objects.filter(user=sub)).values("pk")
    grants = Grant.objects.filter(
        session__in=sessions, ended_at=None, generation__gt=0, app__enabled=True
    )
    grouped = grants.values("app", "session", "scope").annotate(
        since=Min("created_at"), last_used=Max("refreshed_at")
    )
    return [dict(row) for row in grouped.order_by("-last_used")]


def _add(entry: AppOfPerson, row: dict[str, Any], session: Session) -> None:
    """Add the grants of one session and scope, if the person may still use the app."""
    if not is_let_in(entry.app, groups_of(session, session.user), is_named=entry.is_named):
        return
    sign_in = SignIn(session, row["since"], row["last_used"])
    sign_in = entry.sign_ins.setdefault(session.pk, sign_in)
    sign_in.since = min(sign_in.since, row["since"])
    entry.scopes |= {*row["scope"].split()}


def sign_out(person: User, app: App, actor: Actor) -> None:
    """End what the app has got of the person, in all their browsers."""
    with transaction.atomic():
        ended = end_grants(Grant.objects.filter(app=app, session__user_id=person.pk))
        if ended:
            about = {"sub": str(person.pk), "grants": ended}
            record(Action.APP_SIGNED_OUT, actor, Target.of(app), after=about)


def withdraw(person: User, app: App, actor: Actor) -> None:
    """Take back what the person has agreed to, and end what the app has got by it."""
    with transaction.atomic():
        for consent in Consent.objects.filter(app=app, user=person):
            before = {"sub": str(person.pk), **agreed_in(consent)}
            consent.delete()
            record(Action.APP_CONSENT_WITHDRAWN, actor, Target.of(app), before=before)
        sign_out(person, app, actor)
