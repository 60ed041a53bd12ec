"""The sessions that began through a provider, for the rechecks of access rules."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from audit.actor import COMMAND_LINE, Target
from audit.events import Action
from audit.recording import record
from sessions.models import Session, User
from sessions.sessions import alive, revoke_all


def people_signed_in_through(provider: str) -> QuerySet[User]:
    """Return everybody who has a live session that began through this provider."""
    through_it = alive(Session.objects.filter(provider=provider))
    return User.objects.filter(pk__in=through_it.values("user_id"))


def end_sessions_no_longer_allowed(user: User, provider: str) -> int:
    """End what somebody began through a provider whose rules no longer let them in."""
    with transaction.atomic():
        through_it = Session.objects.filter(user=user, provider=provider)
        ended = revoke_all(through_it, Session.End.NO_LONGER_ALLOWED)
        about = {"reason": Session.End.NO_LONGER_ALLOWED.value, "provider": provider}
        after = {"sessions": ended}
        record(Action.SESSIONS_ENDED, COMMAND_LINE, Target.of(user), after=after, **about)
    return ended


def regroup_sessions_through(user: User, provider: str, groups: Sequence[str]) -> None:
    """Give these groups to these sessions. Their JWTs have them after the next refresh.

    A script's session gets them if its owner has chosen that its tokens say groups.
    """
    have_groups = Q(holder=Session.Holder.BROWSER) | Q(scope__contains="groups")
    sessions = Session.objects.filter(have_groups, user=user, provider=provider)
    alive(sessions).update(groups=list(groups))
