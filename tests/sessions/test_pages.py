"""What somebody can see and end themselves."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Action, Actor, Target
from audit.recording import record
from sessions.models import Session, User
from sessions.refresh_tokens import refresh
from sessions.session_tokens import validate_session_token
from tests.fakes import hold, session_token
from tests.sessions.others import FIREFOX, alive, another
from web.shown import device

pytestmark = pytest.mark.django_db
SESSIONS, TOKENS = "/account/sessions/", "/account/tokens/"


def test_lists_the_browsers_that_are_signed_in_and_which_is_this_one(
    alices_browser: Client, alice: User, bob: User
) -> None:
    another(alice)
    another(bob, user_agent="Chrome Windows")
    page = alices_browser.get(SESSIONS).content.decode()
    assert "Firefox on Linux" in page
    assert page.count("this browser") == 1
    assert "Chrome on Windows" not in page


def test_shows_this_browser_first_and_from_where_each_has_signed_in(
    alices_browser: Client, alice: User
) -> None:
    now = timezone.now()
    other = another(alice, refreshed_at=now + timedelta(seconds=9))
    unknown = another(alice, refreshed_at=now + timedelta(seconds=1))
    record(Action.SIGNED_IN, Actor(str(alice.pk), ip="203.0.113.9"), Target.of(other))
    record(Action.TOKENS_MADE, Actor(str(alice.pk), ip="203.0.113.7"), Target.of(unknown))
    page = alices_browser.get(SESSIONS).content.decode()
    rows = page.partition('<ul class="sessions">')[2].split("<li>")[1:]
    assert ["this browser" in row for row in rows] == [True, False, False]
    assert ["203.0.113.9" in row for row in rows] == [False, True, False]
    assert 'aria-label="Sign out Firefox on Linux"' in rows[1]
    assert "203.0.113.7" not in page


def test_ends_one_other_session(alices_browser: Client, alice: User) -> None:
    one, two = another(alice), another(alice)
    answer = alices_browser.post(SESSIONS, {"end": str(one.pk)})
    assert answer["Location"] == SESSIONS
    assert one.pk not in alive(alice)
    assert two.pk in alive(alice)
    assert Session.objects.get(pk=one.pk).end == Session.End.ENDED_ELSEWHERE


def test_signs_out_everywhere_else_and_nowhere_here(
    alices_browser: Client, alices_session: Session, alice: User, bob: User
) -> None:
    bobs = another(bob)
    script = another(alice, holder=Session.Holder.SCRIPT, name="backup")
    another(alice)
    alices_browser.post(SESSIONS, {"end": "others"})
    assert alive(alice) == {alices_session.pk, script.pk}
    assert alive(bob) == {bobs.pk}


@pytest.mark.parametrize("chosen", ["bob", "own", "", "no-id", "\x00"])
def test_ends_nothing_that_is_not_an_other_session_of_ones_own(
    alices_browser: Client, alices_session: Session, alice: User, bob: User, chosen: str
) -> None:
    bobs = another(bob)
    ids = {"bob": str(bobs.pk), "own": str(alices_session.pk)}
    answer = alices_browser.post(SESSIONS, {"end": ids.get(chosen, chosen)})
    assert answer.status_code == 302
    assert alive(bob) == {bobs.pk}
    assert alive(alice) == {alices_session.pk}


@pytest.mark.parametrize("path", [SESSIONS, TOKENS])
def test_needs_somebody_signed_in_and_a_csrf_token(
    client: Client, alices_token: str, path: str
) -> None:
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"})
    hold(strict, alices_token)
    assert strict.post(path, {"end": "others", "name": "x"}).status_code == 403


def test_a_script_gets_a_session_of_its_own_whose_tokens_are_shown_once(
    alices_browser: Client, alices_session: Session, alices_token: str
) -> None:
    hold(alices_browser, alices_token)
    posted = alices_browser.post(TOKENS, {"name": "  backup on my laptop "})
    assert (posted.status_code, posted["Location"]) == (302, TOKENS)
    answer = alices_browser.get(TOKENS)
    assert "no-store" in answer["Cache-Control"]
    made = answer.context["made"]
    client_session = Session.objects.get(holder=Session.Holder.SCRIPT)
    assert client_session.name == "backup on my laptop"
    assert client_session.pk != alices_session.pk
    claims = validate_session_token(made["access_token"]).claims
    assert claims["sid"] == claims["client_id"] == str(client_session.pk)
    assert claims["sub"] == str(alices_session.user_id)
    assert refresh(made["refresh_token"]).pk == client_session.pk
    assert "valid for 10 minutes" in answer.content.decode()
    page = alices_browser.get(TOKENS).content.decode()
    assert "backup on my laptop" in page
    assert made["refresh_token"] not in page


LATER: dict[str, dict[str, Any]] = {
    "a minute has passed": {"refreshed_at": timezone.now() - timedelta(seconds=61)},
    "the script has used them": {"generation": 1},
    "they were revoked": {"revoked_at": timezone.now()},
}


@pytest.mark.parametrize("change", LATER.values(), ids=LATER)
def test_tokens_are_not_shown_later(
    alices_browser: Client, alices_token: str, change: dict[str, Any]
) -> None:
    hold(alices_browser, alices_token)
    assert alices_browser.post(TOKENS, {"name": "backup"}).status_code == 302
    Session.objects.filter(holder=Session.Holder.SCRIPT).update(**change)
    assert "made" not in alices_browser.get(TOKENS).context


def test_a_form_with_a_fault_in_between_does_not_cost_the_tokens(
    alices_browser: Client, alices_token: str
) -> None:
    hold(alices_browser, alices_token)
    alices_browser.post(TOKENS, {"name": "backup"})
    assert "problem" in alices_browser.post(TOKENS, {"name": ""}).context
    assert "made" in alices_browser.get(TOKENS).context
    assert "made" not in alices_browser.get(TOKENS).context


def test_the_cookie_shows_nobody_elses_tokens(
    alices_browser: Client, alices_token: str, bob: User
) -> None:
    hold(alices_browser, alices_token)
    assert alices_browser.post(TOKENS, {"name": "backup"}).status_code == 302
    hold(alices_browser, session_token(bob))
    assert "made" not in alices_browser.get(TOKENS).context


def test_a_client_is_revoked_by_its_owner_alone(
    alices_browser: Client, alice: User, bob: User
) -> None:
    own, bobs = (another(user, holder=Session.Holder.SCRIPT, name="x") for user in (alice, bob))
    for client in (own, bobs):
        alices_browser.post(TOKENS, {"end": str(client.pk)})
    assert own.pk not in alive(alice)
    assert alive(bob) == {bobs.pk}


@pytest.mark.parametrize("name", ["", "   ", "\u202e"])
def test_a_client_needs_a_name(alices_browser: Client, name: str) -> None:
    answer = alices_browser.post(TOKENS, {"name": name})
    assert "give it a name" in answer.content.decode()
    assert not Session.objects.filter(holder=Session.Holder.SCRIPT).exists()


def test_there_is_an_end_to_the_number_of_clients(
    alices_browser: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.pages.MAX_SCRIPTS", 1)
    another(alice, holder=Session.Holder.SCRIPT, name="one")
    answer = alices_browser.post(TOKENS, {"name": "two"})
    assert "too many" in answer.content.decode()


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.0", "A browser or program"),
        ("", "A browser or program"),
    ],
)
def test_a_browser_is_named_in_a_few_words(user_agent: str, words: str) -> None:
    assert device(user_agent) == words


# The way between them

PAGES = [f"/account/{name}" for name in ("", "connections/", "sessions/", "data/", "developer/")]
BELOW = {
    "/account/merge/": "/account/connections/",
    "/account/data/delete/": "/account/data/",
    "/account/tokens/": "/account/developer/",
    "/api/token/": "/account/developer/",
    "/api/docs": "/account/developer/",
    "/how-it-works/": "/account/developer/",
}
CURRENT = re.compile(r'<a href="(.*?)" aria-current="(.*?)">')


@pytest.mark.parametrize("path", PAGES)
def test_each_page_leads_to_all_and_says_which_it_is(
    client: Client, alice: User, path: str
) -> None:
    hold(client, session_token(alice))
    page = client.get(path).content.decode()
    assert [each for each in PAGES if f'<a href="{each}"' not in page] == []
    assert CURRENT.findall(page) == [(path, "page")]


@pytest.mark.parametrize(("path", "above"), BELOW.items(), ids=BELOW)
def test_a_page_below_one_of_them_says_which(
    client: Client, alice: User, path: str, above: str
) -> None:
    hold(client, session_token(alice))
    page = client.get(path).content.decode()
    assert CURRENT.findall(page) == [(above, "true")]
    assert page.count('action="/sign-out/"') == 1


def test_strangers_get_no_navigation(client: Client) -> None:
    page = client.get("/api/token/").content.decode()
    assert "<nav" not in page
    assert "Sign out" not in page
