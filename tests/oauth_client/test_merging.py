"""Somebody who is two people here proves both, reads what moves, and becomes one."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet, Sum
from django.test import Client
from django.utils import timezone

from accounts import merging
from attempts import counting
from attempts import recording as attempts
from attempts.models import SignInCount
from audit import recording
from audit.models import UNKNOWN, AuditEvent
from oauth_client import merge_proof
from providers.models import Provider
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
PAGE = "/account/merge/"
CONNECTIONS = "/account/connections/"
PROVE = "Sign in to it with"


def browser() -> Client:
    return Client(headers={"host": HOST})


@pytest.fixture
def alices(client: Client, stage: Stage) -> Client:
    """Alice's browser, signed in with GitHub; with Google she is another person here."""
    stage.sign_in(browser(), "google", "bob")
    stage.sign_in(client, "github", "alice")
    return client


def person(provider: str) -> User:
    user: User = SocialAccount.objects.get(provider=provider).user
    return user


def begin(stage: Stage, who: Client, slug: str, name: str) -> str:
    url = who.post(PAGE, {"prove": slug})["Location"]
    return stage.simulator.choose(url, name, "allow") or ""


def prove(stage: Stage, who: Client, slug: str = "google", name: str = "bob") -> str:
    return stage.come_back(who, begin(stage, who, slug, name))


def page(who: Client, path: str = PAGE) -> str:
    return str(who.get(path).content.decode())


def form(who: Client) -> dict[str, str]:
    """Return the form of the page as it is sent when the box is ticked."""
    shown = page(who)
    names = ("seen", "proven")
    fields = {
        name: shown.partition(f'name="{name}" value="')[2].partition('"')[0] for name in names
    }
    return fields | {"understood": "yes"}


def test_shows_what_moves_and_merges_after_a_proof(alices: Client, stage: Stage) -> None:
    stays, goes = person("github"), person("google")
    his = session_token(goes)
    assert PROVE in page(alices)
    assert prove(stage, alices) == PAGE
    attempts.write()
    shown = page(alices)
    for words in (
        "Bob Baker",
        "Google (bob",
        "2 sessions in browsers",
        "0 tokens for",
        "Sign-ins (",
    ):
        assert words in shown
    answer = alices.post(PAGE, form(alices))
    assert (answer.status_code, answer["Location"]) == (302, CONNECTIONS)
    assert "Your two accounts are one now." in page(alices, CONNECTIONS)
    assert {each.user for each in SocialAccount.objects.all()} == {stays}
    assert not User.objects.filter(pk=goes.pk).exists()
    bobs = browser()
    bobs.cookies["session"] = his
    assert bobs.get("/api/session").status_code == 401
    later = browser()
    stage.sign_in(later, "google", "bob")
    assert later.get("/api/session").json()["sub"] == str(stays.pk)


