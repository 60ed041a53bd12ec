"""A provider as a row: what is sealed in it."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from providers.models import Provider
from tests.fakes import add_provider
from tests.providers.clients.answers.entry import APPLE_EXTRA

pytestmark = pytest.mark.django_db


def test_the_client_secret_is_stored_encrypted_and_bound_to_its_row() -> None:
    provider = add_provider("demo")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM providers_provider")
        assert "the client secret" not in str(cursor.fetchall())
    other = add_provider("other")
    other.sealed_client_secret = provider.sealed_client_secret
    with pytest.raises(ValueError, match="cannot be opened"):
        _ = other.client_secret
    assert Provider.objects.get(slug="demo").client_secret == "the client secret"


def test_the_client_secret_is_in_no_dump(capsys: pytest.CaptureFixture[str]) -> None:
    add_provider("demo")
    call_command("dumpdata", "providers")
    assert "the client secret" not in capsys.readouterr().out


def test_extra_values_are_stored_encrypted_and_in_no_dump(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pasted = {name: f" {value}\n" for name, value in APPLE_EXTRA.items()}
    add_provider("apple", "apple", extra=pasted)
    assert Provider.objects.get().extra["key_id"] == "KEY1234567"
    call_command("dumpdata", "providers")
    dump = capsys.readouterr().out
    assert not [value for value in ("TEAM123456", "PRIVATE KEY") if value in dump]


def test_extra_values_that_cannot_be_opened_are_asked_for_again(settings: Settings) -> None:
    provider = add_provider("apple", "apple", extra=APPLE_EXTRA)
    settings.ENCRYPTION_KEYS = [b"another key, thirty-two bytes..."]
    with pytest.raises(ValidationError, match="This value is missing"):
        provider.clean()
