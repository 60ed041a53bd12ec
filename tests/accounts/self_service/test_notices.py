"""What somebody is told who has one way in more, or one less, than at their last visit."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit.models import UNKNOWN, Action, Actor, AuditEvent, Target
from audit.recording import record, write
from providers.models import Provider
from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
PAGE = "/account/connections/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CONNECTED = "was connected to your account"


def browser(**headers: str) -> Client:
    return Client(headers={"host": HOST} | headers)


@pytest.fixture
def alices(stage: Stage) -> Client:
    """Alice's browser; she has signed in with GitHub."""
    alice = browser()
    assert stage.sign_in(alice, "github", "alice") == "/account/"
    return alice


@pytest.fixture
def mallorys(stage: Stage, alices: Client) -> Client:
    """A browser in which Mallory has found Alice signed in, and has connected her own account."""
    found = browser(user_agent=FIREFOX)
    stage.sign_in(found, "github", "alice")
    connect(stage, found, "demo", "mallory")
    return found


def connect(stage: Stage, who: Client, slug: str, person: str) -> None:
    url = who.post(PAGE, {"connect": slug})["Location"]
    assert stage.come_back(who, stage.simulator.choose(url, person, "allow") or "") == PAGE


def told(who: Client, path: str = "/account/") -> str:
    return str(who.get(path).content.decode())


def key(action: str = "linked") -> str:
    """Return the key of the notice about the latest event of this kind."""
    return str(AuditEvent.objects.filter(action=action).latest("pk").pk)


# What is told


@pytest.mark.parametrize("path", ["/account/", PAGE])
def test_linking_is_told_in_every_other_session_of_the_person(
    alices: Client, mallorys: Client, stage: Stage, path: str
) -> None:
    later = browser()
    stage.sign_in(later, "github", "alice")
    for session in (alices, later):
        page = told(session, path)
        assert page.count(CONNECTED) == 1
        for fact in ("Demo OpenID Provider", "mallory", "127.0.0.1", "Firefox on Linux"):
            assert fact in page


def test_the_session_that_connects_sees_that_it_did_and_no_more(mallorys: Client) -> None:
    assert CONNECTED not in told(mallorys)
    page = told(mallorys, PAGE)
    assert CONNECTED not in page
    assert "is connected. You can sign in with it from now on." in page


def test_the_account_with_which_somebody_came_is_not_called_connected(
    alices: Client, mallorys: Client
) -> None:
    assert "can sign in with it from now on" not in told(alices, PAGE)


def test_that_an_account_is_connected_is_said_for_a_minute(mallorys: Client) -> None:
    SocialAccount.objects.update(date_joined=timezone.now() - timedelta(minutes=2))
    assert "is connected. You can sign in with it" not in told(mallorys, PAGE)


def test_the_account_with_which_somebody_came_first_is_no_news(
    alices: Client, stage: Stage
) -> None:
    write()
    assert AuditEvent.objects.filter(action="linked").count() == 1
    stage.sign_in(alices, "github", "alice")
    assert 'class="notice"' not in told(alices)


def test_another_person_is_told_nothing(mallorys: Client, stage: Stage) -> None:
    bobs = browser()
    stage.sign_in(bobs, "github", "bob")
    assert CONNECTED not in told(bobs)


def test_a_way_in_that_was_taken_off_is_told_in_the_other_sessions(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "demo", "alice")
    alices.post(PAGE, {"known": key()})
    other = browser(user_agent=FIREFOX)
    stage.sign_in(other, "demo", "alice")
    other.post(PAGE, {"disconnect": SocialAccount.objects.get(provider="github").pk})
    stage.sign_in(alices, "demo", "alice")
    QuerySet.update(AuditEvent.objects.filter(action="linked"), at=timezone.now() - 31 * DAY)
    page = told(alices)
    assert page.count("was disconnected from your account") == 1
    assert "Firefox on Linux" in page
    assert "was disconnected" not in told(other)


DAY = timedelta(days=1)


