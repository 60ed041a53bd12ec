"""What an app would be told of somebody, and whether they may use it: nothing is stored or signed.

The claims come from the functions that issue tokens, for a grant that is never saved.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from audit.models import UNKNOWN
from oidc_provider.allowed import may_use
from oidc_provider.claims import claims_about
from oidc_provider.held_grant import Held
from oidc_provider.models import App, Grant
from oidc_provider.tokens import Wanted, access_token_claims, id_token_claims
from sessions.groups import groups_of
from sessions.lifetime import alive
from sessions.models import Session, User
from sessions.starting import SessionStart, new_session


@dataclass(frozen=True)
class Preview:
    """What somebody would get, if the app asked for all that it may."""

    person: User
    groups: tuple[str, ...]
    is_allowed: bool  # by who may use the app
    is_signed_in: bool  # else the groups from access rules are those of the last sign-in
    id_token: dict[str, Any]
    access_token: dict[str, Any]
    userinfo: dict[str, Any]


def preview(app: App, person: User) -> Preview:
    """Return what would be told. Whether the app is on and the person is active is not judged."""
    session, is_signed_in = _session_of(person)
    groups = groups_of(session, person)
    is_allowed = may_use(app, person, groups)
    grant = Grant(app=app, session=session, scope=" ".join(app.scopes), auth_time=session.auth_time)
    held = Held(grant, app, session, person, is_allowed)
    now, scopes = int(time.time()), tuple(app.scopes)
    return Preview(
        person=person,
        groups=tuple(groups),
        is_allowed=is_allowed,
        is_signed_in=is_signed_in,
        id_token=id_token_claims(held, scopes, now),
        access_token=access_token_claims(held, Wanted(scopes, app.resources), now),
        userinfo={"sub": str(person.pk), **claims_about(person, session, scopes)},
    )


def _session_of(person: User) -> tuple[Session, bool]:
    """Return the session that the app would get, and whether it is there.

    Of somebody who is not signed in it is a new one, with the groups of the last one.
    """
    browsers = Session.objects.filter(user=person, holder=Session.Holder.BROWSER)
    if found := alive(browsers, timezone.now()).order_by("-refreshed_at").first():
        return found, True
    last = browsers.order_by("-auth_time").first()
    start = SessionStart(UNKNOWN, last.groups if last else ())
    return new_session(person, start, last.provider if last else ""), False
