"""By the link of an admin, somebody who has lost their account connects another; `sub` stays."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from access_rules.models import AccessRule
from accounts.models import ConnectionLink, make_link
from audit.models import AuditEvent
from providers.models import Policy, Provider
from sessions.models import Session, User
from tests.accounts.admin_pages.person_pages import limit
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token
from tests.meanwhile import SlowIssuer
from tests.rehearsal import Stage
from web.addresses import AddressLimit

pytestmark = pytest.mark.django_db
PAGE = "/connect/"
CONNECTIONS = "/account/connections/"
SPENT = "This link does not work any more"
SPENT_MEANWHILE = "This link is no longer valid"


def browser() -> Client:
    return Client(headers={"host": HOST})


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)


@pytest.fixture
def lost(stage: Stage) -> User:
    """Alice, who has signed in with GitHub and has lost that account since."""
    stage.sign_in(browser(), "github", "alice")
    User.objects.update(date_joined=timezone.now() - timedelta(days=9))
    return User.objects.get()


@pytest.fixture
def secret(lost: User, admin: User) -> str:
    return make_link(lost, admin)[1]


def opened(secret: str, by: Client | None = None) -> Client:
    """Open the link; returns the browser, which is at the page after it."""
    who = by or browser()
    answer = who.get(f"{PAGE}{secret}/")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert answer["Referrer-Policy"] == "no-referrer"
    return who


def begin(stage: Stage, who: Client, slug: str = "google", person: str = "alice") -> str:
    url = press(who, slug)["Location"]
    return stage.simulator.choose(url, person, "allow") or ""


def press(who: Client, slug: str) -> Any:
    """Press a button of the page that this browser sees."""
    link = page(who).partition('name="link" value="')[2].partition('"')[0]
    return who.post(PAGE, {"connect": slug, "link": link})


def use(stage: Stage, who: Client, slug: str = "google", person: str = "alice") -> str:
    return stage.come_back(who, begin(stage, who, slug, person))


def page(who: Client, path: str = PAGE) -> str:
    return str(who.get(path).content.decode())


# The way through


def test_the_person_stays_and_signs_in_with_the_new_account(
    lost: User, secret: str, stage: Stage
) -> None:
    who = opened(secret)
    assert "<bdi>Alice Archer</bdi>" in page(who)
    assert use(stage, who) == CONNECTIONS
    assert who.get("/api/session").json()["sub"] == str(lost.pk)
    assert "Google</bdi> (<bdi>alice" in page(who, CONNECTIONS)
    later = browser()
    stage.sign_in(later, "google", "alice")
    assert later.get("/api/session").json()["sub"] == str(lost.pk)


def test_earlier_accounts_and_sessions_end_with_their_addresses(
    lost: User, secret: str, stage: Stage
) -> None:
    SocialAccount.objects.create(
        user=lost,
        provider="demo",
        uid="old",
        extra_data={"email": "old@example.com", "email_verified": True},
    )
    EmailAddress.objects.create(user=lost, email="old@example.com", verified=True)
    old = browser()
    hold(old, session_token(lost, provider="github"))
    use(stage, opened(secret))
    account = SocialAccount.objects.get()
    assert (account.provider, account.user_id) == ("google", lost.pk)
    assert not EmailAddress.objects.filter(email="old@example.com").exists()
    assert old.get("/api/session").status_code == 401
    assert Session.objects.filter(revoked_at=None).get().provider == "google"


def test_a_password_ends_too(lost: User, secret: str, stage: Stage) -> None:
    """Whoever knows it could have taken the account that was lost."""
    lost.username = "alice"
    lost.set_password("correct horse battery staple")
    lost.save()
    use(stage, opened(secret))
    lost.refresh_from_db()
    assert not lost.has_usable_password()
    assert AuditEvent.objects.get(action="connection_link_used").after["password"] == "removed"


@pytest.mark.parametrize("password", ["", "!unusable"])
def test_the_log_names_no_password_where_there_was_none(
    lost: User, secret: str, stage: Stage, password: str
) -> None:
    User.objects.filter(pk=lost.pk).update(password=password)
    use(stage, opened(secret))
    assert "password" not in AuditEvent.objects.get(action="connection_link_used").after


def test_the_log_says_who_made_it_who_used_it_and_what_ended(
    lost: User, secret: str, stage: Stage
) -> None:
    link = ConnectionLink.objects.get().pk
    who = opened(secret)
    use(stage, who)
    linked = AuditEvent.objects.get(action="linked", after__has_key="link")
    unlinked = AuditEvent.objects.get(action="unlinked")
    assert linked.after["link"] == unlinked.after["link"] == link
    assert {linked.actor_id, unlinked.actor_id, unlinked.target_id} == {str(lost.pk)}
    assert unlinked.before["provider"] == "github"
    assert linked.ip == "127.0.0.1"


def test_the_browser_that_moved_is_not_warned_and_a_later_other_session_is(
    lost: User, secret: str, stage: Stage
) -> None:
    who = opened(secret)
    use(stage, who)
    assert "was disconnected from your account" not in page(who, "/account/")
    other = browser()
    hold(other, session_token(lost))  # by password, as nothing else is left
    told = page(other, "/account/")
    assert "was connected to your account" in told
    assert "was disconnected from your account" in told


def test_somebody_signed_in_as_the_person_may_use_it_too(
    lost: User, secret: str, stage: Stage
) -> None:
    who = browser()
    hold(who, session_token(lost))
    assert use(stage, opened(secret, who)) == CONNECTIONS


def test_an_account_that_the_person_has_already_is_the_one_that_stays(
    lost: User, secret: str, stage: Stage
) -> None:
    SocialAccount.objects.create(user=lost, provider="google", uid="old")
    assert use(stage, opened(secret), "github") == CONNECTIONS
    assert SocialAccount.objects.get().provider == "github"


def test_the_provider_has_to_ask_for_the_login(lost: User, secret: str) -> None:
    location = press(opened(secret), "demo")["Location"]
    assert "prompt=login" in location


def test_rules_hold_for_the_new_account_and_know_the_person(
    lost: User, secret: str, stage: Stage
) -> None:
    google = Provider.objects.filter(slug="google")
    google.update(who_may_sign_in=Policy.MATCHING)
    AccessRule.objects.create(kind="email", value="nobody@example.com")
    who = opened(secret)
    failed = use(stage, who)
    assert failed.startswith("/sign-in/failed/")
    assert f'href="{PAGE}"' in page(who, failed)
    assert SocialAccount.objects.get().provider == "github"
    google.update(who_may_sign_in=Policy.KNOWN)
    assert use(stage, opened(secret)) == CONNECTIONS


# What does not work


def used(link: ConnectionLink) -> None:
    ConnectionLink.objects.update(used_at=timezone.now())


@pytest.mark.parametrize("slug", ["google", "github"], ids=["a new account", "a known one"])
def test_the_log_says_that_a_link_was_used(
    lost: User, secret: str, stage: Stage, slug: str
) -> None:
    use(stage, opened(secret), slug)
    event = AuditEvent.objects.get(action="connection_link_used")
    assert (event.actor_id, event.target_id, event.provider) == (str(lost.pk), str(lost.pk), slug)
    assert event.after["link"] == ConnectionLink.objects.get().pk


def expired(link: ConnectionLink) -> None:
    ConnectionLink.objects.update(expires_at=timezone.now())


def withdrawn(link: ConnectionLink) -> None:
    link.delete()


def replaced(link: ConnectionLink) -> None:
    make_link(link.person, link.made_by)


def of_an_admin_who_is_suspended(link: ConnectionLink) -> None:
    User.objects.filter(pk=link.made_by_id).update(is_active=False)


def of_somebody_who_is_no_admin_any_more(link: ConnectionLink) -> None:
    User.objects.filter(pk=link.made_by_id).update(is_staff=False)


def of_an_admin_who_may_change_nobody_any_more(link: ConnectionLink) -> None:
    User.objects.filter(pk=link.made_by_id).update(is_superuser=False)


def for_somebody_who_became_an_admin(link: ConnectionLink) -> None:
    limit(link.made_by)
    User.objects.filter(pk=link.person_id).update(is_staff=True)


SPENDING = [
    used,
    expired,
    withdrawn,
    replaced,
    of_an_admin_who_is_suspended,
    of_somebody_who_is_no_admin_any_more,
    of_an_admin_who_may_change_nobody_any_more,
    for_somebody_who_became_an_admin,
]


@pytest.mark.parametrize("spend", SPENDING)
@pytest.mark.parametrize("when", ["before", "at the provider"])
def test_a_link_that_is_spent_does_nothing(
    lost: User, secret: str, stage: Stage, spend: Any, when: str
) -> None:
    who, link = opened(secret), ConnectionLink.objects.select_related("person", "made_by").get()
    back = begin(stage, who) if when == "at the provider" else ""
    spend(link)
    if back:
        assert SPENT_MEANWHILE in page(who, stage.come_back(who, back))
    assert who.post(PAGE, {"connect": "google"}).status_code == 404
    assert SPENT in page(who)
    assert SocialAccount.objects.get().provider == "github"
    assert who.get("/api/session").status_code == 401


def test_a_limited_admin_who_may_change_people_makes_good_ones(
    lost: User, admin: User, secret: str, stage: Stage
) -> None:
    limit(admin)
    assert use(stage, opened(secret)) == CONNECTIONS


@pytest.mark.parametrize("secret", ["x", "a" * 43, "a" * 6000, "%F0%9F%98%80", "%00"])
def test_a_wrong_secret_is_told_nothing(client: Client, db: None, secret: str) -> None:
    who = client
    who.get(f"{PAGE}{secret}/")
    answer = who.get(PAGE)
    assert answer.status_code == 404
    assert SPENT in answer.content.decode()


def test_a_link_opened_in_another_tab_does_not_take_the_place_of_the_one_that_was_read(
    lost: User, secret: str, bob: User, admin: User
) -> None:
    who = opened(secret)
    form = {"connect": "google", "link": str(ConnectionLink.objects.get().pk)}
    opened(make_link(bob, admin)[1], who)
    answer = who.post(PAGE, form)
    assert answer.status_code == 200
    assert "<bdi>Bob Baker</bdi>" in answer.content.decode()


def test_without_a_link_there_is_nothing(client: Client, db: None) -> None:
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"connect": "google"}).status_code == 404


def test_it_works_once(lost: User, secret: str, stage: Stage) -> None:
    first, second = opened(secret), opened(secret)
    late = begin(stage, second, "demo", "mallory")
    use(stage, first)
    assert SPENT_MEANWHILE in page(second, stage.come_back(second, late))
    assert SPENT in page(opened(secret))
    assert SocialAccount.objects.get().provider == "google"


def test_opening_it_does_not_use_it(lost: User, secret: str, stage: Stage) -> None:
    for _ in range(3):
        opened(secret)
        browser().head(f"{PAGE}{secret}/")
    assert use(stage, opened(secret)) == CONNECTIONS


def test_an_account_of_another_person_is_not_taken_and_the_link_stays_good(
    lost: User, secret: str, stage: Stage
) -> None:
    stage.sign_in(browser(), "google", "bob")
    who = opened(secret)
    assert "Already connected to another account" in page(who, use(stage, who, "google", "bob"))
    assert SocialAccount.objects.get(provider="google").user_id != lost.pk
    assert SocialAccount.objects.filter(user=lost).exists()
    assert use(stage, who) == CONNECTIONS


def test_somebody_signed_in_as_another_person_signs_out_first(
    lost: User, secret: str, stage: Stage
) -> None:
    bobs = browser()
    stage.sign_in(bobs, "github", "bob")
    opened(secret, bobs)
    answer = bobs.get(PAGE)
    assert answer.status_code == 403
    assert "You are signed in as <b><bdi>Bob Baker</bdi></b>" in answer.content.decode()
    assert bobs.post(PAGE, {"connect": "google"}).status_code == 403


def test_whoever_signs_in_as_another_person_meanwhile_moves_nobody(
    lost: User, secret: str, stage: Stage
) -> None:
    bobs = opened(secret)
    back = begin(stage, bobs)
    stage.sign_in(bobs, "github", "bob")
    assert stage.come_back(bobs, back).startswith("/sign-in/failed/")
    assert not SocialAccount.objects.filter(provider="google").exists()


def test_a_suspended_person_is_not_moved(lost: User, secret: str, stage: Stage) -> None:
    who = opened(secret)
    back = begin(stage, who)
    User.objects.filter(pk=lost.pk).update(is_active=False)
    assert "suspended" in page(who, stage.come_back(who, back))
    assert who.get(PAGE).status_code == 404
    assert SocialAccount.objects.get().provider == "github"


@pytest.mark.parametrize("slug", ["", "unknown"])
def test_only_a_provider_that_is_there_can_be_connected(lost: User, secret: str, slug: str) -> None:
    assert press(opened(secret), slug).status_code == 404


def test_many_starts_are_refused(lost: User, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    none = AddressLimit("starts", limit=0, window=300, cache="starts")
    monkeypatch.setattr("oauth_client.pages.STARTS", none)
    assert press(opened(secret), "google").status_code == 429


@responses.activate
def test_a_policy_that_changes_meanwhile_stops_it(alice: User, admin: User) -> None:
    add_provider()
    issuer, who = SlowIssuer(responses.mock), opened(make_link(alice, admin)[1])
    query = urlsplit(press(who, "demo")["Location"]).query

    def meanwhile() -> None:
        Provider.objects.update(who_may_sign_in=Policy.MATCHING)

    failed = issuer.come_back(who, dict(parse_qsl(query)), meanwhile)
    assert failed["Location"].startswith("/sign-in/failed/")
    assert ConnectionLink.objects.get().used_at is None
    assert not SocialAccount.objects.exists()


def test_the_secret_is_in_no_log_and_not_in_the_database(
    lost: User, secret: str, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    who = opened(secret)
    use(stage, who)
    who.get(f"{PAGE}{secret}/")
    who.get(PAGE)
    assert secret not in caplog.text.replace(f'"GET {PAGE}', "")
    assert secret not in str(list(ConnectionLink.objects.values()))
    assert secret not in str(list(AuditEvent.objects.values()))
