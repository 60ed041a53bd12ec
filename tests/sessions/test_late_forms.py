"""A form that was sent too late goes on by itself after a new sign-in: once, for nobody else."""

import logging
import pickle
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from providers.models import Provider
from sessions.kept_forms import LIFETIME
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token
from tests.conftest import HOST
from tests.fakes import ISSUER, FakeIssuer, add_provider, begin, come_back, hold, session_token
from tests.sessions.late import CSRF, FORM, PASSWORD, PROVIDERS, SECRET, ada, late_browser
from tests.sessions.outage import cache_gone
from tests.sessions.words import words_of

pytestmark = pytest.mark.django_db
USERS = "/admin/signet_sessions/user/"
ADD = f"{PROVIDERS}add/?kind=openid_connect"
__all__ = ["ada", "late_browser"]


@pytest.fixture
def browser(late_browser: Client) -> Client:
    late_browser.raise_request_exception = False
    return late_browser


def send(browser: Client, path: str = ADD, form: Any = FORM, **more: Any) -> str:
    """Send a form too late; return the address at which it waits."""
    answer = browser.post(path, form, **more)
    assert answer.status_code == 303, answer.content.decode()
    address = urlsplit(answer["Location"])
    assert address.path == "/sign-in/"
    return parse_qs(address.query)["next"][0]


def sign_in(browser: Client, user: User, age: int = 0) -> None:
    hold(browser, session_token(user, age=age))


def go_on(browser: Client, waits: str) -> Any:
    """Send the form from the page that asks first, as somebody does who has not come from there."""
    return browser.post(waits, {"send_form": "now"})


def is_lost(answer: Any) -> bool:
    return answer.status_code == 410 and "Your form is no longer available" in words_of(answer)


# What goes on


def test_a_form_of_the_admin_goes_on(browser: Client, ada: User) -> None:
    waits = send(browser)
    sign_in(browser, ada)
    saved = go_on(browser, waits)
    provider = Provider.objects.get()
    assert saved["Location"] == f"{PROVIDERS}{provider.pk}/change/"
    assert (provider.name, provider.client_secret) == ("Typed with care", SECRET)


def test_a_form_with_faults_comes_back_at_the_address_that_it_was_sent_to(
    browser: Client, ada: User
) -> None:
    waits = send(browser, form=FORM | {"slug": "no slug"})
    sign_in(browser, ada)
    page = words_of(go_on(browser, waits))
    assert 'value="Typed with care"' in page
    assert SECRET not in page
    assert browser.post(waits, FORM).status_code == 302  # the form of this page has no address
    assert Provider.objects.get().name == "Typed with care"


def test_a_list_that_was_edited_goes_on(browser: Client, ada: User) -> None:
    provider = add_provider("demo")
    form = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": str(provider.pk),
        "form-0-position": "77",
        "_save": "Save",
    }
    waits = send(browser, PROVIDERS, form)
    sign_in(browser, ada)
    assert go_on(browser, waits)["Location"] == PROVIDERS
    assert Provider.objects.get().position == 77


def test_an_action_goes_on_to_its_question_and_then_without_another_sign_in(
    browser: Client, ada: User, alice: User
) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(alice.pk)]}
    waits = send(browser, f"{USERS}?q=alice", form)
    sign_in(browser, ada)
    assert "Are you sure" in words_of(go_on(browser, waits))
    assert User.objects.filter(pk=alice.pk).exists()
    assert browser.post(waits, form | {"post": "yes"})["Location"] == f"{USERS}?q=alice"
    assert not User.objects.filter(pk=alice.pk).exists()


ACTIONS: dict[str, tuple[str, dict[str, str], Callable[[User, User], bool]]] = {
    "end somebody's sessions": (
        USERS + "{alice}/end_sessions/",
        {},
        lambda ada, alice: alice.sessions.get().end == "ended_by_admin",
    ),
    "make a token": (
        "/account/tokens/",
        {"name": "backup"},
        lambda ada, alice: ada.sessions.filter(name="backup").exists(),
    ),
}


@pytest.mark.parametrize(("path", "form", "is_done"), ACTIONS.values(), ids=ACTIONS)
def test_a_confirmation_goes_on(
    browser: Client,
    ada: User,
    alice: User,
    path: str,
    form: dict[str, str],
    is_done: Callable[[User, User], bool],
) -> None:
    User.objects.create_superuser("root", PASSWORD)
    session_token(alice)
    waits = send(browser, path.format(alice=alice.pk), form)
    assert not is_done(ada, alice)
    sign_in(browser, ada)
    assert go_on(browser, waits).status_code == 302
    assert is_done(ada, alice)


# What cannot be undone does not go on by itself

