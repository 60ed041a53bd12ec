"""Apps that sign in through us, and what each of them does."""

import pytest
from django.test import Client

from oidc_provider.models import App, Authentication
from tests.oidc_provider.party import SECRET, RelyingParty, digest_of


@pytest.fixture
def grafana(db: None) -> App:
    """An app of the team with a secret."""
    return App.objects.create(
        slug="grafana",
        name="Grafana",
        kind="grafana",
        launch_url="https://grafana.example/",
        redirect_uris=["https://grafana.example/login/generic_oauth"],
        post_logout_redirect_uris=["https://grafana.example/bye"],
        secret_digest=digest_of(SECRET),
    )


@pytest.fixture
def phone(db: None) -> App:
    """An app on a phone, without a secret."""
    return App.objects.create(
        slug="phone",
        name="Phone app",
        kind="public",
        redirect_uris=["com.example.phone:/cb", "http://127.0.0.1/cb", "https://spa.example/cb"],
        authentication=Authentication.NONE,
    )


@pytest.fixture
def party(alices_browser: Client, grafana: App) -> RelyingParty:
    """Grafana, and Alice's browser, in which she is signed in."""
    return RelyingParty(alices_browser, grafana)
