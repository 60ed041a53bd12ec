"""Signing in again as the same person keeps the session; nobody else gets anything of it."""

from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import recording as audit_recording
from audit.models import AuditEvent
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.rehearsal import Stage
from tests.sessions.others import another

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
REFRESH = "/api/session/refresh"
OURS = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
QUERIES = 6  # as when the session was replaced; a stranger's take 5


@pytest.fixture
def alices(client: Client, stage: Stage) -> Client:
    """Alice's browser. She signed in long ago."""
    stage.sign_in(client, "demo", "alice")
    held_for(client, 3600)
    return client


def held_for(browser: Client, seconds: int) -> None:
    """Let the sign-in of this browser be older."""
    session = Session.objects.get(pk=sid(browser))
    session.auth_time = session.auth_time.replace(year=session.auth_time.year - 1)
    session.save()
    browser.cookies["session"] = issue_session_token(session, session.user).text


def sid(browser: Client) -> str:
    return str(browser.get("/api/session").json().get("sid", ""))


def copied(browser: Client, *names: str) -> Client:
    """Return another browser with these cookies of the first: a thief's, or those of a late tab."""
    copy = Client(headers={"host": HOST})
    copy.cookies = SimpleCookie()
    for name in names or ("session", "refresh"):
        copy.cookies[name] = browser.cookies[name].value
    return copy


def alive() -> list[str]:
    return [str(each.pk) for each in Session.objects.filter(revoked_at=None)]


# The same person


@pytest.mark.parametrize("slug", ["demo", "github", "google"])
def test_the_session_goes_on_and_everything_the_browser_holds_is_new(
    alices: Client, stage: Stage, slug: str
) -> None:
    if slug != "demo":
        stage.sign_in(alices, "demo", "alice")
        back = alices.post("/account/connections/", {"connect": slug})["Location"]
        stage.come_back(alices, stage.simulator.choose(back, "alice", "allow") or "")
    before, then = sid(alices), alices.get("/api/session").json()
    held = {name: alices.cookies[name].value for name in ("session", "refresh")}
    assert stage.sign_in(alices, slug, "alice") == "/account/"
    now = alices.get("/api/session").json()
    assert (now["sid"], now["idp"], now["gen"]) == (before, slug, then["gen"] + 1)
    assert now["auth_time"] >= then["auth_time"]
    assert all(alices.cookies[name].value != value for name, value in held.items())
    assert before in alive()


def test_it_is_a_recent_sign_in_and_the_sign_in_of_before_was_none(
    alices: Client, stage: Stage
) -> None:
    late = copied(alices, "session")
    stage.sign_in(alices, "demo", "alice")
    assert alices.post("/account/connections/", {"connect": "google"}).status_code == 303
    assert late.post("/account/connections/", {"connect": "google"}).status_code == 403


def test_who_comes_back_after_a_long_pause_goes_on_too(alices: Client, stage: Stage) -> None:
    """The JWT has expired; the refresh token is current."""
    before = sid(alices)
    del alices.cookies["session"]
    stage.sign_in(alices, "demo", "alice")
    assert (sid(alices), alive()) == (before, [before])
    assert copied(alices, "refresh").get("/account/").status_code == 200


def test_an_admin_who_enters_the_password_again_goes_on(client: Client) -> None:
    root = User.objects.create_superuser("root", PASSWORD)
    hold(client, session_token(root, age=3600))
    before = sid(client)
    client.post("/admin/login/?again=1", {"username": "root", "password": PASSWORD})
    assert (sid(client), alive()) == (before, [before])
    assert Session.objects.get().generation == 1


def test_the_audit_log_names_the_session_each_time(alices: Client, stage: Stage) -> None:
    stage.sign_in(alices, "demo", "alice")
    audit_recording.write()
    events = AuditEvent.objects.filter(action="signed_in")
    assert [event.target_id for event in events] == [sid(alices)] * 2


def test_the_list_of_sessions_has_it_once(alices: Client, stage: Stage) -> None:
    stage.sign_in(alices, "demo", "alice")
    assert alices.get("/account/sessions/").content.decode().count('name="end"') == 0


