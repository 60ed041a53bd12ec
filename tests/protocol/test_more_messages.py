"""The messages about tokens that no sign-in has."""

import pytest

from protocol import more_messages
from tests.protocol.registration import CLIENT, SERVER


@pytest.mark.parametrize(("scope", "asked"), [("", {}), ("a/.default", {"scope": "a/.default"})])
def test_asks_for_a_token_of_the_application_itself(scope: str, asked: dict[str, str]) -> None:
    request = more_messages.client_credentials_request(SERVER, CLIENT, scope)
    client = {"client_id": "client-1", "client_secret": CLIENT.client_secret}
    assert request.data == {"grant_type": "client_credentials"} | client | asked
    assert request.url == SERVER.token_endpoint
