"""What somebody chooses who makes a token for a script, and that the least is what they get."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from sessions.models import Session
from sessions.pages import lifetimes
from sessions.refresh_tokens import refresh
from sessions.session_tokens import issue_session_token
from tests.conftest import BASE_URL
from tests.fakes import hold
from tests.sessions.tokens import claims_of

pytestmark = pytest.mark.django_db
TOKENS, REPORTS = "/account/tokens/", "https://reports.example"
API = f"{BASE_URL}/api/session"
LEAST = {"iss", "aud", "sub", "client_id", "sid", "jti", "gen", "iat", "exp", "auth_time", "scope"}
EVERYTHING = {"scope": ["profile", "email", "groups"], "audience": [BASE_URL, REPORTS]}


@pytest.fixture(autouse=True)
def _two_audiences(settings: Settings) -> None:
    settings.SESSION_AUDIENCE = [BASE_URL, REPORTS]


@pytest.fixture
def alices(alices_browser: Client, alices_session: Session) -> Client:
    """Alice's browser; she has a picture, and is in a group."""
    alice = alices_session.user
    alice.picture = "https://pictures.example/alice.png"
    alice.save()
    Session.objects.update(groups=["staff"], account=7)
    hold(alices_browser, alices_browser.cookies["session"].value)
    return alices_browser


def made(browser: Client, **form: Any) -> dict[str, Any]:
    """Make a token; return what its JWT says."""
    answer = browser.post(TOKENS, {"name": "backup"} | form, follow=True)
    return claims_of(answer.context["made"]["access_token"])


def script_session() -> Session:
    return Session.objects.get(holder=Session.Holder.SCRIPT)


def test_who_chooses_nothing_gets_the_least(alices: Client, alices_session: Session) -> None:
    claims = made(alices)
    assert claims.keys() == LEAST
    assert (claims["aud"], claims["scope"]) == ([API], "openid")
    assert claims["sub"] == str(alices_session.user_id)
    day = timezone.now() + timedelta(days=1)
    assert abs(script_session().expires_at - day) < timedelta(minutes=1)
    assert script_session().groups == []


def test_who_has_copied_a_jwt_makes_no_token(alices: Client) -> None:
    del alices.cookies["refresh"]
    answer = alices.post(TOKENS, {"name": "mallory"})
    assert answer.status_code == 403
    assert not Session.objects.filter(holder=Session.Holder.SCRIPT).exists()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("profile", {"name": "Alice Archer", "picture": "https://pictures.example/alice.png"}),
        ("email", {"email": "alice@example.com", "email_verified": False}),
        ("groups", {"groups": ["staff"]}),
    ],
)
def test_says_beyond_it_what_is_ticked(alices: Client, word: str, said: dict[str, Any]) -> None:
    claims = made(alices, scope=[word])
    assert {name: claims[name] for name in claims.keys() - LEAST} == said
    assert claims["scope"] == f"openid {word}"


def test_is_for_whom_is_ticked(alices: Client) -> None:
    assert made(alices, audience=[REPORTS])["aud"] == [API, REPORTS]


def test_lives_as_long_as_is_chosen_and_no_refresh_puts_it_off(alices: Client) -> None:
    made(alices, lifetime=str(7 * 86_400))
    week = timezone.now() + timedelta(days=7)
    ends = script_session().expires_at
    assert abs(ends - week) < timedelta(minutes=1)
    answer = alices.post(TOKENS, {"name": "another", "lifetime": str(7 * 86_400)}, follow=True)
    assert refresh(answer.context["made"]["refresh_token"]).expires_at - ends < timedelta(minutes=1)


def test_has_the_account_and_the_sign_in_of_its_owner(
    alices: Client, alices_session: Session
) -> None:
    made(alices)
    owned = (script_session().account, script_session().auth_time, script_session().provider)
    assert owned == (7, alices_session.auth_time, "github")


