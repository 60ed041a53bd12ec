import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from accounts.errors import AccountError, EmailInUseError
from outgoing import AddressPolicy, ProviderSession
from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party, Recorder, recorder_now, recording
from protocol.errors import ErrorCode, OutgoingError, ProfileError

URL = "https://op.example/token"


@pytest.fixture
def session() -> ProviderSession:
    return ProviderSession(AddressPolicy(allow_private=False, allow_loopback=False))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


def redeem(session: ProviderSession, access_token: str = "hunter2hunter2") -> None:
    """Send the access token request, and hear of the token."""
    responses.post(URL, json={"access_token": access_token})
    session.post(URL, {"grant_type": "authorization_code"})


@responses.activate
def test_a_request_and_its_answer_are_noted(session: ProviderSession, recorder: Recorder) -> None:
    responses.post(URL, json={"access_token": "hunter2", "expires_in": 60})
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
@pytest.mark.parametrize("body", ["hunter2", '["hunter2"]', ""])
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
    with pytest.raises(OutgoingError) as raised:
        session.get(URL)
    recorder.fail(raised.value)
    assert (recorder.hops[1].status, recorder.hops[1].error) == (0, "connection_failed")
    assert raised.value.step == 4
    assert "hunter2" not in repr(recorder.hops)


@responses.activate
@pytest.mark.parametrize(
    ("where", "header"),
    [
        (f"{URL}/me", {"Authorization": "Bearer hunter2hunter2"}),
        (f"{URL}/me?access_token=hunter2hunter2", {}),
        (f"{URL}/access-tokens/hunter2hunter2", {}),
        (f"{URL}/me", {"X-Its-Own-Access-Token": "hunter2hunter2"}),
    ],
    ids=["Authorization header", "parameter", "path", "header of its own"],
)
def test_the_step_is_told_by_what_is_sent(
    session: ProviderSession, recorder: Recorder, where: str, header: dict[str, str]
) -> None:
    for url in (f"{URL}/document", f"{URL}/keys", where.partition("?")[0]):
        responses.get(url, json={})
    session.get(f"{URL}/document")
    redeem(session)
    session.get(f"{URL}/keys")
    session.get(where, headers=header)
    session.get(f"{URL}/keys")
    assert [hop.step for hop in recorder.hops] == [4, 4, 5, 6, 6, 6, 7, 7, 7, 7]


@responses.activate
def test_a_second_access_token_request_is_step_5_again(
    session: ProviderSession, recorder: Recorder
) -> None:
    redeem(session)
    redeem(session)
    assert [hop.step for hop in recorder.hops] == [5, 6, 5, 6]


@responses.activate
def test_a_request_that_could_not_be_sent_is_no_message_and_has_a_step(
    session: ProviderSession, recorder: Recorder
) -> None:
    redeem(session)
    with pytest.raises(OutgoingError) as raised:
        session.get("http://op.example/me", headers={"Authorization": "Bearer hunter2hunter2"})
    assert len(recorder.hops) == 2
    recorder.fail(raised.value)
    assert (raised.value.step, recorder.hops[-1].step) == (7, 7)


@responses.activate
def test_nothing_is_noted_while_nobody_records(session: ProviderSession) -> None:
    responses.get(URL, json={})
    with recording() as recorder:
        pass
    session.get(URL)
    assert recorder.hops == []
    assert recorder_now() is not recorder


@responses.activate
def test_our_own_part_is_timed_from_the_last_answer_on(
    session: ProviderSession, recorder: Recorder
) -> None:
    assert recorder.answered_at == pytest.approx(recorder.began_at, abs=1)
    recorder.answered_at -= 60
    redeem(session)
    assert recorder.answered_at == pytest.approx(time.perf_counter(), abs=10)


@pytest.mark.parametrize(
    ("error", "hop"),
    [
        (
            ProfileError(ErrorCode.PROFILE_REFUSED, "detail", provider_error="another"),
            Hop(7, Party.PROVIDER, Party.SIGNET, error="profile_refused", provider_error="another"),
        ),
        (
            AccountError(ErrorCode.EMAIL_IN_USE, in_use=EmailInUseError("alice@example.com", [])),
            Hop(8, Party.SIGNET, Party.BROWSER, error="email_in_use"),
        ),
    ],
    ids=["at the message that failed", "at one that was not sent"],
)
def test_a_failure_is_marked(recorder: Recorder, error: Any, hop: Hop) -> None:
    recorder.messages.append(Hop(7, Party.PROVIDER, Party.SIGNET))
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
def test_a_secret_that_is_told_later_is_masked_in_what_was_said_before(
    session: ProviderSession, recorder: Recorder
) -> None:
    responses.get(f"{URL}/hunter2hunter2", json={"hunter2hunter2": 1})
    session.get(f"{URL}/hunter2hunter2")
    assert recorder.hops[0].url == f"{URL}/hunter2hunter2"
    redeem(session)
    assert recorder.hops[0].url == f"{URL}/***"
    assert recorder.hops[1].names == ["***"]


@responses.activate
@pytest.mark.parametrize(
    "header",
    ["Basic Y2xpZW50OmEra2V5JTIw", "Basic hunter2", "Bearer a+key%20"],
    ids=["client secret", "no base64", "another scheme"],
)
def test_the_credentials_of_a_header_are_masked(
    session: ProviderSession, recorder: Recorder, header: str
) -> None:
    responses.get(URL, json={header.partition(" ")[2]: "", "a key ": ""})
    session.get(URL, headers={"Authorization": header})
    names = recorder.hops[1].names
    assert names == ["***", "***" if header.startswith("Basic Y") else "a key "]


@responses.activate
def test_a_name_is_masked_before_it_is_cut(session: ProviderSession, recorder: Recorder) -> None:
    secret = "hunter2" * 10
    responses.get(URL, json={f"{'n' * 100}": "", secret: ""})
    session.get(URL)
    redeem(session, secret)
    assert recorder.hops[1].names == ["n" * 60, "***"]


def test_a_text_is_masked_too(recorder: Recorder) -> None:
    recorder.secrets.add("hunter2hunter2")
    assert recorder.masked("the text hunter2hunter2") == "the text ***"
