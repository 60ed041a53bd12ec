"""Several requests bring the same code or refresh token at once: one of them wins."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from django.db import connections
from django.test import RequestFactory
from django.utils import timezone

from oidc_provider import grants
from oidc_provider.app_request import AppRequest
from oidc_provider.asking import SignInMark
from oidc_provider.consents import agree
from oidc_provider.grant_tokens import issue_refresh_token
from oidc_provider.models import App, Consent, Grant
from protocol.authorization_server.authorization_request import (
    AuthorizationRequest,
    Destination,
)
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.token_request import CodeExchange, Refresh
from sessions.models import Session, User
from tests.oidc_provider.interleaved import before
from tests.oidc_provider.party import CHALLENGE, SECRET, VERIFIER, digest_of
from tests.sessions.threads import at_once

pytestmark = pytest.mark.usefixtures("parallel_database")
ROUNDS, USES = 25, 6
REDIRECT_URI = "https://grafana.example/cb"
SCOPES = ("openid", "offline_access")


@pytest.fixture
def app(parallel_database: None) -> App:
    return App.objects.create(
        slug="grafana",
        name="Grafana",
        redirect_uris=[REDIRECT_URI],
        secret_digest=digest_of(SECRET),
    )


@pytest.fixture
def session(parallel_database: None) -> Session:
    alice = User.objects.create(name="Alice Archer", email="alice@example.com")
    now = timezone.now()
    return Session.objects.create(user=alice, auth_time=now, expires_at=now + timedelta(hours=1))


def asked_for(scopes: tuple[str, ...]) -> AuthorizationRequest:
    return AuthorizationRequest(
        Destination(REDIRECT_URI, ""),
        scope=scopes,
        resources=(),
        nonce="",
        code_challenge=CHALLENGE,
        prompt=frozenset(),
        max_age=None,
        id_token_hint="",
        provider_hint="",
    )


def new_code(app: App, session: Session) -> str:
    return grants.start_grant(app, asked_for(SCOPES), SCOPES, session, key=None)


def exchanged(app: App, code: str) -> str:
    """Return the refresh token that came of the code, or why it was refused."""
    try:
        held = grants.exchange_code(app, CodeExchange(code, REDIRECT_URI, VERIFIER))
    except RefusedRequestError as error:
        return error.refusal
    return issue_refresh_token(held.grant)


def refreshed(app: App, token: str) -> str:
    try:
        return issue_refresh_token(grants.refresh(app, Refresh(token)).grant)
    except RefusedRequestError as error:
        return error.refusal


def test_one_of_six_redeems_a_code(app: App, session: Session) -> None:
    for _ in range(ROUNDS):
        code = new_code(app, session)
        answers = at_once(USES, lambda: exchanged(app, code))  # noqa: B023 - used at once
        refused = [answer for answer in answers if answer == Refusal.CODE_USED]
        assert len(refused) == USES - 1, answers
        (winner,) = {*answers} - {Refusal.CODE_USED}
        assert refreshed(app, winner) == Refusal.GRANT_ENDED, "a replay ends all that came of it"


def test_six_uses_of_a_refresh_token_have_one_successor(app: App, session: Session) -> None:
    token = exchanged(app, new_code(app, session))
    for number in range(ROUNDS):
        answers = at_once(USES, lambda: refreshed(app, token))  # noqa: B023 - used at once
        assert len({*answers}) == 1, answers
        token = answers[0]
        assert Grant.objects.get().generation == number + 2


def test_a_refresh_and_the_end_of_the_grant(app: App, session: Session) -> None:
    for _ in range(ROUNDS):
        token = exchanged(app, new_code(app, session))

        def end() -> str:
            grants.end_grants(Grant.objects.all())
            return ""

        jobs: list[Callable[[], str]] = [end, lambda: refreshed(app, token)] * 3  # noqa: B023

        def either() -> str:
            return jobs.pop()()  # noqa: B023 - used at once

        at_once(USES, either)
        assert refreshed(app, token) == Refusal.GRANT_ENDED


def test_a_refresh_of_a_grant_that_is_removed_meanwhile(app: App, session: Session) -> None:
    token = exchanged(app, new_code(app, session))
    with before("UPDATE oidc_provider_grant", Grant.objects.all().delete):
        assert refreshed(app, token) == Refusal.GRANT_ENDED


def test_of_two_consents_at_once_both_are_kept(app: App, session: Session) -> None:
    def agree_to(scope: str) -> None:
        asked = AppRequest(app, asked_for((scope,)), {}, {}, SignInMark(), ())
        agree(RequestFactory().get("/"), asked, session.user)

    with ThreadPoolExecutor(1) as threads:
        others: list[Future[None]] = []

        def let_another_in() -> None:
            others.append(threads.submit(agree_to, "profile"))
            wait(others, timeout=0.3)  # seconds; a lock makes it wait for longer

        with before('UPDATE "oidc_provider_consent"', let_another_in):
            agree_to("email")
        others[0].result()
        threads.submit(connections.close_all).result()
    assert Consent.objects.get().scopes == ["email", "profile"]
