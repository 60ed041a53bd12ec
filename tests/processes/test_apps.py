"""Grants of apps over two processes: what one ends, the other refuses; a killed one loses none."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.utils import timezone
from requests import RequestException, Response

from oidc_provider.clients import digest_of
from oidc_provider.grant_tokens import issue_refresh_token
from oidc_provider.models import App, Grant
from sessions.models import Session, User
from tests.processes.conftest import SITES, new_session
from tests.processes.site import PATIENCE, Site, bearer

KILLS = 12
SECRET = "a secret of this test alone"


@pytest.fixture
def app(person: User) -> App:
    found, _ = App.objects.using(SITES).get_or_create(
        slug="grafana",
        defaults={
            "name": "Grafana",
            "redirect_uris": ["https://grafana.example/cb"],
            "secret_digest": digest_of(SECRET),
        },
    )
    return found


def new_grant(app: App, session: Session) -> Grant:
    """Return a grant whose code has been redeemed."""
    return Grant.objects.using(SITES).create(
        app=app,
        session=session,
        scope="openid offline_access",
        redirect_uri=app.redirect_uris[0],
        auth_time=timezone.now(),
        generation=1,
    )


def refresh(site: Site, refresh_token: str) -> Response:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    credentials = ("grafana", SECRET)
    return site.http.post(f"{site.url}/oauth/token", form, auth=credentials, timeout=PATIENCE)


def tokens_of(response: Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def userinfo(site: Site, access_token: str) -> int:
    address = f"{site.url}/oauth/userinfo"
    answer = site.http.get(address, headers=bearer(access_token), timeout=PATIENCE)
    return answer.status_code


def test_a_session_that_one_process_ends_is_refused_by_the_other_at_once(
    sites: list[Site], person: User, app: App
) -> None:
    one, other = sites
    session = new_session(person)
    tokens = tokens_of(refresh(one, issue_refresh_token(new_grant(app, session))))
    assert userinfo(other, tokens["access_token"]) == 200
    session_jwt = one.access_token(_refresh_token_of(session))
    begun = time.monotonic()
    assert one.sign_out(session_jwt).status_code == 204
    assert userinfo(other, tokens["access_token"]) == 401
    assert refresh(other, tokens["refresh_token"]).status_code == 400
    assert time.monotonic() - begun < PATIENCE


def _refresh_token_of(session: Session) -> str:
    from sessions.refresh_tokens import issue_refresh_token

    return issue_refresh_token(session)


def test_an_app_whose_site_is_killed_while_it_refreshes_goes_on(
    sites: list[Site], person: User, app: App
) -> None:
    killed, other = sites
    session = new_session(person)
    tokens_of(refresh(killed, issue_refresh_token(new_grant(app, session))))
    begun = time.monotonic()
    tokens_of(refresh(killed, issue_refresh_token(new_grant(app, session))))
    usual = time.monotonic() - begun
    with ThreadPoolExecutor(1) as threads:
        for number in range(KILLS):
            token = issue_refresh_token(new_grant(app, session))
            answer = threads.submit(refresh, killed, token)
            time.sleep(usual * 1.2 * number / KILLS)
            killed.kill()
            with suppress(RequestException):  # then the app still has the old one
                token = tokens_of(answer.result())["refresh_token"]
            again = tokens_of(refresh(other, token))
            assert userinfo(other, again["access_token"]) == 200


def test_the_session_jwt_of_one_process_is_no_access_token_of_an_app(
    sites: list[Site], person: User
) -> None:
    session = new_session(person)
    token = sites[0].access_token(_refresh_token_of(session))
    assert userinfo(sites[1], token) == 401