FOR_GOOD: dict[str, tuple[str, dict[str, str], str]] = {
    "delete a person": (USERS + "{alice}/delete/", {"post": "yes"}, "Are you sure"),
    "merge two people": (USERS + "{bob}/merge/?other={alice}", {"other": "{alice}"}, "Merge "),
    "delete one's account": ("/account/data/delete/", {"understood": "yes"}, "Delete my account"),
    "merge two accounts": ("/account/merge/", {"understood": "yes"}, "Merge two accounts"),
}


@pytest.mark.parametrize(("path", "form", "words"), FOR_GOOD.values(), ids=FOR_GOOD)
def test_what_cannot_be_undone_is_shown_again_after_the_sign_in(
    browser: Client,
    ada: User,
    alice: User,
    bob: User,
    path: str,
    form: dict[str, str],
    words: str,
) -> None:
    User.objects.create_superuser("root", PASSWORD)
    path = path.format(bob=bob.pk, alice=alice.pk)
    form = {name: value.format(alice=alice.pk) for name, value in form.items()}
    assert send(browser, path, form) == path
    sign_in(browser, ada)
    assert words in words_of(browser.get(path))
    assert User.objects.count() == 4


def test_an_action_that_was_confirmed_too_late_asks_again(
    browser: Client, ada: User, alice: User
) -> None:
    form = {"action": "delete_selected", "_selected_action": [str(alice.pk)], "post": "yes"}
    waits = send(browser, USERS, form)
    sign_in(browser, ada)
    assert "Are you sure" in words_of(go_on(browser, waits))
    assert User.objects.filter(pk=alice.pk).exists()


@responses.activate
def test_it_goes_on_after_a_real_sign_in_with_every_check_in_place() -> None:
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    add_provider("demo")
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    sign_in_through(browser, issuer, "/account/")
    User.objects.update(is_staff=True, is_superuser=True)
    session = Session.objects.get()
    hold(browser, session_token(session.user, age=360, provider="demo"))
    waits = send(browser, ADD, FORM | {"csrfmiddlewaretoken": csrf_token(browser, ADD)})

    landed = sign_in_through(browser, issuer, waits)

    assert landed == waits
    assert browser.get(landed).status_code == 302
    assert Provider.objects.filter(slug="typed").exists()


def test_it_goes_on_after_a_sign_in_by_password() -> None:
    root = User.objects.create_superuser("root", PASSWORD)
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(browser, session_token(root, age=360))
    token = csrf_token(browser, ADD)
    waits = send(browser, ADD, FORM | {"csrfmiddlewaretoken": token})
    page = words_of(browser.get("/sign-in/", {"again": "1", "next": waits}))
    link = re.search(r'href="(/admin/login/[^"]*)"', page)
    assert link
    login = {"username": "root", "password": PASSWORD, "csrfmiddlewaretoken": token}
    landed = browser.post(unescape(link[1]), login)["Location"]
    assert landed == waits
    assert browser.get(landed).status_code == 302
    assert Provider.objects.filter(slug="typed").exists()


def sign_in_through(browser: Client, issuer: FakeIssuer, next_: str) -> str:
    csrf = csrf_token(browser, "/sign-in/?again=1")
    asked = begin(browser, csrfmiddlewaretoken=csrf, next=next_)
    responses.remove("POST", f"{ISSUER}/token")
    issuer.vouch(asked["nonce"])
    return str(come_back(browser, code="the-code", state=asked["state"])["Location"])