def test_what_an_admin_took_off_is_told(alices: Client, stage: Stage) -> None:
    alice, admin = User.objects.get(), User.objects.create(name="Ada", is_staff=True)
    before = {"provider": "demo", "uid": "alice-at-demo"}
    actor = Actor(id=str(admin.pk), ip="192.0.2.77")
    record(Action.UNLINKED, actor, Target.of(alice), before=before)
    page = told(alices)
    assert "An admin of this site disconnected <b><bdi>Demo OpenID Provider</bdi></b> from" in page
    assert "192.0.2.77" not in page
    assert "End all other sessions" not in page


def test_an_address_that_an_admin_took_off_is_no_way_in(alices: Client) -> None:
    target = Target.of(User.objects.get())
    record(Action.UNLINKED, UNKNOWN, target, before={"email": "a@example.com"})
    assert 'class="notice"' not in told(alices)


def test_what_was_undone_is_told_as_that_alone(
    alices: Client, mallorys: Client, stage: Stage
) -> None:
    mallorys.post(PAGE, {"disconnect": SocialAccount.objects.get(provider="demo").pk})
    page = told(alices)
    assert CONNECTED not in page
    assert "was disconnected from your account" in page


def demo_account() -> int:
    return int(SocialAccount.objects.get(provider="demo").pk)


def test_an_account_that_was_connected_again_is_told_as_connected(
    alices: Client, mallorys: Client, stage: Stage
) -> None:
    connect(stage, mallorys, "google", "mallory")
    mallorys.post(PAGE, {"disconnect": demo_account()})
    connect(stage, mallorys, "demo", "mallory")
    mallorys.post(PAGE, {"disconnect": SocialAccount.objects.get(provider="google").pk})
    page = told(alices)
    assert page.count(CONNECTED) == 1
    assert page.count("was disconnected from your account") == 1
    assert f'value="{key()}"' in page


def test_what_was_undone_is_no_news_once_that_is_read(
    alices: Client, mallorys: Client, stage: Stage
) -> None:
    mallorys.post(PAGE, {"disconnect": demo_account()})
    alices.post(PAGE, {"known": key("unlinked")})
    assert 'class="notice"' not in told(alices)


def test_a_provider_that_was_removed_since_is_told_by_its_slug(
    alices: Client, mallorys: Client
) -> None:
    Provider.objects.filter(slug="demo").delete()
    assert "<b><bdi>demo</bdi></b>" in told(alices)


# How long


def test_it_is_told_until_somebody_has_read_it(alices: Client, mallorys: Client) -> None:
    answer = alices.post(PAGE, {"known": key()})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert CONNECTED not in told(alices)
    event = AuditEvent.objects.get(action="ways_in_notice_read")
    assert (event.actor_id, event.target_id) == (str(User.objects.get().pk), key())


def test_reading_needs_no_recent_sign_in(alices: Client, mallorys: Client) -> None:
    hold(alices, session_token(User.objects.get(), age=301))
    assert CONNECTED in told(alices)
    alices.post(PAGE, {"known": key()})
    assert CONNECTED not in told(alices)


@pytest.mark.parametrize(("days", "is_told"), [(29, True), (31, False)])
def test_it_is_told_for_thirty_days(
    alices: Client, mallorys: Client, days: int, is_told: bool
) -> None:
    QuerySet.update(AuditEvent.objects.filter(action="linked"), at=timezone.now() - days * DAY)
    assert (CONNECTED in told(alices)) is is_told


@pytest.mark.parametrize("again", [False, True], ids=["the same", "a new one"])
def test_a_session_through_the_new_account_puts_nothing_away(
    alices: Client, mallorys: Client, stage: Stage, again: bool
) -> None:
    """Whoever has connected their own account must not confirm it with that."""
    if again:
        mallorys = browser()
        stage.sign_in(mallorys, "demo", "mallory")
    mallorys.post(PAGE, {"known": key()})
    mallorys.post(PAGE, {"not_me": key()})
    assert CONNECTED in told(alices)
    assert CONNECTED not in told(mallorys)
    assert alices.get("/api/session").status_code == 200