def test_the_page_says_which_account_was_proven_and_when(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    shown = " ".join(page(alices).split())
    today = timezone.now().strftime("%Y-%m-%dT")
    words = f'with <b><bdi>Google (bob@example.com)</bdi></b>, <time datetime="{today}'
    assert words in shown


def test_only_the_account_that_was_shown_is_confirmed(alices: Client, stage: Stage) -> None:
    """Another tab proves another account of the same person meanwhile."""
    account = SocialAccount.objects.get(provider="google")
    account.pk, account.provider, account.uid = None, "demo", "b27e55a1-bob"
    account.save()
    SocialAccount.objects.filter(uid=account.uid).update(date_joined=account.user.date_joined)
    prove(stage, alices)
    confirmed = form(alices)
    prove(stage, alices, "demo")
    answer = alices.post(PAGE, confirmed)
    assert answer.status_code == 409
    assert "has changed. Please read it again." in answer.content.decode()
    assert User.objects.count() == 2
    assert alices.post(PAGE, form(alices)).status_code == 302


def test_a_form_that_comes_too_late_does_not_go_on_by_itself(alices: Client, stage: Stage) -> None:
    """It cannot be undone, so the page asks again after the sign-in."""
    prove(stage, alices)
    confirmed, recent = form(alices), alices.cookies["session"].value
    session = Session.objects.get(pk=alices.get("/api/session").json()["sid"])
    session.auth_time -= timedelta(minutes=6)
    alices.cookies["session"] = issue_session_token(session, session.user).text
    answer = alices.post(PAGE, confirmed)
    assert answer["Location"] == "/sign-in/?again=1&next=%2Faccount%2Fmerge%2F"
    alices.cookies["session"] = recent
    assert "Merge the two accounts" in page(alices)
    assert User.objects.count() == 2


def test_who_has_copied_a_jwt_merges_nobody(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    confirmed = form(alices)
    del alices.cookies["refresh"]
    assert alices.post(PAGE, confirmed).status_code != 302
    assert User.objects.count() == 2


def test_other_sessions_of_the_person_are_told_and_this_one_is_not(
    alices: Client, stage: Stage
) -> None:
    other = browser()
    stage.sign_in(other, "github", "alice")
    prove(stage, alices)
    alices.post(PAGE, form(alices))
    assert "was connected to your account" in page(other, "/account/")
    assert "was connected to your account" not in page(alices, "/account/")
    earlier = timezone.now() - timedelta(minutes=11)
    QuerySet.update(AuditEvent.objects.filter(action="linked"), at=earlier)
    assert "was connected to your account" in page(alices, "/account/")


def test_the_provider_has_to_ask_for_the_login(alices: Client) -> None:
    assert "prompt=login" in alices.post(PAGE, {"prove": "demo"})["Location"]


def test_a_provider_that_cannot_ask_for_the_login_proves_nothing(alices: Client) -> None:
    """Slack lets in whoever sits at a browser that is signed in there."""
    Provider.objects.filter(slug="google").update(kind="slack")
    shown = page(alices)
    assert "Sign in to it with <bdi>Google" not in shown
    assert "they do not make you sign in again: <bdi>Google</bdi>." in " ".join(shown.split())
    assert "An admin of this site can merge the two" in shown
    assert alices.post(PAGE, {"prove": "google"}).status_code == 200
    assert_nothing_merged(alices)


def test_a_proof_starts_no_session_and_changes_nothing(alices: Client, stage: Stage) -> None:
    before = (alices.get("/api/session").json()["sid"], Session.objects.count())
    prove(stage, alices)
    assert (alices.get("/api/session").json()["sid"], Session.objects.count()) == before
    assert User.objects.count() == 2


def test_a_proof_is_in_the_audit_log_and_no_sign_in(alices: Client, stage: Stage) -> None:
    counting.write()
    begun = SignInCount.objects.filter(what="begun").aggregate(Sum("number"))
    prove(stage, alices)
    counting.write()
    assert SignInCount.objects.filter(what="begun").aggregate(Sum("number")) == begun
    recording.write()
    event = AuditEvent.objects.get(action="merge_proven")
    assert event.actor_id == str(person("github").pk)
    assert event.target_id == str(person("google").pk)
    assert event.provider == "google"
    assert event.after["account"] == SocialAccount.objects.get(provider="google").pk


def test_a_failure_of_connecting_offers_to_merge(alices: Client, stage: Stage) -> None:
    url = alices.post(CONNECTIONS, {"connect": "google"})["Location"]
    failed = stage.come_back(alices, stage.simulator.choose(url, "bob", "allow") or "")
    assert f'href="{PAGE}">Merge the two' in page(alices, failed)


def test_a_proof_that_fails_leads_back(alices: Client, stage: Stage) -> None:
    url = alices.post(PAGE, {"prove": "google"})["Location"]
    failed = stage.come_back(alices, stage.simulator.choose(url, "bob", "deny") or "")
    assert f'href="{PAGE}">Back' in page(alices, failed)


@pytest.mark.parametrize(
    ("slug", "name", "path", "words"),
    [
        ("demo", "mallory", CONNECTIONS, "there is nothing to merge"),
        ("github", "alice", PAGE, "That account is yours already"),
    ],
)
def test_an_account_of_nobody_else_is_no_proof(
    alices: Client, stage: Stage, slug: str, name: str, path: str, words: str
) -> None:
    assert prove(stage, alices, slug, name) == path
    assert words in page(alices, path)
    assert PROVE in page(alices)
    assert User.objects.count() == 2


# What is no proof any more


def ticked(who: Client) -> Any:
    return who.post(PAGE, {"understood": "yes", "seen": ""})


def assert_nothing_merged(who: Client) -> None:
    assert PROVE in page(who)
    assert PROVE in ticked(who).content.decode()
    assert User.objects.count() == 2


def test_a_proof_is_good_for_five_minutes(
    alices: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(stage, alices)
    monkeypatch.setattr(merge_proof, "RECENT_SIGN_IN", -1)
    assert_nothing_merged(alices)


def test_a_proof_is_good_in_one_session(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    hold(alices, session_token(person("github")))
    assert_nothing_merged(alices)


def test_a_proof_of_an_account_that_is_disconnected_is_none(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    SocialAccount.objects.filter(provider="google").delete()
    assert_nothing_merged(alices)


def test_a_proof_can_be_put_aside(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    alices.post(PAGE, {"forget": "yes"})
    assert_nothing_merged(alices)


def test_nobody_else_finishes_a_proof(alices: Client, stage: Stage) -> None:
    back = begin(stage, alices, "google", "bob")
    alices.post("/sign-out/")
    stage.sign_in(alices, "demo", "mallory")
    failed = stage.come_back(alices, back)
    assert failed.startswith("/sign-in/failed/")
    assert PROVE in page(alices)


@pytest.mark.parametrize(("method", "status"), [("get", 403), ("post", 303)])
def test_needs_a_recent_sign_in(client: Client, alice: User, method: str, status: int) -> None:
    hold(client, session_token(alice, age=301))
    assert getattr(client, method)(PAGE).status_code == status


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"


@pytest.mark.parametrize("how", ["signed out", "ended"])
def test_a_proof_ends_with_its_session(alices: Client, stage: Stage, how: str) -> None:
    """The row counts: this process may not know yet that the session has ended."""
    prove(stage, alices)
    seen = form(alices)
    ended = {"signed out": timezone.now(), "ended": None}[how]
    expires = timezone.now() + timedelta(hours=1 if ended else -1)
    sessions = Session.objects.filter(user=person("github"))
    sessions.update(revoked_at=ended, expires_at=expires)
    assert "Please sign in again" in alices.post(PAGE, seen).content.decode()
    assert User.objects.count() == 2


# An account that was connected lately


@pytest.fixture
def victims(client: Client, stage: Stage) -> Client:
    """Alice's browser. At another one that she left open, Mallory has connected his account."""
    left_open = browser()
    stage.sign_in(client, "github", "alice")
    stage.sign_in(left_open, "github", "alice")
    url = left_open.post(CONNECTIONS, {"connect": "google"})["Location"]
    stage.come_back(left_open, stage.simulator.choose(url, "bob", "allow") or "")
    User.objects.update(date_joined=timezone.now() - timedelta(days=90))
    return client


@pytest.fixture
def mallorys(victims: Client) -> Client:
    """Mallory's own browser, where he is another person."""
    mallory, own = User.objects.create(name="Mallory"), browser()
    about = {"username": "mallory"}
    SocialAccount.objects.create(user=mallory, provider="demo", uid="m", extra_data=about)
    hold(own, session_token(mallory, provider="demo"))
    return own


def test_an_account_that_was_connected_lately_proves_nothing(
    mallorys: Client, stage: Stage
) -> None:
    assert prove(stage, mallorys, "google", "bob") == PAGE
    shown = page(mallorys)
    assert "less than 30 days ago" in shown
    assert "ask an admin" in shown
    assert_nothing_merged(mallorys)


def test_nor_does_one_that_was_connected_in_the_second_in_which_the_person_came(
    mallorys: Client, stage: Stage
) -> None:
    User.objects.update(date_joined=timezone.now())
    prove(stage, mallorys, "google", "bob")
    assert_nothing_merged(mallorys)


def test_nor_does_it_when_it_is_the_only_one_that_is_left(mallorys: Client, stage: Stage) -> None:
    SocialAccount.objects.filter(provider="github").delete()
    prove(stage, mallorys, "google", "bob")
    assert_nothing_merged(mallorys)


def test_that_is_looked_at_again_when_the_two_are_merged(mallorys: Client, stage: Stage) -> None:
    google = SocialAccount.objects.filter(provider="google")
    google.update(date_joined=timezone.now() - timedelta(days=31))
    QuerySet.update(AuditEvent.objects.all(), at=timezone.now() - timedelta(days=31))
    prove(stage, mallorys, "google", "bob")
    seen = form(mallorys)
    google.update(date_joined=timezone.now())
    assert "less than 30 days ago" in mallorys.post(PAGE, seen).content.decode()
    assert User.objects.count() == 2


def test_after_thirty_days_it_does(mallorys: Client, stage: Stage) -> None:
    joined = timezone.now() - timedelta(days=31)
    SocialAccount.objects.filter(provider="google").update(date_joined=joined)
    QuerySet.update(AuditEvent.objects.all(), at=joined)
    prove(stage, mallorys, "google", "bob")
    assert mallorys.post(PAGE, form(mallorys))["Location"] == CONNECTIONS


# What somebody whose account has moved is told


@pytest.fixture
def bobs(alices: Client, stage: Stage) -> Client:
    """A browser in which Bob signs in after his person was merged into Alice's."""
    prove(stage, alices)
    alices.post(PAGE, form(alices))
    later = browser()
    stage.sign_in(later, "google", "bob")
    return later


def key_in(shown: str, name: str) -> str:
    return shown.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0]


def test_who_comes_through_a_moved_account_is_told_of_the_others(
    alices: Client, bobs: Client
) -> None:
    shown = page(bobs, "/account/")
    assert shown.count("was connected to your account") == 1
    assert "GitHub" in shown
    assert "alice" in shown
    assert 'class="notice"' not in page(alices, "/account/")


def test_and_shuts_the_others_out(alices: Client, bobs: Client) -> None:
    bobs.post(CONNECTIONS, {"not_me": key_in(page(bobs, "/account/"), "not_me")})
    assert {each.provider for each in SocialAccount.objects.all()} == {"google"}
    assert alices.get("/api/session").status_code == 401
    assert 'class="notice"' not in page(bobs, "/account/")


def test_it_is_dismissed_for_this_account_alone(alices: Client, bobs: Client) -> None:
    key = key_in(page(bobs, "/account/"), "known")
    alices.post(CONNECTIONS, {"known": key})
    assert "was connected to your account" in page(bobs, "/account/")
    bobs.post(CONNECTIONS, {"known": key})
    assert "was connected to your account" not in page(bobs, "/account/")


def test_what_the_other_dismisses_takes_nothing_from_it(alices: Client, bobs: Client) -> None:
    """Whoever has merged somebody else's account into their own must not confirm it for them."""
    QuerySet.update(AuditEvent.objects.all(), at=timezone.now() - timedelta(minutes=11))
    alices.post(CONNECTIONS, {"known": key_in(page(alices, "/account/"), "known")})
    assert 'class="notice"' not in page(alices, "/account/")
    assert "was connected to your account" in page(bobs, "/account/")


def test_it_is_told_for_thirty_days(bobs: Client) -> None:
    QuerySet.update(AuditEvent.objects.all(), at=timezone.now() - timedelta(days=31))
    assert 'class="notice"' not in page(bobs, "/account/")


def test_a_second_merge_takes_nothing_from_it(bobs: Client, stage: Stage) -> None:
    """So nobody washes an account by merging twice."""
    third, kept = User.objects.create(name="Carol"), person("google")
    SocialAccount.objects.create(user=third, provider="demo", uid="carol")
    merging.merge(third.pk, kept.pk, merging.plan_merge(third, kept).digest, UNKNOWN)
    stage.sign_in(bobs, "google", "bob")
    shown = page(bobs, "/account/")
    for name in ("GitHub", "Demo"):
        assert name in shown


# What is refused


def test_the_box_has_to_be_ticked(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    answer = alices.post(PAGE, form(alices) | {"understood": ""})
    assert answer.status_code == 400
    assert "Please tick the box first" in answer.content.decode()
    assert User.objects.count() == 2


def test_only_what_was_shown_is_merged(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    answer = alices.post(PAGE, form(alices) | {"seen": "another"})
    assert answer.status_code == 409
    assert "The list of what moves has changed" in answer.content.decode()
    assert User.objects.count() == 2


def test_an_admin_is_not_merged_into_somebody_who_is_none(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    User.objects.filter(pk=person("google").pk).update(is_staff=True)
    answer = alices.get(PAGE)
    assert answer.status_code == 409
    assert "Bob Baker is an admin and Alice Archer is not" in answer.content.decode()
    assert "Merge the two" not in answer.content.decode()


def test_an_admin_reads_that_the_accounts_become_ways_in_for_an_admin(
    alices: Client, stage: Stage
) -> None:
    User.objects.filter(pk=person("github").pk).update(is_staff=True)
    prove(stage, alices)
    assert "can then sign in as an admin" in page(alices)


def test_a_person_who_is_suspended_proves_nothing(alices: Client, stage: Stage) -> None:
    back = begin(stage, alices, "google", "bob")
    User.objects.filter(pk=person("google").pk).update(is_active=False)
    stage.come_back(alices, back)
    assert "is suspended" in page(alices)
    assert not AuditEvent.objects.filter(action="merged").exists()