def csrf_token(browser: Client, path: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', words_of(browser.get(path)))
    assert found
    return found[1]


# What the sign-in page says


def test_the_sign_in_page_says_what_goes_on_and_offers_a_way_out(browser: Client) -> None:
    page = words_of(browser.get("/sign-in/", {"again": "1", "next": send(browser)}))
    assert f"<code>{ADD}</code>" in page
    assert f'<a href="{ADD}">Do not send it</a>' in page


def test_the_sign_in_page_says_nothing_of_a_form_that_does_not_wait(browser: Client) -> None:
    page = words_of(browser.get("/sign-in/", {"again": "1", "next": f"{ADD}&go-on=x"}))
    assert "Do not send it" not in page


# What is refused


def test_it_goes_on_once(browser: Client, ada: User) -> None:
    waits = send(browser)
    sign_in(browser, ada)
    go_on(browser, waits)
    Provider.objects.all().delete()
    page = go_on(browser, waits)
    assert is_lost(page)
    assert f'<a class="button primary" href="{ADD}">' in words_of(page)
    assert "no-store" in page["Cache-Control"]
    assert not Provider.objects.exists()


def test_of_two_tabs_that_come_back_at_once_one_goes_on(browser: Client, ada: User) -> None:
    waits = send(browser)
    sign_in(browser, ada)
    with patch.object(type(caches["forms"]), "delete", return_value=False):
        assert is_lost(go_on(browser, waits))
    assert not Provider.objects.exists()


def test_it_waits_for_ten_minutes(browser: Client) -> None:
    with patch.object(type(caches["forms"]), "add", autospec=True) as kept:
        send(browser)
    assert kept.call_args.args[3] == LIFETIME == 600


def test_a_form_that_has_waited_too_long_says_so(browser: Client, ada: User) -> None:
    waits = send(browser)
    caches["forms"].clear()
    sign_in(browser, ada)
    assert is_lost(go_on(browser, waits))


def test_it_needs_the_new_sign_in(browser: Client, ada: User) -> None:
    waits = send(browser)
    answer = browser.get(waits)
    assert answer.status_code == 403
    assert "Please sign in again" in words_of(answer)
    assert parse_qs(urlsplit(go_on(browser, waits)["Location"]).query)["next"] == [waits]
    assert not Provider.objects.exists()
    sign_in(browser, ada)
    assert go_on(browser, waits).status_code == 302  # it has not been lost by that


def test_a_stranger_is_sent_to_sign_in_and_it_waits(browser: Client, ada: User) -> None:
    waits = send(browser)
    del browser.cookies["session"], browser.cookies["refresh"]
    assert go_on(browser, waits)["Location"].startswith("/sign-in/?next=")
    sign_in(browser, ada)
    assert go_on(browser, waits).status_code == 302
    assert Provider.objects.exists()


def test_another_person_in_the_same_browser_gets_nothing(browser: Client, bob: User) -> None:
    waits = send(browser)
    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    sign_in(browser, bob)
    assert is_lost(go_on(browser, waits))
    assert not Provider.objects.exists()


def test_the_sign_in_of_another_person_forgets_it_for_good(browser: Client, ada: User) -> None:
    """Such a sign-in changes the CSRF token of the browser: see test_recent_sign_in.py."""
    waits = send(browser)
    browser.cookies["csrf"] = "d" * 32
    sign_in(browser, ada)
    assert is_lost(go_on(browser, waits))


def test_a_link_to_a_form_that_a_stolen_session_has_sent_does_nothing_in_another_browser(
    browser: Client, ada: User
) -> None:
    waits = send(browser)
    own = Client(headers={"host": HOST})
    own.cookies["csrf"] = "e" * 32
    sign_in(own, ada)
    assert is_lost(go_on(own, waits))
    assert not Provider.objects.exists()


def test_whoever_had_all_cookies_of_the_browser_before_prepares_nothing(
    browser: Client, ada: User
) -> None:
    own = Client(headers={"host": HOST})
    own.cookies["csrf"] = CSRF
    waits = send(browser)
    sign_in(own, ada)
    assert is_lost(own.get(waits))
    assert is_lost(go_on(own, waits))
    assert not Provider.objects.exists()


def test_a_page_asks_first_if_nobody_has_just_signed_in_for_the_form(
    browser: Client, ada: User
) -> None:
    """Whoever was at the browser before can have left the address open."""
    waits = send(browser)
    sign_in(browser, ada)
    page = words_of(browser.get(waits))
    assert "Send this form?" in page
    assert f"<code>{ADD}</code>" in page
    assert f'<a class="button primary" href="{ADD}">Do not send it</a>' in page
    assert not Provider.objects.exists()
    assert go_on(browser, waits).status_code == 302
    assert Provider.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        lambda waits: waits.replace("/provider/add/", "/provider/"),
        lambda waits: waits.replace("kind=openid_connect", "kind=github"),
        lambda waits: waits.replace("kind=openid_connect&", ""),
        lambda waits: waits[:-1],
        lambda waits: waits + "&x=1",
        lambda waits: f"/account/?{waits.partition('?')[2]}",
    ],
    ids=["path", "query", "no query", "key", "more", "page"],
)
def test_another_address_gets_nothing(
    browser: Client, ada: User, changed: Callable[[str], str]
) -> None:
    waits = send(browser)
    sign_in(browser, ada)
    assert is_lost(go_on(browser, changed(waits)))
    assert not Provider.objects.exists()
    assert go_on(browser, waits).status_code == 302


def test_three_forms_of_a_browser_wait_and_the_fourth_takes_the_place_of_the_oldest(
    browser: Client, ada: User
) -> None:
    slugs = ("first", "second", "third", "fourth")
    oldest, *others = [send(browser, form=FORM | {"slug": slug}) for slug in slugs]
    sign_in(browser, ada)
    assert is_lost(go_on(browser, oldest))
    for waits in others:
        assert go_on(browser, waits).status_code == 302
    assert set(Provider.objects.values_list("slug", flat=True)) == set(slugs[1:])


