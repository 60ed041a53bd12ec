"""People of one name sign up at once: each gets a handle, and nobody reads an error."""

from dataclasses import replace

import pytest
from django.db import connection

from accounts.people import sign_up
from providers.models import Provider
from sessions.models import User
from tests.accounts.cast import ALICE
from tests.sessions.threads import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs DATABASE_URL of a PostgreSQL: several writers at once; SQLite has one",
    ),
]
PEOPLE = 8


@pytest.mark.parametrize("round_", range(10))
def test_each_of_eight_gets_a_handle_of_their_own(round_: int) -> None:
    Provider.objects.create(slug="github", kind="github", name="GitHub", client_id="c")
    waiting = [
        replace(ALICE, sub=str(number), email=f"alice{number}@example.com")
        for number in range(PEOPLE)
    ]
    people = at_once(PEOPLE, lambda: sign_up(waiting.pop()))
    handles = {person.handle for person in people}
    assert len(handles) == User.objects.count() == PEOPLE
    assert "alice" in handles
    assert all(handle == "alice" or handle.startswith("alice-") for handle in handles)