def test_pages_show_from_where_the_person_last_signed_in(alices: Client, stage: Stage) -> None:
    addresses = ("203.0.113.9", "198.51.100.7", "192.0.2.3")
    for address in addresses:
        alices.defaults["REMOTE_ADDR"] = address
        stage.sign_in(alices, "demo", "alice")
    audit_recording.write()
    User.objects.update(is_staff=True, is_superuser=True)
    for path in ("/account/sessions/", f"/admin/signet_sessions/session/{sid(alices)}/change/"):
        page = alices.get(path).content.decode()
        assert [address in page for address in addresses] == [False, False, True]


def test_it_takes_one_query_more_than_a_strangers_sign_in(alices: Client, stage: Stage) -> None:
    stage.sign_in(alices, "demo", "alice")
    with CaptureQueriesContext(connection) as captured:
        stage.sign_in(alices, "demo", "alice")
    statements = [query["sql"] for query in captured.captured_queries]
    made = [sql for sql in statements if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(made) == QUERIES, "\n".join(made)


def test_two_tabs_that_come_back_at_once_both_stay_signed_in(alices: Client, stage: Stage) -> None:
    """Whichever cookies the browser keeps."""
    tabs = [copied(alices), copied(alices)]
    backs = [stage.go(tab, "demo", "alice") for tab in tabs]
    before = sid(alices)
    for tab, back in zip(tabs, backs, strict=True):
        assert stage.come_back(tab, back) == "/account/"
    assert alive() == [before]
    for tab in tabs:
        assert copied(tab, "refresh").get("/account/").status_code == 200
        assert tab.post("/account/connections/", {"connect": "google"}).status_code == 303
    assert alive() == [before]


def test_a_request_that_was_under_way_with_the_old_cookies_ends_nothing(
    alices: Client, stage: Stage
) -> None:
    late = copied(alices, "refresh")
    stage.sign_in(alices, "demo", "alice")
    answer = late.get("/account/")
    assert answer["Location"] == "/sign-in/?next=/account/"
    assert "session" not in answer.cookies  # nor overwrites what the browser has by now
    assert "refresh" not in answer.cookies
    assert copied(alices, "refresh").get("/account/").status_code == 200


# A thief of what the browser held before


def by_page(thief: Client) -> HttpResponse:
    return thief.get("/account/")  # type: ignore[return-value]


def by_cookie_at_the_api(thief: Client) -> HttpResponse:
    return thief.generic("POST", REFRESH, headers=OURS)  # type: ignore[return-value]


def by_body_at_the_api(thief: Client) -> HttpResponse:
    token = thief.cookies["refresh"].value
    del thief.cookies["refresh"]
    body = {"refresh_token": token}
    return thief.post(REFRESH, body, content_type="application/json")  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("present", "status"),
    [(by_page, 302), (by_cookie_at_the_api, 400), (by_body_at_the_api, 400)],
    ids=lambda value: getattr(value, "__name__", value),
)
@pytest.mark.parametrize("back", [1, 2, 3], ids=["newest", "one before", "two before"])
def test_every_refresh_token_of_before_is_worth_nothing(
    alices: Client,
    stage: Stage,
    present: Callable[[Client], HttpResponse],
    status: int,
    back: int,
) -> None:
    Session.objects.update(generation=2)
    stage.sign_in(alices, "demo", "alice")
    thief = Client(headers={"host": HOST})
    stolen = Session(pk=sid(alices), generation=3 - back)
    thief.cookies["refresh"] = issue_refresh_token(stolen)
    answer = present(thief)
    assert answer.status_code == status
    assert "refresh_token" not in answer.content.decode()
    assert alive() == [sid(alices)]
    assert copied(alices, "refresh").get("/account/").status_code == 200
    audit_recording.write()
    assert not AuditEvent.objects.filter(action="refresh_token_replayed").exists()


# Another person


def test_who_presents_the_cookies_of_another_person_gets_none_of_it(
    alices: Client, stage: Stage
) -> None:
    """The cookies were stolen. Their session ends, as before."""
    mallorys = Client(headers={"host": HOST})
    before, back = sid(alices), stage.go(mallorys, "demo", "mallory")
    mallorys.cookies["session"] = alices.cookies["session"].value
    mallorys.cookies["refresh"] = alices.cookies["refresh"].value
    stage.come_back(mallorys, back)
    ended = Session.objects.get(pk=before)
    assert (ended.end, ended.user.name) == ("replaced", "Alice Archer")
    assert alive() == [sid(mallorys)] != [before]


