"""What needs a sign-in of the last five minutes, and that nothing typed is lost by it."""

import re
import time
from typing import Any
from urllib.parse import quote

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client

from access_rules.models import AccessRule
from providers.models import Provider
from sessions.models import Session, User
from sessions.recent_sign_in import RECENT_SIGN_IN, RecentSignInAdmin, has_recent_sign_in
from sessions.session_request import SessionRequest
from sessions.session_tokens import validate_session_token
from sessions.signing_keys.models import SigningKey
from tests.accounts.admin_pages.person_pages import form_of, page_of
from tests.conftest import HOST
from tests.fakes import (
    ISSUER,
    FakeIssuer,
    add_provider,
    begin,
    come_back,
    hold,
    refresh_token_beside,
    session_token,
)
from tests.rehearsal import Stage
from tests.sessions.late import CSRF, FORM, PASSWORD, PROVIDERS, ada, late_browser
from tests.sessions.words import words_of

pytestmark = pytest.mark.django_db
KEYS = "/admin/signet_sessions/signingkey/"
__all__ = ["ada", "late_browser"]


def is_asked_again(answer: Any) -> bool:
    return bool(
        answer.status_code == 303 and answer["Location"].startswith("/sign-in/?again=1&next=")
    )


def give(request: SessionRequest, refresh: str) -> None:
    request.META["HTTP_COOKIE"], request.COOKIES = f"refresh={refresh}", {"refresh": refresh}


@pytest.mark.parametrize(("age", "is_recent"), [(0, True), (RECENT_SIGN_IN, True), (301, False)])
def test_a_sign_in_is_recent_for_five_minutes(
    request_of_a_stranger: SessionRequest, alice: User, age: int, is_recent: bool
) -> None:
    token = validate_session_token(session_token(alice))
    request_of_a_stranger.session_token = token
    give(request_of_a_stranger, refresh_token_beside(token.text))
    now = token.claims["auth_time"] + age
    assert has_recent_sign_in(request_of_a_stranger, now) is is_recent


@pytest.mark.parametrize("refresh", ["", "x", "of another session"])
def test_who_has_copied_a_jwt_has_not_signed_in_lately(
    request_of_a_stranger: SessionRequest, alice: User, refresh: str
) -> None:
    request_of_a_stranger.session_token = validate_session_token(session_token(alice))
    if refresh == "of another session":
        refresh = refresh_token_beside(session_token(alice))
    give(request_of_a_stranger, refresh)
    assert not has_recent_sign_in(request_of_a_stranger)


def test_a_stranger_has_not_signed_in_lately(request_of_a_stranger: SessionRequest) -> None:
    assert not has_recent_sign_in(request_of_a_stranger)


@pytest.mark.parametrize("model", [Provider, User], ids=["provider", "user"])
def test_changes_in_the_admin_need_one(model: type) -> None:
    assert isinstance(admin.site._registry[model], RecentSignInAdmin)


# Forms in the admin


def test_a_form_says_quietly_before_it_is_filled_in_what_saving_will_ask(
    late_browser: Client,
) -> None:
    page = words_of(late_browser.get(f"{PROVIDERS}add/?kind=github"))
    assert '<li class="info">Saving will ask you to sign in again.</li>' in page


def test_a_form_says_nothing_to_somebody_who_has_just_signed_in(client: Client, ada: User) -> None:
    hold(client, session_token(ada))
    assert "sign in again" not in words_of(client.get(f"{PROVIDERS}add/?kind=github"))


def test_a_form_says_nothing_to_somebody_who_may_not_save_it(client: Client, bob: User) -> None:
    User.objects.update(is_staff=True)
    bob.user_permissions.add(Permission.objects.get(codename="view_provider"))
    hold(client, session_token(bob, age=360))
    provider = add_provider("demo")
    address = f"{PROVIDERS}{provider.pk}/change/"
    assert "sign in again" not in words_of(client.get(address))
    assert client.post(address, FORM).status_code == 403


# What is sent: see also test_late_forms.py


def test_a_form_that_is_sent_leads_to_a_new_sign_in(late_browser: Client) -> None:
    answer = late_browser.post(f"{PROVIDERS}add/?kind=github", FORM)
    assert answer.status_code == 303
    here = quote(f"{PROVIDERS}add/?kind=github&go-on=", safe="")
    assert answer["Location"].startswith(f"/sign-in/?again=1&next={here}")
    assert not Provider.objects.exists()


