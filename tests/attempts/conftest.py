import pytest
from django.test import Client

from sessions.models import User
from tests.fakes import hold, session_token


@pytest.fixture
def admin(client: Client, alice: User) -> Client:
    """Alice's browser; she is an admin."""
    User.objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice))
    return client