@pytest.mark.parametrize("names", [("session",), ("refresh",), ("session", "refresh")], ids=str)
def test_cookies_that_another_person_has_planted_do_not_become_the_session_of_who_signs_in(
    stage: Stage, client: Client, names: tuple[str, ...]
) -> None:
    mallorys = Client(headers={"host": HOST})
    stage.sign_in(mallorys, "demo", "mallory")
    planted, back = sid(mallorys), stage.go(client, "demo", "alice")
    for name in names:
        client.cookies[name] = mallorys.cookies[name].value
    stage.come_back(client, back)
    assert alive() == [sid(client)] != [planted]
    assert sid(mallorys) == ""
    assert copied(mallorys, "refresh").get("/account/").status_code == 302


def test_the_token_of_a_script_in_a_cookie_is_no_session_that_could_go_on(
    alices: Client, stage: Stage
) -> None:
    """Not even the person's own."""
    script = another(User.objects.get(), holder=Session.Holder.SCRIPT, name="backup")
    before = Session.objects.filter(pk=script.pk).values().get()
    browser = Client(headers={"host": HOST})
    back = stage.go(browser, "demo", "alice")
    browser.cookies["session"] = issue_session_token(script, script.user).text
    browser.cookies["refresh"] = issue_refresh_token(script)
    stage.come_back(browser, back)
    assert sid(browser) not in ("", str(script.pk), sid(alices))
    assert Session.objects.filter(pk=script.pk).values().get() == before


def test_who_was_suspended_meanwhile_signs_in_nowhere(alices: Client, stage: Stage) -> None:
    before, back = sid(alices), stage.go(alices, "demo", "alice")
    User.objects.update(is_active=False)
    assert stage.come_back(alices, back).startswith("/sign-in/failed/")
    assert Session.objects.get().generation == 0
    assert alive() == [before]  # whoever suspends ends it, too


def test_whose_session_was_ended_meanwhile_gets_a_new_one(alices: Client, stage: Stage) -> None:
    before, back = sid(alices), stage.go(alices, "demo", "alice")
    copied(alices).post("/sign-out/")
    stage.come_back(alices, back)
    assert alive() == [sid(alices)] != [before]


# What a JWT of before may not do: begin something that outlives it


@pytest.fixture
def stolen(client: Client, stage: Stage) -> Client:
    """The browser of a thief, who has copied the cookies of Alice's a minute after she signed in.

    She signs in again as soon as the thief has begun (`alice_signs_in_again`).
    """
    stage.sign_in(client, "demo", "alice")
    return copied(client)


def alice_signs_in_again(alices: Client, stage: Stage) -> None:
    stage.sign_in(alices, "demo", "alice")
    assert alives_of(alices) == [sid(alices)]


def alives_of(browser: Client) -> list[str]:
    sub = browser.get("/api/session").json()["sub"]
    return [str(each.pk) for each in Session.objects.filter(user=sub, revoked_at=None)]


def test_it_connects_no_account(stolen: Client, client: Client, stage: Stage) -> None:
    url = stolen.post("/account/connections/", {"connect": "google"})["Location"]
    back = stage.simulator.choose(url, "mallory", "allow") or ""
    alice_signs_in_again(client, stage)
    assert stage.come_back(stolen, back).startswith("/sign-in/failed/")
    assert not SocialAccount.objects.filter(provider="google").exists()
    assert alives_of(client) == [sid(client)]


def test_it_makes_no_tokens_for_a_script(stolen: Client, client: Client, stage: Stage) -> None:
    form = {"name": "backup"}
    alice_signs_in_again(client, stage)
    assert "session has ended" in stolen.post("/account/tokens/", form).content.decode()
    assert alives_of(client) == [sid(client)]
    assert client.post("/account/tokens/", form).status_code == 302


def test_it_merges_nobody(stolen: Client, client: Client, stage: Stage) -> None:
    stage.sign_in(Client(headers={"host": HOST}), "google", "mallory")
    url = stolen.post("/account/merge/", {"prove": "google"})["Location"]
    stage.come_back(stolen, stage.simulator.choose(url, "mallory", "allow") or "")
    page = stolen.get("/account/merge/").content.decode()
    form = {
        name: page.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("seen", "proven")
    }
    assert all(form.values())
    alice_signs_in_again(client, stage)
    answer = stolen.post("/account/merge/", form | {"understood": "yes"})
    assert answer.status_code == 409
    assert "Your session has ended" in answer.content.decode()
    assert User.objects.count() == 2
