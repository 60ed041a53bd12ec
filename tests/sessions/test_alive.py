from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sessions.lifetime import ALIVE, alive, alive_parameters
from sessions.models import Session, User

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        pytest.param({}, 1, id="in use"),
        pytest.param({"revoked_at": -SOON}, 0, id="revoked"),
        pytest.param({"expires_at": -SOON}, 0, id="expired"),
        pytest.param({"refreshed_at": -15 * DAY}, 0, id="idle"),
    ],
)
def test_counts_a_session_while_it_can_be_used(
    alice: User, changes: dict[str, timedelta], number: int
) -> None:
    now = timezone.now()
    times = {name: now + shift for name, shift in ({"expires_at": SOON} | changes).items()}
    Session.objects.create(user=alice, auth_time=now, **times)
    assert alive(Session.objects.all()).count() == number
    with connection.cursor() as cursor:
        statement = f"SELECT count(*) FROM signet_sessions_session WHERE {ALIVE}"
        cursor.execute(statement, alive_parameters(now))
        assert cursor.fetchone() == (number,)
