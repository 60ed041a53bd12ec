"""The next client secret takes over in the sign-in that hears of the old one being refused."""

import logging
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest
import responses
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from providers import next_secret
from providers.models import Provider
from tests.fakes import GITHUB_TOKEN, ISSUER, FakeGitHub, FakeIssuer, begin, come_back, failure_code
from tests.fakes import add_provider as add
from tests.providers.clients.answers.entry import APPLE_EXTRA
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
OLD, NEXT = "the-old-secret", "the-next-secret"


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def add_provider(slug: str, kind: str, next_client_secret: str = NEXT, **fields: Any) -> Provider:
    provider = add(slug, kind, client_secret=OLD, **fields)
    provider.next_client_secret = next_client_secret
    provider.save()
    return provider


def refuse(error: str, url: str = GITHUB_TOKEN, status: int = 401) -> None:
    responses.post(url, json={"error": error}, status=status)


def sign_in(client: Client, slug: str) -> str:
    return come_back(client, slug, code="c", state=begin(client, slug)["state"])["Location"]


def tried() -> list[str]:
    """Return the secrets that the token endpoint was shown, in order."""
    bodies = [str(call.request.body) for call in responses.calls if call.request.method == "POST"]
    return [dict(parse_qsl(body))["client_secret"] for body in bodies]


def stored() -> tuple[str, str]:
    provider = Provider.objects.get()
    return provider.client_secret, provider.next_client_secret


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("incorrect_client_credentials", 200),  # GitHub
        ("invalid_client", 401),  # RFC 6749 §5.2
        ("unauthorized_client", 401),  # Keycloak, Bitbucket, X
        ("access_denied", 401),  # Auth0
    ],
)
@responses.activate
def test_the_next_secret_takes_over_when_the_first_is_refused(
    client: Client, caplog: pytest.LogCaptureFixture, error: str, status: int
) -> None:
    add_provider("github", "github", secret_expires_on=date(2026, 11, 24))
    refuse(error, status=status)
    FakeGitHub(responses.mock).vouch()
    assert sign_in(client, "github") == "/account/"
    assert tried() == [OLD, NEXT]
    assert stored() == (NEXT, "")
    assert Provider.objects.get().secret_expires_on is None
    assert "client secret replaced by the next one: provider=github" in caplog.text
    assert OLD not in caplog.text
    assert NEXT not in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"message": "Error validating client secret.", "code": 1}},  # Facebook
        {"status": 403, "message": "invalid client secret"},  # Twitch
    ],
)
@responses.activate
def test_it_takes_over_where_the_refusal_is_a_message(
    client: Client, answer: dict[str, Any]
) -> None:
    add_provider("github", "github")
    responses.post(GITHUB_TOKEN, json=answer, status=403)
    FakeGitHub(responses.mock).vouch()
    assert sign_in(client, "github") == "/account/"
    assert stored() == (NEXT, "")


@responses.activate
def test_it_works_for_an_issuer_with_the_same_code_verifier(client: Client) -> None:
    add_provider("demo", "openid_connect", token_endpoint_auth_method="client_secret_post")
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    parameters = begin(client)
    refuse("invalid_client", f"{ISSUER}/token")
    issuer.vouch(parameters["nonce"])
    assert come_back(client, code="c", state=parameters["state"])["Location"] == "/account/"
    first, second = (
        dict(parse_qsl(str(c.request.body))) for c in responses.calls if c.request.body
    )
    assert (first.pop("client_secret"), second.pop("client_secret")) == (OLD, NEXT)
    assert first == second


@responses.activate
def test_a_first_secret_that_works_leaves_the_next_where_it_is(client: Client) -> None:
    add_provider("github", "github")
    FakeGitHub(responses.mock).vouch()
    assert sign_in(client, "github") == "/account/"
    assert (tried(), stored()) == ([OLD], (OLD, NEXT))


@responses.activate
def test_without_a_next_secret_there_is_one_request(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    add_provider("github", "github", next_client_secret="")
    refuse("invalid_client")
    sign_in(client, "github")
    assert tried() == [OLD]
    assert failure_code(caplog.text) == "invalid_client"


@pytest.mark.parametrize("error", ["invalid_grant", "redirect_uri_mismatch", "invalid_request"])
@responses.activate
def test_another_refusal_is_not_about_the_secret(client: Client, error: str) -> None:
    add_provider("github", "github")
    refuse(error, status=400)
    sign_in(client, "github")
    assert (tried(), stored()) == ([OLD], (OLD, NEXT))


@responses.activate
def test_a_next_secret_that_is_refused_too_stays_the_next(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    add_provider("github", "github")
    refuse("invalid_client")
    refuse("invalid_client")
    sign_in(client, "github")
    assert (tried(), stored()) == ([OLD, NEXT], (OLD, NEXT))
    assert failure_code(caplog.text) == "invalid_client"


@responses.activate
def test_a_next_secret_that_cannot_be_opened_says_so(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    add_provider("github", "github")
    Provider.objects.update(sealed_next_client_secret="broken")
    refuse("invalid_client")
    sign_in(client, "github")
    assert failure_code(caplog.text) == "secret_unreadable"
    assert "ENCRYPTION_KEYS do not open the next client secret" in caplog.text


@responses.activate
def test_a_kind_without_a_secret_is_asked_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    add("apple", "apple", extra=APPLE_EXTRA, client_secret="")
    refuse("invalid_client", "https://appleid.apple.com/auth/token", 400)
    state = begin(client, "apple")["state"]
    come_back(client, "apple", code="c", state=state)
    assert len(tried()) == 1
    assert failure_code(caplog.text) == "invalid_client"


def test_taking_over_is_one_update() -> None:
    provider = add_provider("github", "github")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        next_secret.promote(provider)
    assert [query["sql"].split()[0] for query in queries] == ["UPDATE"]


@pytest.mark.parametrize("field", ["client_secret", "next_client_secret"])
def test_taking_over_replaces_nothing_that_was_entered_meanwhile(
    field: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen = add_provider("github", "github")
    entered = Provider.objects.get()
    setattr(entered, field, "entered-meanwhile")
    entered.save()
    next_secret.promote(seen)
    assert "entered-meanwhile" in stored()
    assert caplog.text == ""


@pytest.mark.parametrize("slug", ["github", "google", "demo"])
def test_the_code_survives_the_refusal_at_a_provider_that_authenticates_first(
    stage: Stage, client: Client, slug: str
) -> None:
    provider = Provider.objects.get(slug=slug)
    right = provider.client_secret
    provider.client_secret, provider.next_client_secret = "replaced", right
    provider.save()
    assert stage.sign_in(client, slug, "ada") == "/account/"
    provider = Provider.objects.get(slug=slug)
    assert (provider.client_secret, provider.next_client_secret) == (right, "")
