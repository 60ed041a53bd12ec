from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from oauth_client.doctor.fields import base_url, fields
from providers.models import Provider
from tests.fakes import add_provider
from tests.oauth_client.doctor.cases import OK, PROBLEM, WARNING, outcomes, subject
from tests.providers.clients.answers.entry import APPLE_EXTRA

pytestmark = pytest.mark.django_db


def test_a_provider_that_has_everything_is_good() -> None:
    assert outcomes(fields(subject())) == [OK]


def test_a_provider_without_a_client_secret_of_its_own_is_good() -> None:
    apple = add_provider("apple", "apple", extra=APPLE_EXTRA, client_secret="")
    assert outcomes(fields(subject(apple))) == [OK]


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("client_id", "", "client ID is missing"),
        ("client_id", " client-1", "spaces around the client ID"),
        ("client_secret", "", "client secret is missing"),
        ("client_secret", "secret\n", "spaces around the client secret"),
        ("next_client_secret", " next", "spaces around the next client secret"),
        ("sealed_client_secret", "torn", "(client_secret)"),
        ("sealed_next_client_secret", "torn", "(next_client_secret)"),
        ("sealed_extra", "torn", "(extra)"),
        ("extra", {"tenant": "common"}, "does not use this value. (tenant)"),
        ("base_url", "", "base URL is missing"),
    ],
)
def test_says_what_is_wrong_with(attribute: str, value: object, words: str) -> None:
    provider = add_provider(client_secret="s3cret")
    setattr(provider, attribute, value)
    found = list(fields(subject(provider)))
    assert outcomes(found) == [PROBLEM]
    assert words in found[0].cause
    assert found[0].fix


def test_white_space_inside_a_secret_is_pointed_out() -> None:
    provider = add_provider(client_secret="one two")
    found = list(fields(subject(provider)))
    assert found[0].outcome is WARNING
    assert "one two" not in str(found)


def test_names_a_value_as_the_form_does() -> None:
    provider = Provider(slug="ms", kind="microsoft", client_id="client-1")
    provider.client_secret = "secret"
    assert "(Tenant)" in next(iter(fields(subject(provider)))).cause


@pytest.mark.parametrize(("days", "outcome"), [(-1, PROBLEM), (3, WARNING), (90, OK)])
def test_looks_at_the_last_day_of_the_secret(days: int, outcome: str) -> None:
    last_day = timezone.localdate() + timedelta(days=days)
    provider = add_provider(client_secret="s3cret", secret_expires_on=last_day)
    assert outcomes(fields(subject(provider))) == [outcome]


@pytest.mark.parametrize(
    ("address", "is_loopback", "outcome"),
    [
        ("https://signet.example", False, OK),
        ("http://signet.example", False, PROBLEM),
        ("http://localhost:8000", True, WARNING),
    ],
)
def test_looks_at_the_address_of_the_site(
    settings: Settings, address: str, is_loopback: bool, outcome: str
) -> None:
    settings.BASE_URL, settings.IS_LOOPBACK = address, is_loopback
    assert outcomes(base_url(subject())) == [outcome]
