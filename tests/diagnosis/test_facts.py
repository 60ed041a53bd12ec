"""The facts of a failed sign-in, out of the row, the request and what was heard."""

from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from diagnosis.decide import Facts, facts_of
from outgoing.trace import Hop, Party, Recorder
from protocol.errors import AccessTokenError, ErrorCode
from providers.models import Provider
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
REFUSED = AccessTokenError(ErrorCode.INVALID_CLIENT, provider_error="invalid_client")


def facts(provider: Provider, request: HttpRequest | None = None) -> Facts:
    request = request or RequestFactory().get("/")
    return facts_of(REFUSED, provider, request, Recorder())


def test_a_space_in_the_secret_is_seen_without_keeping_the_secret() -> None:
    assert facts(add_provider(client_secret="two words")).secret_has_space
    assert not facts(add_provider("other", client_secret="one-word")).secret_has_space


def test_a_secret_that_cannot_be_opened_has_no_space(settings: Settings) -> None:
    provider = add_provider()
    provider.sealed_client_secret = "broken"
    assert not facts(provider).secret_has_space


@pytest.mark.parametrize(("days", "is_expired"), [(-1, True), (0, False), (1, False)])
def test_a_secret_has_expired_after_its_last_day(days: int, is_expired: bool) -> None:
    provider = add_provider(secret_expires_on=timezone.localdate() + timedelta(days=days))
    assert facts(provider).secret_is_expired == is_expired


def test_what_was_heard_last_counts() -> None:
    heard = [
        Hop(6, Party.PROVIDER, Party.SIGNET, status=400, hint="pkce"),
        Hop(7, Party.PROVIDER, Party.SIGNET, status=429),
        Hop(8, Party.SIGNET, Party.BROWSER, status=303),
    ]
    recorder = Recorder()
    recorder.messages += heard
    found = facts_of(REFUSED, add_provider(), RequestFactory().get("/"), recorder)
    assert (found.status, found.hint) == (429, "")


@pytest.mark.parametrize(("scope", "asks"), [("", True), ("openid", False), ("openid email", True)])
def test_tells_whether_the_address_is_asked_for(scope: str, asks: bool) -> None:
    assert facts(add_provider(scope=scope)).asks_for_email == asks