def test_a_list_that_is_edited_leads_to_a_new_sign_in(late_browser: Client) -> None:
    provider = add_provider("demo")
    form = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": str(provider.pk),
        "form-0-position": "77",
        "_save": "Save",
    }
    assert is_asked_again(late_browser.post(PROVIDERS, form))
    assert Provider.objects.get().enabled


def test_a_list_that_may_not_be_seen_stays_closed(client: Client, bob: User) -> None:
    User.objects.update(is_staff=True)
    client.cookies["session"], client.cookies["csrf"] = session_token(bob, age=360), CSRF
    assert client.post(PROVIDERS, {"_save": "Save"}).status_code == 403


def test_nobody_is_suspended(late_browser: Client, alice: User) -> None:
    assert is_asked_again(late_browser.post(page_of(alice), form_of(alice, is_active="")))
    assert User.objects.get(pk=alice.pk).is_active


def test_nobody_is_deleted(late_browser: Client, alice: User) -> None:
    answer = late_browser.get(page_of(alice, "delete"))
    assert answer.status_code == 403
    assert "no-store" in answer["Cache-Control"]
    assert is_asked_again(late_browser.post(page_of(alice, "delete"), {"post": "yes"}))
    assert User.objects.filter(pk=alice.pk).exists()


def test_nothing_is_done_to_what_is_selected_in_a_list(late_browser: Client, alice: User) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(alice.pk)], "post": "yes"}
    assert is_asked_again(late_browser.post("/admin/signet_sessions/user/", form))
    assert User.objects.filter(pk=alice.pk).exists()


# Buttons


def test_no_key_is_rotated_and_the_page_leads_back(late_browser: Client) -> None:
    answer = late_browser.get(f"{KEYS}rotate/")
    page = words_of(answer)
    assert answer.status_code == 403
    assert "Nothing has been changed." in page
    assert "could not be kept" not in page
    assert (
        'href="/sign-in/?again=1&amp;next=%2Fadmin%2Fsignet_sessions%2Fsigningkey%2Frotate%2F"'
        in page
    )
    assert is_asked_again(late_browser.post(f"{KEYS}rotate/"))
    assert SigningKey.objects.count() == 1


def test_no_key_is_revoked(late_browser: Client) -> None:
    made = SigningKey.objects.get()
    assert is_asked_again(late_browser.post(f"{KEYS}{made.pk}/revoke/"))
    assert SigningKey.objects.get().state == "signing"


# Account pages


def test_no_tokens_are_made(late_browser: Client) -> None:
    assert "This will ask you to sign in again." in words_of(late_browser.get("/account/tokens/"))
    assert is_asked_again(late_browser.post("/account/tokens/", {"name": "my laptop"}))
    assert not Session.objects.filter(holder=Session.Holder.SCRIPT).exists()


def test_a_form_with_a_fault_is_shown_before_anybody_signs_in_for_it(late_browser: Client) -> None:
    assert "Please give it a name" in words_of(late_browser.post("/account/tokens/", {"name": ""}))


def test_a_download_leads_back_to_its_page(late_browser: Client) -> None:
    answer = late_browser.post("/account/data/")
    assert answer.status_code == 403
    assert 'next=%2Faccount%2Fdata%2F"' in words_of(answer)


# Signing in again


def test_the_sign_in_page_asks_somebody_who_is_signed_in(late_browser: Client, ada: User) -> None:
    for position, slug in enumerate(("another", "demo")):
        add_provider(slug, position=position)
        SocialAccount.objects.create(user=ada, provider=slug, uid="1")
    page = words_of(late_browser.get("/sign-in/", {"again": "1", "next": KEYS}))
    assert "You are signed in as <bdi>Ada Admin</bdi>." in page
    assert page.index("<bdi>Demo</bdi>") < page.index("<bdi>Another</bdi>")
    assert f'name="next" value="{KEYS}"' in page


def test_without_that_wish_nobody_is_asked_twice(late_browser: Client) -> None:
    assert late_browser.get("/sign-in/", {"next": KEYS})["Location"] == KEYS