def test_a_script_of_such_a_session_puts_nothing_away_either(
    alices: Client, mallorys: Client
) -> None:
    made = mallorys.post("/account/tokens/", {"name": "script"}, follow=True).context["made"]
    script = browser(authorization=f"Bearer {made['access_token']}")
    script.post(PAGE, {"known": key()})
    assert CONNECTED in told(alices)


@pytest.mark.parametrize("where", ["header", "cookie"])
def test_a_token_for_scripts_has_read_nothing(alices: Client, mallorys: Client, where: str) -> None:
    """Whoever has found one, and a browser, would keep from Alice what was done there."""
    made = alices.post("/account/tokens/", {"name": "script"}, follow=True).context["made"]
    script = browser()
    if where == "header":
        script.defaults["HTTP_AUTHORIZATION"] = f"Bearer {made['access_token']}"
    else:
        script.cookies["session"] = made["access_token"]
    script.post(PAGE, {"known": key()})
    assert CONNECTED in told(alices)


@pytest.mark.parametrize("name", ["known", "not_me"])
def test_nothing_is_put_away_that_one_is_not_told(
    alices: Client, mallorys: Client, stage: Stage, name: str
) -> None:
    bobs = browser()
    stage.sign_in(bobs, "github", "bob")
    for chosen in (key(), "", "0", "words", "\x00"):
        bobs.post(PAGE, {name: chosen})
        assert CONNECTED in told(alices), chosen
        assert alices.get("/api/session").status_code == 200, chosen
    assert not AuditEvent.objects.filter(action="ways_in_notice_read").exists()


@pytest.fixture
def moved(stage: Stage) -> Client:
    """Alice's only browser; she has connected Google, and comes through it since."""
    hers = browser()
    stage.sign_in(hers, "github", "alice")
    connect(stage, hers, "google", "alice")
    found = browser(user_agent=FIREFOX)
    stage.sign_in(found, "google", "alice")
    connect(stage, found, "demo", "mallory")
    return hers


def test_somebody_who_comes_through_a_new_account_is_told_of_every_other(moved: Client) -> None:
    page = told(moved)
    assert page.count(CONNECTED) == 1
    assert "Demo OpenID Provider" in page
    assert "To dismiss this notice, sign in with an account that you connected earlier." in page
    assert 'name="known"' not in page


def test_such_a_session_shuts_the_other_out(moved: Client) -> None:
    moved.post(PAGE, {"known": key()})
    assert CONNECTED in told(moved)
    moved.post(PAGE, {"not_me": key()})
    assert not SocialAccount.objects.filter(provider="demo").exists()
    assert "all your other sessions have ended" in told(moved)
    assert 'class="notice"' not in told(moved)
    assert not AuditEvent.objects.filter(action="ways_in_notice_read").exists()


# In the browser that made the change


def test_a_connection_of_this_browser_is_no_warning_after_another_sign_in_there(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "demo", "alice")
    assert "You can sign in with it from now on" in told(alices, PAGE)
    stage.sign_in(alices, "github", "alice")
    assert CONNECTED not in told(alices)
    later = browser()
    stage.sign_in(later, "github", "alice")
    assert CONNECTED in told(later)


def test_after_ten_minutes_it_is_one_because_somebody_may_have_used_this_browser(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "demo", "alice")
    told(alices, PAGE)
    stage.sign_in(alices, "github", "alice")
    earlier = timezone.now() - timedelta(minutes=11)
    QuerySet.update(AuditEvent.objects.filter(action="linked"), at=earlier)
    assert CONNECTED in told(alices)


def test_an_account_that_this_browser_disconnected_is_no_warning_there(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "demo", "alice")
    alices.post(PAGE, {"disconnect": SocialAccount.objects.get(provider="demo").pk})
    assert "You are signed out" in told(alices, "/sign-out/")
    stage.sign_in(alices, "github", "alice")
    assert "was disconnected" not in told(alices)
    other = browser()
    stage.sign_in(other, "github", "alice")
    assert "was disconnected from your account" in told(other)


