"""Apps that sign in through us, and what each of them does."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from oidc_provider.models import App, Authentication
from sessions.signing_keys import algorithms
from sessions.signing_keys.models import SigningKey
from tests.fakes import hold
from tests.oidc_provider.party import SECRET, RelyingParty, digest_of


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """Made once for all tests, because that takes a second."""
    return rsa.generate_private_key(65537, 3072)


@pytest.fixture(autouse=True)
def id_token_key(db: None, rsa_key: rsa.RSAPrivateKey) -> None:
    algorithms.row_of("RS256", rsa_key, SigningKey.Purpose.ID_TOKEN).save()


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
        redirect_uris=["https://spa.example/cb", "com.example.phone:/cb", "http://127.0.0.1/cb"],
        authentication=Authentication.NONE,
    )


@pytest.fixture
def alices_browser(client: Client, alices_token: str) -> Client:
    """Her browser with both cookies: a JWT alone gives no app anything."""
    hold(client, alices_token)
    return client


@pytest.fixture
def party(alices_browser: Client, grafana: App) -> RelyingParty:
    """Grafana, and Alice's browser, in which she is signed in."""
    return RelyingParty(alices_browser, grafana)
