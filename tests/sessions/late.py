"""An admin who signed in six minutes ago, and the form that they send."""

import pytest
from django.test import Client

from sessions.models import User
from tests.fakes import ISSUER, hold, session_token
from tests.oauth_client.admin_pages.forms import NO_RULES

CSRF = "c" * 32
PASSWORD = "correct horse battery staple"
SECRET = "a-typed-secret"
PROVIDERS = "/admin/providers/provider/"
FORM = NO_RULES | {
    "kind": "openid_connect",
    "slug": "typed",
    "name": "Typed with care",
    "client_id": "client-1",
    "client_secret": SECRET,
    "base_url": ISSUER,
    "enabled": "on",
    "position": "0",
}


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)


@pytest.fixture
def late_browser(client: Client, ada: User) -> Client:
    """Return her browser."""
    hold(client, session_token(ada, age=360, provider="demo"))
    client.cookies["csrf"] = CSRF
    return client