def test_another_browser_with_the_stolen_cookies_displaces_nothing(
    browser: Client, ada: User
) -> None:
    stolen = browser.cookies.output(header="", sep=";")
    waits = send(browser)
    answers = []
    for _ in range(10):
        thief = Client(headers={"host": HOST})
        thief.cookies.load(stolen)
        answers.append(thief.post(ADD, FORM | {"slug": "stolen"}))
    assert answers[-1].status_code == 403
    assert "What you sent could not be kept." in words_of(answers[-1])
    sign_in(browser, ada)
    assert go_on(browser, waits).status_code == 302
    assert Provider.objects.get().slug == "typed"


@pytest.mark.parametrize("method", ["head", "post", "options"])
def test_only_a_page_that_is_opened_goes_on(browser: Client, ada: User, method: str) -> None:
    waits = send(browser)
    sign_in(browser, ada)
    getattr(browser, method)(waits)
    assert not Provider.objects.exists()


def test_the_token_of_a_script_starts_nothing(browser: Client, ada: User) -> None:
    session_token(ada)
    Session.objects.update(holder=Session.Holder.SCRIPT)
    token = issue_session_token(Session.objects.latest("auth_time"), ada).text
    script = Client(headers={"host": HOST, "authorization": f"Bearer {token}"})
    assert script.get("/api/session?go-on=x").status_code == 200
    assert script.get(f"{ADD}&go-on=x").status_code == 403


@pytest.mark.parametrize("address", ["/how-it-works/?go-on=x", "/how-it-works/?q=go-on=x"])
def test_the_mark_means_nothing_to_a_stranger(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


def test_the_mark_means_nothing_inside_another_parameter(browser: Client, ada: User) -> None:
    sign_in(browser, ada)
    assert browser.get(f"{PROVIDERS}?q=go-on=x").status_code == 200


def test_a_form_without_the_csrf_token_is_refused_and_not_kept(browser: Client) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    strict.cookies.update(browser.cookies)
    with patch.object(type(caches["forms"]), "add") as kept:
        assert strict.post(ADD, FORM).status_code == 403
    kept.assert_not_called()


# What is not kept, and says so


@pytest.mark.parametrize(
    ("path", "form"),
    [(ADD, {"name": "\u00e9" * 20_000}), (f"{ADD}&q={'x' * 2000}", FORM)],
    ids=["large form", "long address"],
)
def test_what_is_too_large_is_not_kept_and_the_page_says_so(
    browser: Client, path: str, form: dict[str, str]
) -> None:
    with patch.object(type(caches["forms"]), "add") as kept:
        answer = browser.post(path, FORM | form)
    kept.assert_not_called()
    assert answer.status_code == 403
    assert "What you sent could not be kept." in words_of(answer)


def test_a_form_with_a_file_is_not_kept_and_the_page_says_so(browser: Client, ada: User) -> None:
    """A waiting form has no place for a file: going on without it would save half of it."""
    file = SimpleUploadedFile("logo.png", b"a picture", "image/png")
    with patch.object(type(caches["forms"]), "add") as kept:
        answer = browser.post(ADD, FORM | {"logo": file})
    kept.assert_not_called()
    assert answer.status_code == 403
    assert "What you sent could not be kept." in words_of(answer)


def test_a_form_of_a_browser_without_the_csrf_cookie_is_not_kept(browser: Client) -> None:
    del browser.cookies["csrf"]
    assert browser.post(ADD, FORM).status_code == 403


def test_without_the_cache_nothing_is_kept_and_everybody_can_still_sign_in(
    browser: Client, ada: User
) -> None:
    waits = send(browser)
    with cache_gone():
        answer = browser.post(ADD, FORM)
        page = browser.get("/sign-in/", {"again": "1", "next": waits})
    assert "What you sent could not be kept." in words_of(answer)
    assert page.status_code == 200
    assert "Do not send it" not in words_of(page)
    sign_in(browser, ada)
    with cache_gone():
        assert go_on(browser, waits).status_code == 503
    assert go_on(browser, waits).status_code == 302  # it has waited


# What nobody reads


def test_it_waits_sealed_and_no_log_has_it(
    browser: Client, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with patch.object(type(caches["forms"]), "add", autospec=True) as kept:
        answer = browser.post(ADD, FORM)
    assert SECRET.encode() not in pickle.dumps(kept.call_args.args[1:])
    assert CSRF.encode() not in pickle.dumps(kept.call_args.args[1:])
    assert SECRET not in answer["Location"]
    assert SECRET not in caplog.text
