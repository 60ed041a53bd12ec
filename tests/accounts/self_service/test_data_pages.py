"""What somebody is told of their data, gets a copy of, and may end."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from access_rules.models import ProviderToken
from attempts.models import SignInAttempt
from audit.models import Action, AuditEvent
from sessions import revocation
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token
from tests.attempts.rows import add_attempt
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token
from tests.rehearsal import Stage
from tests.sessions.others import another
from tests.sessions.words import words_of

pytestmark = pytest.mark.django_db
DATA, DELETE, DELETED = "/account/data/", "/account/data/delete/", "/account/data/deleted/"
SURE = {"understood": "yes"}


def body_of(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def make_admin(user: User, provider: str = "github") -> User:
    SocialAccount.objects.create(user=user, provider=provider, uid=str(user.pk))
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    return user


def bearer(user: User) -> dict[str, str]:
    return {"authorization": f"Bearer {session_token(user)}"}


# What is kept


def test_the_account_page_leads_there(alices_browser: Client) -> None:
    assert f'href="{DATA}"' in words_of(alices_browser.get("/account/"))


def test_the_page_says_what_is_kept_and_for_how_long(
    alices_browser: Client, settings: Settings
) -> None:
    settings.SESSION_IDLE_LIFETIME, settings.SESSION_LIFETIME = 3 * 86400, 30 * 86400
    settings.SIGN_IN_ATTEMPT_RETENTION, settings.AUDIT_RETENTION = 20 * 86400, 40 * 86400
    answer = alices_browser.get(DATA)
    page = words_of(answer)
    titles = "Your profile,Email addresses,Connected accounts,Sessions,Tokens for scripts,Groups"
    for title in [*titles.split(","), "The log", "Sign-ins", "Memberships"]:
        assert re.search(rf"<dt> (?:<a href=[^>]+>)?{title}(?:</a>)? </dt>", page)
    assert "Ends after 3 days without use, after 30 days at the latest." in page
    assert "20 days. </dd>" in page
    assert "40 days. </dd>" in page
    assert answer["Cache-Control"] == "private, no-store"


def test_a_log_that_is_kept_for_ever_is_called_so(
    alices_browser: Client, settings: Settings
) -> None:
    settings.AUDIT_RETENTION = 0
    assert "For as long as this site runs. </dd>" in words_of(alices_browser.get(DATA))
    assert "as long as this site runs" in words_of(alices_browser.get(DELETE))


# A copy


def test_the_copy_is_one_json_file_under_todays_date(alices_browser: Client, alice: User) -> None:
    answer = alices_browser.post(DATA)
    today = f"{timezone.now():%Y-%m-%d}"
    assert answer["Content-Disposition"] == f'attachment; filename="signet-data-{today}.json"'
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-store"
    file = json.loads(body_of(answer))
    assert file["site"] == "http://localhost:8000"
    assert file["profile"]["sub"] == str(alice.pk)
    assert [session["provider"] for session in file["sessions"]] == ["github"]


# Who is refused

REFUSED_HERE = pytest.mark.parametrize(
    ("path", "form"), [(DATA, {}), (DELETE, SURE)], ids=["copy", "deletion"]
)


@REFUSED_HERE
def test_a_post_without_a_csrf_token_is_refused(
    alices_token: str, alice: User, path: str, form: dict[str, str]
) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(strict, alices_token)
    assert strict.post(path, form).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


@REFUSED_HERE
def test_an_older_sign_in_is_refused_and_led_back_here(
    client: Client, alice: User, path: str, form: dict[str, str]
) -> None:
    hold(client, session_token(alice, age=301))
    answer = client.post(path, form)
    assert answer.status_code in (303, 403)
    way = answer.get("Location") or unescape(words_of(answer))
    assert f"/sign-in/?again=1&next={quote(path, safe='')}" in way
    assert User.objects.filter(pk=alice.pk).exists()


def test_deleting_is_not_even_offered_after_an_older_sign_in(client: Client, alice: User) -> None:
    hold(client, session_token(alice, age=301))
    assert "Delete my account" not in words_of(client.get(DELETE))


@REFUSED_HERE
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str, form: dict[str, str]) -> None:
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    assert client.post(path, form)["Location"] == f"/sign-in/?next={path}"


@REFUSED_HERE
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_bearer_token_is_refused(
    client: Client, alice: User, method: str, path: str, form: dict[str, str]
) -> None:
    answer = getattr(client, method)(path, form, headers=bearer(alice))
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert User.objects.filter(pk=alice.pk).exists()


@REFUSED_HERE
def test_a_scripts_token_is_refused_in_a_cookie_too(
    client: Client, alice: User, path: str, form: dict[str, str]
) -> None:
    session = another(alice, holder=Session.Holder.SCRIPT, name="backup")
    client.cookies["session"] = issue_session_token(session, alice).text
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    assert client.post(path, form)["Location"] == f"/sign-in/?next={path}"
    assert User.objects.filter(pk=alice.pk).exists()


@REFUSED_HERE
def test_a_session_that_has_ended_is_refused(
    alices_browser: Client, alices_session: Session, path: str, form: dict[str, str]
) -> None:
    revocation.remember(str(alices_session.pk))
    del alices_browser.cookies["refresh"]  # its row says that the session goes on
    assert alices_browser.post(path, form)["Location"] == f"/sign-in/?next={path}"
    assert User.objects.exists()


@pytest.mark.parametrize("name", ["user", "sub", "id", "account"])
def test_nobody_elses_account_is_deleted_and_nobody_elses_data_sent(
    alices_browser: Client, alice: User, bob: User, name: str
) -> None:
    file = json.loads(body_of(alices_browser.post(f"{DATA}?{name}={bob.pk}", {name: bob.pk})))
    assert file["profile"]["sub"] == str(alice.pk)
    alices_browser.post(f"{DELETE}?{name}={bob.pk}", SURE | {name: str(bob.pk)})
    assert list(User.objects.all()) == [bob]


@pytest.mark.parametrize("form", [{}, {"understood": ""}, {"understood": "no"}])
def test_without_the_tick_nothing_is_deleted(
    alices_browser: Client, alice: User, form: dict[str, str]
) -> None:
    answer = alices_browser.post(DELETE, form)
    assert answer.status_code == 400
    assert "Please tick the box first." in words_of(answer)
    assert User.objects.filter(pk=alice.pk).exists()


@pytest.mark.parametrize("path", [DATA, DELETE])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(alices_browser: Client, path: str, method: str) -> None:
    assert alices_browser.generic(method, path).status_code == 405


# The end of an account


def test_the_page_that_asks_begins_with_the_way_back(alices_browser: Client) -> None:
    page = words_of(alices_browser.get(DELETE))
    assert page.index("Keep my account") < page.index("Delete my account")
    assert "<bdi>Alice Archer</bdi>" in page
    assert "up to 10 minutes" in page


def test_deletes_the_person_with_what_is_theirs(alices_browser: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    account = SocialAccount.objects.create(user=alice, provider="github", uid="1")
    token = ProviderToken(account=account)
    token.access_token = token.refresh_token = "sealed"
    token.save()
    assert alices_browser.post(DELETE, SURE)["Location"] == DELETED
    for model in (User, EmailAddress, SocialAccount, ProviderToken):
        assert not model.objects.exists()


def test_deleting_ends_all_sessions_and_tokens_at_once(
    alices_browser: Client, client: Client, alice: User, bob: User
) -> None:
    phone, bobs = bearer(alice), bearer(bob)
    script = another(alice, holder=Session.Holder.SCRIPT, name="backup")
    alices_browser.post(DELETE, SURE)
    stranger = Client(headers={"host": HOST})
    assert stranger.get("/api/session", headers=phone).status_code == 401
    assert stranger.get("/api/session", headers=bobs).status_code == 200
    assert Session.objects.get(pk=script.pk).end == Session.End.REMOVED


def test_every_other_process_hears_of_it(alices_browser: Client, alice: User) -> None:
    sessions = {str(another(alice).pk), *map(str, alice.sessions.values_list("pk", flat=True))}
    alices_browser.post(DELETE, SURE)
    revocation._known.clear()  # as in another process
    assert revocation.read().sids >= sessions


def test_deleting_takes_the_cookies_back(alices_browser: Client) -> None:
    alices_browser.get(DELETE)  # which sets the CSRF cookie
    answer = alices_browser.post(DELETE, SURE)
    for name in ("session", "refresh", "csrf"):
        assert answer.cookies[name].value == ""
        assert answer.cookies[name]["max-age"] == 0
    assert "no-store" in answer["Cache-Control"]


def test_the_last_page_says_that_it_is_done_and_is_nobodys(alices_browser: Client) -> None:
    answer = alices_browser.post(DELETE, SURE, follow=True)
    assert answer.status_code == 200
    assert "Your account is deleted" in words_of(answer)
    assert answer["Cache-Control"] == "private, no-store"
    assert alices_browser.get("/account/").status_code == 302


def test_the_last_page_tells_nobody_a_lie_who_has_an_account(alices_browser: Client) -> None:
    assert alices_browser.get(DELETED)["Location"] == "/account/"


def test_the_log_keeps_who_it_was(alices_browser: Client, alice: User) -> None:
    alices_browser.post(DELETE, SURE, headers={"user-agent": "Firefox"})
    (event,) = AuditEvent.objects.filter(action=Action.REMOVED)
    assert event.actor_id == event.target_id == str(alice.pk)
    assert event.actor_label == "Alice Archer (alice@example.com)"
    assert (event.ip, event.user_agent) == ("127.0.0.1", "Firefox")
    assert not AuditEvent.objects.filter(action=Action.SIGNED_OUT).exists()


def test_sign_ins_stay_without_their_person(alices_browser: Client, alice: User, bob: User) -> None:
    for user in (alice, bob):
        add_attempt(user=user)
    alices_browser.post(DELETE, SURE)
    assert set(SignInAttempt.objects.values_list("user", flat=True)) == {None, bob.pk}


def test_a_second_tab_that_deletes_too_finds_nobody(
    alices_browser: Client, alices_token: str, alice: User
) -> None:
    alices_browser.post(DELETE, SURE)
    hold(alices_browser, alices_token)
    assert alices_browser.post(DELETE, SURE)["Location"] == f"/sign-in/?next={DELETE}"
    assert AuditEvent.objects.filter(action=Action.REMOVED).count() == 1


# The last admin


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_last_admin_is_refused_and_told_what_to_do_first(
    alices_browser: Client, alice: User, bob: User, method: str
) -> None:
    add_provider("github", "github")
    make_admin(alice)
    answer = getattr(alices_browser, method)(DELETE, SURE)
    page = words_of(answer)
    assert answer.status_code == (200 if method == "get" else 409)
    assert "You are the last admin" in page
    assert "First make somebody else an admin" in page
    assert 'name="understood"' not in page
    assert User.objects.filter(pk=alice.pk).exists()


def test_an_admin_goes_when_another_can_sign_in(
    alices_browser: Client, alice: User, bob: User
) -> None:
    add_provider("github", "github")
    make_admin(alice)
    make_admin(bob)
    assert alices_browser.post(DELETE, SURE)["Location"] == DELETED
    assert list(User.objects.all()) == [bob]


def test_signing_in_again_makes_a_new_account(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "github", "alice")
    before = User.objects.get().pk
    assert client.post(DELETE, SURE)["Location"] == DELETED
    stage.sign_in(client, "github", "alice")
    assert User.objects.get().pk != before
