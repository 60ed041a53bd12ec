"""People who are signed in."""

from datetime import timedelta

import pytest
from django.contrib.sessions.middleware import SessionMiddleware as ScratchMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from sessions import revocation
from sessions.middleware import identify
from sessions.models import Session, User
from sessions.session_request import SessionRequest, with_session
from sessions.session_tokens import issue_session_token
from tests.conftest import HOST
from tests.fakes import hold


@pytest.fixture
def request_of_a_stranger(rf: RequestFactory) -> SessionRequest:
    """A request as a view gets it."""
    request: HttpRequest = rf.get("/", headers={"host": HOST})
    ScratchMiddleware(lambda _: HttpResponse()).process_request(request)
    identify(with_session(request))
    return with_session(request)


@pytest.fixture
def alices_session(alice: User) -> Session:
    now = timezone.now()
    expires_at = now + timedelta(hours=1)
    return Session.objects.create(
        user=alice, provider="github", auth_time=now, expires_at=expires_at
    )


@pytest.fixture
def alices_token(alices_session: Session) -> str:
    revocation.read()  # as every process does with its first request
    return issue_session_token(alices_session, alices_session.user).text


@pytest.fixture
def alices_browser(client: Client, alices_token: str) -> Client:
    hold(client, alices_token)
    return client
