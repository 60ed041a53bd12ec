from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from oauth_client import trace
from oauth_client.errors import AccountError, ErrorCode, OutgoingError, ProfileError
from oauth_client.outgoing import AddressPolicy, ProviderSession
from oauth_client.trace import Hop, Parameter, Party, Recorder, at_step

URL = "https://op.example/token"


@pytest.fixture
def session() -> ProviderSession:
    return ProviderSession(AddressPolicy(allow_private=False, allow_loopback=False))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("grant_type", "authorization_code", "authorization_code"),
        ("expires_in", 3600, "3600"),
        ("code", "hunter2", "7 characters, not shown"),
        ("a_name_of_tomorrow", "hunter2", "7 characters, not shown"),
        ("scope", "s" * 201, "201 characters, not shown"),
        ("scope", ["hunter2"], "not shown"),
        ("expires_in", True, "not shown"),
        ("profile", {"secret": "hunter2"}, "not shown"),
        ("picture", None, "not shown"),
    ],
)
def test_a_value_is_shown_only_if_it_is_harmless_by_its_name(
    name: str, value: object, shown: str
) -> None:
    assert Parameter.of(name, value).value == shown


def test_an_answer_with_endless_names_is_cut() -> None:
    cut = trace.parameters({f"{number}{'n' * 100}": "" for number in range(1000)})
    assert len(cut) == 60
    assert max(len(parameter.name) for parameter in cut) == 60


@responses.activate
def test_a_request_and_its_answer_are_noted(session: ProviderSession, recorder: Recorder) -> None:
    responses.post(URL, json={"access_token": "hunter2", "expires_in": 60})
    with at_step(5):
        session.post(f"{URL}?key=hunter2#hunter2", {"grant_type": "authorization_code"})
    asked, answered = recorder.hops
    assert (asked.step, asked.source, asked.method, asked.url) == (5, Party.SIGNET, "POST", URL)
    assert asked.parameters == (
        Parameter("key", "7 characters, not shown"),
        Parameter("grant_type", "authorization_code"),
    )
    assert (answered.step, answered.source, answered.status) == (6, Party.PROVIDER, 200)
    assert answered.names == ["access_token", "expires_in"]
    assert answered.milliseconds is not None
    assert "hunter2" not in repr(recorder.hops)


@responses.activate
@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Bearer hunter2", "Bearer, 7 characters, not shown"),
        ("Basic hunter2", "Basic, 7 characters, not shown"),
        ("hunter2", "7 characters, not shown"),
        ("hunter2 hunter2", "15 characters, not shown"),
    ],
)
def test_of_an_authorization_header_only_a_known_scheme_is_shown(
    session: ProviderSession, recorder: Recorder, header: str, shown: str
) -> None:
    responses.get(URL, json=[])
    session.get(URL, headers={"Authorization": header})
    assert recorder.hops[0].parameters == (Parameter("Authorization", shown),)


@responses.activate
@pytest.mark.parametrize("body", ["hunter2", '["hunter2"]', '{"hunter2": NaN}', ""])
def test_of_a_body_that_is_no_json_object_nothing_is_noted(
    session: ProviderSession, recorder: Recorder, body: str
) -> None:
    responses.get(URL, body=body)
    session.get(URL)
    assert recorder.hops[1].parameters == ()


@responses.activate
@pytest.mark.parametrize(
    ("told", "wait"), [("30", 30), ("", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("9" * 7, 0)]
)
def test_of_a_refusal_is_noted_what_it_is_about_and_how_long_to_wait(
    session: ProviderSession, recorder: Recorder, told: str, wait: int
) -> None:
    refused = {"error": "invalid_grant", "error_description": "code_verifier of hunter2"}
    responses.post(URL, json=refused, status=429, headers={"Retry-After": told})
    session.post(URL)
    assert recorder.last_answer == recorder.hops[-1]
    assert (recorder.hops[-1].hint, recorder.hops[-1].retry_after) == ("pkce", wait)
    assert "hunter2" not in repr(recorder.hops)


@responses.activate
def test_an_answer_that_does_not_come_is_noted_and_the_error_raised(
    session: ProviderSession, recorder: Recorder
) -> None:
    responses.get(URL, body=requests.ConnectionError("hunter2"))
    with pytest.raises(OutgoingError) as raised, at_step(7):
        session.get(URL)
    recorder.fail(raised.value)
    assert (recorder.hops[1].status, recorder.hops[1].error) == (0, "connection_failed")
    assert "hunter2" not in repr(recorder.hops)


@responses.activate
def test_an_inner_step_ends_with_its_block(session: ProviderSession, recorder: Recorder) -> None:
    responses.get(URL, json={})
    with at_step(7):
        with at_step(6):
            session.get(URL)
        session.get(URL)
    assert [hop.step for hop in recorder.hops] == [6, 6, 7, 7]


@responses.activate
def test_nothing_is_noted_while_nobody_records(session: ProviderSession) -> None:
    responses.get(URL, json={})
    with Recorder() as recorder:
        pass
    with at_step(7):
        session.get(URL)
    assert recorder.hops == []
    assert trace.current.get() is None


@pytest.mark.parametrize(
    ("error", "hop"),
    [
        (
            ProfileError(ErrorCode.PROFILE_REFUSED, "detail", provider_error="another"),
            Hop(
                7,
                Party.PROVIDER,
                Party.SIGNET,
                error="profile_refused",
                provider_error="another",
            ),
        ),
        (
            AccountError(ErrorCode.EMAIL_IN_USE, email="alice@example.com"),
            Hop(8, Party.SIGNET, Party.BROWSER, error="email_in_use"),
        ),
    ],
    ids=["at the message that failed", "at one that was not sent"],
)
def test_a_failure_is_marked(recorder: Recorder, error: Any, hop: Hop) -> None:
    recorder.note(Hop(7, Party.PROVIDER, Party.SIGNET))
    recorder.fail(error)
    assert recorder.hops[-1] == hop


@responses.activate
def test_a_token_answer_in_a_form_is_read_for_its_secrets_too(
    session: ProviderSession, recorder: Recorder
) -> None:
    form = "access_token=hunter2hunter2&scope=hunter2hunter2&hunter2hunter2=1"
    responses.post(URL, body=form, content_type="application/x-www-form-urlencoded")
    session.post(URL)
    assert recorder.hops[1].names == ["access_token", "scope", "***"]
    assert "hunter2" not in repr(recorder.hops)


@responses.activate
def test_a_secret_that_is_learned_later_is_masked_in_what_was_noted(
    session: ProviderSession, recorder: Recorder
) -> None:
    responses.get(f"{URL}/hunter2hunter2", json={})
    session.get(f"{URL}/hunter2hunter2")
    trace.learn("hunter2hunter2")
    assert recorder.hops[0].url == f"{URL}/***"


def test_a_secret_is_learned_by_nobody_who_does_not_record() -> None:
    trace.learn("hunter2hunter2")
    assert trace.current.get() is None