@pytest.mark.parametrize(
    ("longest", "offered"),
    [
        (400 * 86_400, [86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400]),
        (45 * 86_400, [86_400, 7 * 86_400, 30 * 86_400, 45 * 86_400]),
        (60, [60]),
    ],
)
def test_none_outlives_every_session(settings: Settings, longest: int, offered: list[int]) -> None:
    settings.SESSION_LIFETIME = longest
    assert lifetimes() == offered


@pytest.mark.parametrize(
    "form",
    [
        {"scope": "admin"},
        {"scope": ["profile", "openid"]},
        {"scope": ""},
        {"audience": "https://mallory.example"},
        {"audience": ""},
        {"lifetime": "864000000"},
        {"lifetime": "-1"},
        {"lifetime": "a day"},
        {"lifetime": "\x00"},
        {"lifetime": "1" * 10_000},
    ],
    ids=lambda form: str(form)[:40],
)
def test_what_is_not_offered_makes_nothing_and_loses_nothing(
    alices: Client, form: dict[str, Any]
) -> None:
    answer = alices.post(TOKENS, {"name": "backup on my laptop"} | form)
    assert "Please choose again" in answer.content.decode()
    assert 'value="backup on my laptop"' in answer.content.decode()
    assert not Session.objects.filter(holder=Session.Holder.SCRIPT).exists()


def test_what_was_chosen_is_still_chosen_when_something_else_is_wrong(alices: Client) -> None:
    page = " ".join(
        alices.post(TOKENS, EVERYTHING | {"name": " ", "lifetime": "604800"})
        .content.decode()
        .split()
    )
    assert page.count("checked>") == 5
    assert '<option value="604800" selected>' in page


def test_a_session_that_has_just_been_ended_elsewhere_makes_none(
    alices: Client, alices_session: Session
) -> None:
    Session.objects.filter(pk=alices_session.pk).update(revoked_at=timezone.now())
    page = alices.post(TOKENS, {"name": "backup"}).content.decode()
    assert "This session has ended" in page
    assert not Session.objects.filter(holder=Session.Holder.SCRIPT).exists()


def test_the_list_shows_what_was_chosen(alices: Client) -> None:
    made(alices, **EVERYTHING)
    page = " ".join(alices.get(TOKENS).content.decode().split())
    assert "Contains your ID and <code>name, picture, email, email_verified, groups</code>." in page
    assert f"<code>/api/session</code> and <bdi>{BASE_URL}, {REPORTS}</bdi>." in page
    assert f'Valid until <time datetime="{script_session().expires_at.isoformat()[:10]}' in page


# What the site allows counts too, also later


def test_no_token_says_what_the_site_leaves_out_of_its_own(
    alices: Client, settings: Settings
) -> None:
    settings.SESSION_CLAIMS = ["email"]
    page = alices.get(TOKENS).content.decode()
    assert 'value="profile"' not in page
    assert "email_verified" not in page
    assert (
        "Please choose again"
        in alices.post(TOKENS, {"name": "x", "scope": "profile"}).content.decode()
    )
    assert made(alices, scope=["email"]).keys() == LEAST | {"email"}


def test_what_the_site_takes_back_the_next_token_lacks(alices: Client, settings: Settings) -> None:
    made(alices, **EVERYTHING)
    settings.SESSION_AUDIENCE, settings.SESSION_CLAIMS = [BASE_URL], []
    session = script_session()
    claims = claims_of(issue_session_token(session, session.user).text)
    assert (claims["aud"], claims.keys() - LEAST) == ([API, BASE_URL], {"groups"})
    page = " ".join(alices.get(TOKENS).content.decode().split())
    assert "Contains your ID and <code>groups</code>." in page
    assert REPORTS not in page


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_no_token_outlives_the_end_of_all_sessions_that_is_about_to_be_committed(
    alices: Client,
) -> None:
    def make() -> None:
        try:
            alices.post(TOKENS, {"name": "backup"})
        finally:
            connections.close_all()

    thread = threading.Thread(target=make)
    with transaction.atomic():  # by another process: this one has not heard of it
        Session.objects.update(revoked_at=timezone.now())
        thread.start()
        thread.join(timeout=0.5)
    thread.join()
    assert not Session.objects.filter(revoked_at=None).exists()
