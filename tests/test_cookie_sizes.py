"""All our cookies together stay under 7 KB, and each under what browsers keep."""

import base64
import random
from dataclasses import replace
from secrets import token_urlsafe
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.messages import info
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import RequestFactory
from pytest_django import Settings

from access_rules.decision import MOST_TOLD
from access_rules.rule_kinds import RuleKind
from accounts.admin_pages import moving
from accounts.self_service.changed_here import keep_change_made_here
from attempts.models import Process
from config.language import KEPT
from diagnosis.entries import DIAGNOSES
from oauth_client import failures
from oauth_client.failures import Failure
from oauth_client.progress import Progress, _attempts, keep_progress
from protocol.flow import Attempt, Demand
from providers import form_post
from providers.form_post import MAX_NAME
from sessions import pages
from sessions.cookie_budget import (
    bytes_left_for_groups,
    bytes_of,
    longest_session,
    longest_user,
)
from sessions.models import User
from sessions.session_cookies import set_session_cookies
from sessions.signing_keys.algorithms import NEW_KEY
from sessions.starting import IssuedSession
from tests.sessions.signing_keys.keys import new_key
from web import cookies
from web.cookies import cookie_name
from web.redirects import MAX_LENGTH, safe_next

ALL_BYTES = 7000
ONE_COOKIE = 4096  # with its attributes, as browsers count
RANDOM = random.Random(1).randbytes((MAX_LENGTH - 1) * 3 // 4)
NEXT = {
    "ordinary": "/account/connections/",
    "long": "/" + "a" * (MAX_LENGTH - 1),
    "of quotes": "/" + '"' * (MAX_LENGTH - 1),
    "encoded": safe_next("/" + "日本語" * 75),
    "that nothing makes smaller": "/" + base64.urlsafe_b64encode(RANDOM).decode(),
}
PROVIDER = USER = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(autouse=True)
def _https(settings: Settings) -> None:
    """Give the cookies their longest names."""
    settings.COOKIE_PREFIX, settings.IS_HTTPS = "__Host-", True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-scratch", "__Host-csrf"


class Browser:
    """Keeps cookies as a browser does, and how long each was in its header."""

    def __init__(self) -> None:
        self.jar: dict[str, str] = {}
        self.longest = 0

    def request(self) -> HttpRequest:
        header = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return RequestFactory().get("/", headers={"cookie": header})

    def receive(self, response: HttpResponse) -> None:
        for name, morsel in response.cookies.items():
            self.longest = max(self.longest, len(morsel.OutputString()))
            if morsel["max-age"] == 0:
                self.jar.pop(name, None)
            else:
                self.jar[name] = morsel.value

    @property
    def size(self) -> int:
        return len("; ".join(f"{name}={value}" for name, value in self.jar.items()))


def new_progress(next_: str, started_at: float, demand: Demand = Demand.NOTHING) -> Progress:
    return Progress(Attempt.new(demand), PROVIDER, next_, Process.CONNECT, started_at, USER)


def sign_ins_in_progress(browser: Browser, next_: str) -> None:
    for started_at in range(6):
        progress = new_progress(next_, 1.8e9 + started_at / 7)
        response = HttpResponse()
        keep_progress(browser.request(), response, progress)
        browser.receive(response)


def scratch(browser: Browser) -> None:
    """Leave a sentence for the next page, as the admin does, and make a form."""
    request = browser.request()

    def answer(request: HttpRequest) -> HttpResponse:
        info(request, "The provider was changed successfully.")
        get_token(request)
        return HttpResponse()

    with_messages = MessageMiddleware(CsrfViewMiddleware(answer))
    browser.receive(cast("HttpResponse", SessionMiddleware(with_messages)(request)))


def changes_of_accounts(browser: Browser) -> None:
    for number in range(6):
        request, response = browser.request(), HttpResponse()
        request.user = User(pk=UUID(int=0))
        account = SocialAccount(provider="p" * 50, uid=str(number))
        keep_change_made_here(request, response, [account], is_added=True)
        browser.receive(response)


def session(browser: Browser, algorithm: str) -> None:
    new_key(algorithm).save()
    longest = longest_session()
    longest.user = longest_user()
    longest.groups = ["g" * (bytes_left_for_groups() - bytes_of(["g"]) + 1)]
    response = HttpResponse()
    set_session_cookies(response, IssuedSession.of(longest))
    cookies.set_cookie(response, cookies.LAST_USED, "p" * 50, max_age=60)
    browser.receive(response)


RULES = tuple((RuleKind.HOSTED_DOMAIN.value, f"{n}{'d' * 248}.com") for n in range(MOST_TOLD))
BASE = Failure("AAAA-AAAA", max(DIAGNOSES, key=len), "p" * 50, process=Process.CONNECT)
LONG_NAME = "".join(chr(0x10400 + n) for n in range(failures.MAX_NAME))
FAILURES = {
    "refused by rules": replace(BASE, rules=RULES),
    "an address in use": replace(
        BASE, email="e" * 254, used=tuple(f"{n}{'p' * 49}" for n in range(9))
    ),
    "another person": replace(BASE, other_key=USER, other=LONG_NAME),
}

LONGEST_NAME = form_post.FormPost("code=c&state=s", "s", " ".join(["n" * MAX_NAME] * 2))


@pytest.mark.django_db
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("next_", NEXT.values(), ids=NEXT.keys())
@pytest.mark.parametrize("algorithm", sorted(NEW_KEY))
def test_the_longest_of_all_cookies_stay_in_the_limit(
    algorithm: str, next_: str, failure: Failure
) -> None:
    browser = Browser()
    session(browser, algorithm)
    scratch(browser)
    changes_of_accounts(browser)
    sign_ins_in_progress(browser, next_)
    response = HttpResponse()
    failures.keep(response, failure)
    for name in (cookies.PROVEN, cookies.LATE):
        cookies.set_cookie(response, name, token_urlsafe(16), max_age=60)
    form_post.keep_name(response, LONGEST_NAME)
    pages.MADE.set(response, cookies.MADE, USER, max_age=60)
    cookies.set_cookie(response, cookies.LANGUAGE, "de", max_age=KEPT)
    moving.NEW_LINK.set(response, cookies.JUST_MADE, token_urlsafe(32), max_age=60)
    browser.receive(response)
    names = {name.removeprefix("__Host-").partition("-")[0] for name in browser.jar}
    ours = {"session", "refresh", "scratch", "csrf", "signin", "failed", "last", "sent", "changed"}
    assert names == ours | {"made", "new", "proven", "late", "language"}
    assert browser.size < ALL_BYTES, browser.size
    assert browser.longest < ONE_COOKIE


def test_five_ordinary_sign_ins_are_in_progress_at_once() -> None:
    browser = Browser()
    for started_at in range(6):
        progress = Progress(
            Attempt.new(), PROVIDER, "/account/", Process.SIGN_IN, 1.8e9 + started_at / 7
        )
        response = HttpResponse()
        keep_progress(browser.request(), response, progress)
        browser.receive(response)
    assert len(browser.jar) == 5
    assert cookie_name(progress.cookie) in browser.jar


def test_the_newest_of_long_ones_stays() -> None:
    browser = Browser()
    sign_ins_in_progress(browser, NEXT["that nothing makes smaller"])
    assert len(browser.jar) == 1


@pytest.mark.parametrize("next_", NEXT.values(), ids=NEXT.keys())
def test_comes_out_of_the_cookie_as_it_went_in(next_: str) -> None:
    progress = new_progress(next_, 1.8e9, Demand.LOGIN)
    browser, response = Browser(), HttpResponse()
    keep_progress(browser.request(), response, progress)
    browser.receive(response)
    assert list(_attempts(browser.request()).values()) == [progress]


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_that_is_cut_is_still_found(failure: Failure) -> None:
    browser, response = Browser(), HttpResponse()
    failures.keep(response, failure)
    browser.receive(response)
    found = failures.find(browser.request(), failure.reference)
    assert found is not None
    assert found.email == failure.email


def test_where_to_go_on_stands_in_the_address_of_a_failure() -> None:
    next_ = NEXT["of quotes"]
    query = urlsplit(failures.address_of(BASE, next_)).query
    assert safe_next(RequestFactory().get(f"/?{query}").GET["next"]) == next_
    assert "?" not in failures.address_of(BASE, "/account/")
