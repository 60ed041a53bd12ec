"""What a process fetches before its first visitor comes."""

import pytest
import responses
from django.test import Client
from pytest_django import Settings

from providers import preparation
from providers.models import Provider
from tests.fakes import ISSUER, FakeIssuer, add_provider, begin
from tests.sessions.outage import database_gone

pytestmark = pytest.mark.usefixtures("parallel_database")
DOCUMENTS = [f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/jwks"]


def asked() -> list[str | None]:
    return [call.request.url for call in responses.calls]


@responses.activate
def test_fetches_document_and_keys_so_that_a_visitor_waits_for_neither(client: Client) -> None:
    add_provider("demo")
    FakeIssuer(responses.mock).publish()
    preparation.begin().join()
    begin(client)
    assert asked() == DOCUMENTS


@responses.activate
def test_asks_nobody_whom_no_visitor_can_choose_or_who_publishes_nothing() -> None:
    add_provider("demo", enabled=False)
    add_provider("github", "github")
    preparation.begin().join()
    assert not responses.calls


@responses.activate
def test_one_that_does_not_answer_keeps_no_other_from_being_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(preparation.AT_ONCE):
        add_provider(f"gone-{number}", base_url=f"https://gone-{number}.example")
    add_provider("demo")
    FakeIssuer(responses.mock).publish()
    preparation.begin().join()
    assert set(DOCUMENTS) <= set(asked())
    assert "not fetched: documents of provider=gone-0 code=connection_failed" in caplog.text


@responses.activate
def test_asks_no_address_that_the_provider_may_not_have(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.OUTGOING_PROXY = "http://proxy.example:3128"
    add_provider("demo", base_url="https://169.254.169.254")
    preparation.begin().join()
    assert not responses.calls
    assert "provider=demo code=address_refused" in caplog.text


def test_a_kind_that_is_no_more_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    add_provider("demo")
    Provider.objects.update(kind="gone")
    preparation.begin().join()
    assert "documents of provider=demo, an unknown kind" in caplog.text


def test_a_database_that_is_gone_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with database_gone():
        preparation._run()
    assert "no documents of providers fetched: OperationalError" in caplog.text
