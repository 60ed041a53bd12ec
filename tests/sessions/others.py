"""Another session of somebody's, and which are alive."""

from datetime import timedelta

from django.utils import timezone

from sessions.models import Session, User

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def another(user: User, **fields: object) -> Session:
    now = timezone.now()
    given = {"auth_time": now, "expires_at": now + timedelta(days=1), "user_agent": FIREFOX}
    return Session.objects.create(user=user, **given | fields)


def alive(user: User) -> set[object]:
    return set(user.sessions.filter(revoked_at=None).values_list("pk", flat=True))