def test_a_stranger_gets_the_ordinary_page(client: Client) -> None:
    page = words_of(client.get("/sign-in/", {"again": "1", "next": KEYS}))
    assert "You are signed in as" not in page


@responses.activate
def test_a_new_sign_in_through_the_provider_is_recent_and_spoils_no_open_form() -> None:
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    add_provider("demo")
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    sign_in_through(browser, issuer)
    User.objects.update(is_staff=True, is_superuser=True)
    session = Session.objects.get()
    hold(browser, session_token(session.user, age=360))
    form = FORM | {"slug": "second", "csrfmiddlewaretoken": csrf_token(browser, f"{PROVIDERS}add/")}

    assert is_asked_again(browser.post(f"{PROVIDERS}add/", form))
    sign_in_through(browser, issuer)

    assert browser.post(f"{PROVIDERS}add/", form).status_code == 302
    assert Provider.objects.filter(slug="second").exists()


@responses.activate
def test_a_sign_in_as_somebody_else_changes_the_csrf_token(bob: User) -> None:
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    add_provider("demo")
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(browser, session_token(bob))
    csrf = csrf_token(browser, "/account/tokens/")
    before = browser.cookies["csrf"].value
    asked = begin(browser, csrfmiddlewaretoken=csrf, instead="1")
    issuer.vouch(asked["nonce"])
    assert come_back(browser, code="the-code", state=asked["state"])["Location"] == "/account/"
    assert browser.cookies["csrf"].value != before


def test_a_new_sign_in_by_password_is_recent_and_spoils_no_open_form() -> None:
    root = User.objects.create_superuser("root", PASSWORD)
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(browser, session_token(root, age=360))
    token = csrf_token(browser, f"{PROVIDERS}add/")
    again = re.search(
        r'href="(/admin/login/[^"]*)"',
        words_of(browser.get("/sign-in/", {"again": "1", "next": "/account/"})),
    )
    assert again
    address = again[1].replace("&amp;", "&")
    assert 'name="password"' in words_of(browser.get(address))

    login = {"username": "root", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert browser.post(address, login)["Location"] == "/account/"

    auth_time = browser.get("/api/session").json()["auth_time"]
    assert time.time() - auth_time < 60
    form = FORM | {"csrfmiddlewaretoken": token}
    assert browser.post(f"{PROVIDERS}add/", form).status_code == 302


def test_a_new_sign_in_at_the_simulator_makes_a_new_auth_time(stage: Stage) -> None:
    browser = Client(headers={"host": HOST})
    stage.sign_in(browser, "github", "alice")
    hold(browser, session_token(User.objects.get(), age=360, provider="github"))
    assert browser.get("/account/tokens/").content.count(b"will ask you to sign in again") == 1

    stage.sign_in(browser, "github", "alice")

    assert time.time() - browser.get("/api/session").json()["auth_time"] < 60
    assert b"will ask you" not in browser.get("/account/tokens/").content


def sign_in_through(browser: Client, issuer: FakeIssuer) -> None:
    csrf = csrf_token(browser, "/sign-in/?again=1")
    asked = begin(browser, csrfmiddlewaretoken=csrf)
    responses.remove("POST", f"{ISSUER}/token")
    issuer.vouch(asked["nonce"])
    assert come_back(browser, code="the-code", state=asked["state"])["Location"] == "/account/"


def csrf_token(browser: Client, path: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', words_of(browser.get(path)))
    assert found
    return found[1]


# What is selected in a list


@pytest.mark.parametrize("key", ["x", "9" * 400, "\0", ""], ids=["word", "number", "NUL", "none"])
def test_what_is_no_key_of_a_row_changes_nothing(client: Client, ada: User, key: str) -> None:
    hold(client, session_token(ada))
    provider = add_provider("demo")
    rule = AccessRule.objects.create(provider=provider, kind="email", value="a@b.example")
    form = {"action": "delete_selected", "_selected_action": [str(rule.pk), key], "post": "yes"}
    page = client.post("/admin/access_rules/accessrule/?q=a", form, follow=True)
    assert page.redirect_chain == [("/admin/access_rules/accessrule/?q=a", 302)]
    assert "Nothing has been changed" in words_of(page)
    assert AccessRule.objects.exists()