def test_what_another_browser_did_to_the_same_account_later_is_a_warning(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "demo", "alice")
    alices.post(PAGE, {"disconnect": SocialAccount.objects.get(provider="demo").pk})
    stage.sign_in(alices, "github", "alice")
    earlier = timezone.now() - timedelta(minutes=2)
    QuerySet.update(AuditEvent.objects.all(), at=earlier)
    assert "was disconnected from your account" in told(alices)


def test_a_person_who_signs_in_at_the_browser_of_another_is_warned_of_their_own(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "demo", "alice")
    told(alices, PAGE)
    bobs = browser()
    stage.sign_in(bobs, "github", "bob")
    connect(stage, bobs, "google", "bob")
    alices.post("/sign-out/")
    stage.sign_in(alices, "github", "bob")
    assert CONNECTED in told(alices)


# That was not me


def test_whoever_was_not_asked_shuts_the_other_out(
    alices: Client, mallorys: Client, stage: Stage
) -> None:
    answer = alices.post(PAGE, {"not_me": key()})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert mallorys.get("/api/session").status_code == 401
    assert not SocialAccount.objects.filter(provider="demo").exists()
    assert not Session.objects.filter(provider="demo", revoked_at=None).exists()
    assert alices.get("/api/session").status_code == 200
    assert "all your other sessions have ended" in told(alices)
    assert 'class="notice"' not in told(alices)


def test_shutting_somebody_out_needs_a_recent_sign_in(alices: Client, mallorys: Client) -> None:
    hold(alices, session_token(User.objects.get(), age=301))
    assert alices.post(PAGE, {"not_me": key()}).status_code == 303
    assert SocialAccount.objects.filter(provider="demo").exists()
    assert CONNECTED in told(alices)


def test_whoever_took_a_way_in_off_is_shut_out_too(alices: Client, stage: Stage) -> None:
    target = Target.of(User.objects.get())
    actor = Actor(id=str(User.objects.get().pk))
    before = {"provider": "demo", "uid": "alice-at-demo"}
    other = browser()
    stage.sign_in(other, "github", "alice")
    record(Action.UNLINKED, actor, target, before=before)
    assert alices.post(PAGE, {"not_me": key("unlinked")})["Location"] == PAGE
    assert other.get("/api/session").status_code == 401
    assert "was disconnected" not in told(alices)


def test_what_cannot_be_disconnected_stays_told(alices: Client, mallorys: Client) -> None:
    """The only way in stays, and nobody may forget whose it is."""
    Provider.objects.filter(slug="github").update(enabled=False)
    answer = alices.post(PAGE, {"not_me": key()})
    assert answer.status_code == 409
    assert "This is your only way to sign in" in answer.content.decode()
    assert mallorys.get("/api/session").status_code == 401
    assert CONNECTED in told(alices)


def test_an_account_that_is_gone_meanwhile_is_no_error(alices: Client, mallorys: Client) -> None:
    SocialAccount.objects.filter(provider="demo").delete()
    assert alices.post(PAGE, {"not_me": key()})["Location"] == PAGE
    assert mallorys.get("/api/session").status_code == 401


@pytest.mark.parametrize("form", [{"known": "1"}, {"not_me": "1"}], ids=" ".join)
def test_both_buttons_need_somebody_signed_in_and_a_csrf_token(
    client: Client, alice: User, form: Any
) -> None:
    assert client.post(PAGE, form)["Location"].startswith("/sign-in/")
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(strict, session_token(alice))
    assert strict.post(PAGE, form).status_code == 403


# What it costs


def test_ten_queries_on_the_account_page_and_two_more_when_there_is_news(
    alices: Client, stage: Stage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    told(alices)
    with django_assert_num_queries(10):
        told(alices)
    other = browser()
    stage.sign_in(other, "github", "alice")
    connect(stage, other, "demo", "mallory")
    with django_assert_num_queries(12):
        assert CONNECTED in told(alices)
