import pytest
from django.test import Client

from sessions.models import Session, User


@pytest.fixture
def admin(alices_browser: Client, alices_session: Session) -> Client:
    """Alice's browser; she is an admin."""
    User.objects.filter(pk=alices_session.user_id).update(is_staff=True, is_superuser=True)
    return alices_browser
