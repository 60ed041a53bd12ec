import logging

import pytest
from django.http import HttpResponse

from audit.models import UNKNOWN
from sessions.models import Session, User
from sessions.session_cookies import delete_session_cookies, sign_in_browser
from sessions.session_request import SessionRequest
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.starting import SessionStart, start_session

pytestmark = pytest.mark.django_db


def test_nothing_of_before_the_sign_in_is_carried_over(
    request_of_a_stranger: SessionRequest, alice: User
) -> None:
    request_of_a_stranger.session["planted"] = "by mallory"
    issued = start_session(alice, SessionStart(UNKNOWN))
    sign_in_browser(request_of_a_stranger, HttpResponse(), issued)
    assert "planted" not in request_of_a_stranger.session


def test_the_browser_gets_both_tokens_and_when_somebody_was_asked(
    request_of_a_stranger: SessionRequest, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sessions")
    response = HttpResponse()
    issued = start_session(alice, SessionStart(UNKNOWN), "github")
    sign_in_browser(request_of_a_stranger, response, issued)
    values = {name: cookie.value for name, cookie in response.cookies.items()}
    assert values == {
        "session": issued.session_token.text,
        "refresh": issued.refresh_token,
        "last-asked": str(int(issued.session.auth_time.timestamp())),
        "last-used": "github",
    }
    sid = issued.session.pk
    assert caplog.messages == [f"signed in: user={alice.pk} sid={sid} provider=github"]


def test_a_password_leaves_the_provider_that_was_used_last(
    request_of_a_stranger: SessionRequest, alice: User
) -> None:
    response = HttpResponse()
    sign_in_browser(request_of_a_stranger, response, start_session(alice, SessionStart(UNKNOWN)))
    assert "last-used" not in response.cookies


def test_what_is_kept_of_the_provider_names_nobody(
    request_of_a_stranger: SessionRequest, alice: User
) -> None:
    response = HttpResponse()
    issued = start_session(alice, SessionStart(UNKNOWN), "github")
    sign_in_browser(request_of_a_stranger, response, issued)
    cookie = response.cookies["last-used"]
    assert (cookie.value, cookie["path"], cookie["samesite"]) == ("github", "/", "Lax")
    assert cookie["httponly"]
    delete_session_cookies(request_of_a_stranger, after := HttpResponse())
    assert "last-used" not in after.cookies  # it stays


@pytest.mark.parametrize("is_same", [True, False], ids=["the same person", "another"])
def test_only_the_same_person_keeps_the_csrf_token(
    request_of_a_stranger: SessionRequest, alices_session: Session, bob: User, *, is_same: bool
) -> None:
    alice = alices_session.user
    request, text = request_of_a_stranger, issue_session_token(alices_session, alice).text
    request.session_token = validate_session_token(text)
    request.META["CSRF_COOKIE"] = "a" * 32
    issued = start_session(alice if is_same else bob, SessionStart(UNKNOWN))
    sign_in_browser(request, HttpResponse(), issued)
    assert (request.META["CSRF_COOKIE"] == "a" * 32) is is_same
    assert request.META["CSRF_COOKIE_NEEDS_UPDATE"]


def test_a_header_says_nothing_of_cookies(request_of_a_stranger: SessionRequest) -> None:
    response = HttpResponse()
    delete_session_cookies(request_of_a_stranger, response)
    assert response.cookies.keys() == {"session", "refresh", "proven"}
    request_of_a_stranger.META["HTTP_AUTHORIZATION"] = "Bearer x"
    vars(request_of_a_stranger).pop("headers", None)  # cached
    response = HttpResponse()
    delete_session_cookies(request_of_a_stranger, response)
    assert not response.cookies
