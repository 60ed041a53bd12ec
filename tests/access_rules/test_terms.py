"""What is true at the end of a sign-in counts: everything else happens while a provider answers."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.test import Client

from access_rules.applying import rules_of, terms_of
from access_rules.models import AccessRule, MembershipFacts
from accounts.identity import Identity
from accounts.people import sign_in
from accounts.self_service.connections import connect
from audit.models import UNKNOWN
from diagnosis import DIAGNOSES
from providers.models import Provider
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import validate_session_token
from sessions.starting import SessionStart
from tests.conftest import BASE_URL, HOST
from tests.fakes import add_provider, begin, failure_code, hold, rows, session_token
from tests.meanwhile import SlowGitHub, SlowIssuer

pytestmark = pytest.mark.django_db
CONNECTIONS = "/account/connections/"


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def provider() -> Provider:
    return add_provider("demo")


@pytest.fixture
def slow(provider: Provider) -> SlowIssuer:
    return SlowIssuer(responses.mock)


def change(**fields: object) -> Callable[[], object]:
    return lambda: Provider.objects.update(**fields)


def narrowed_to_one_rule() -> None:
    Provider.objects.update(who_may_sign_in="matching")
    AccessRule.objects.create(kind="email", value="ada@example.com")


def removed() -> None:
    call_command("provider", "remove", "demo", "--with-accounts")


def replaced_by_another_server() -> None:
    removed()
    add_provider("demo", base_url="https://other.example")


OF_THE_PROVIDER = {
    "switched off": (change(enabled=False), "provider_switched_off"),
    "removed": (removed, "provider_removed"),
    "replaced": (replaced_by_another_server, "provider_removed"),
    "of another kind": (change(kind="gitea"), "provider_changed"),
    "at another address": (change(base_url="https://other.example"), "provider_changed"),
    "as another client": (change(client_id="client-2"), "provider_changed"),
    "for fewer domains": (change(vouches_for="corp.example"), "provider_changed"),
    "with other values": (change(sealed_extra="x"), "provider_changed"),
    "for known people": (change(who_may_sign_in="known"), "rules_changed"),
    "for matching people": (narrowed_to_one_rule, "rules_changed"),
    "with a rule for groups": (
        lambda: AccessRule.objects.create(kind="email", value="a@b.example", groups="staff"),
        "rules_changed",
    ),
}
CASES = pytest.mark.parametrize(
    ("meanwhile", "code"), OF_THE_PROVIDER.values(), ids=OF_THE_PROVIDER
)


@responses.activate
@CASES
def test_nobody_new_comes_in_through_a_provider_that_is_meanwhile(
    client: Client,
    slow: SlowIssuer,
    caplog: pytest.LogCaptureFixture,
    meanwhile: Callable[[], object],
    code: str,
) -> None:
    page = client.get(slow.sign_in(client, meanwhile)["Location"])
    assert failure_code(caplog.text) == code
    assert rows() == (0, 0, 0, 0)
    assert client.get("/api/session").status_code == 401
    assert DIAGNOSES[code].words.way_on in page.content.decode()


@responses.activate
@CASES
def test_nobody_known_comes_back_through_a_provider_that_is_meanwhile(
    client: Client,
    slow: SlowIssuer,
    caplog: pytest.LogCaptureFixture,
    meanwhile: Callable[[], object],
    code: str,
) -> None:
    slow.sign_in(Client(headers={"host": HOST}))
    before = Session.objects.count(), User.objects.get().last_login
    slow.sign_in(client, meanwhile)
    assert failure_code(caplog.text) == code
    if User.objects.exists():
        assert (Session.objects.count(), User.objects.get().last_login) == before
    assert client.get("/api/session").status_code == 401


@responses.activate
@CASES
def test_nobody_connects_an_account_of_a_provider_that_is_meanwhile(
    client: Client,
    slow: SlowIssuer,
    alice: User,
    caplog: pytest.LogCaptureFixture,
    meanwhile: Callable[[], object],
    code: str,
) -> None:
    hold(client, session_token(alice))
    slow.come_back(client, begun_to_connect(client), meanwhile)
    assert failure_code(caplog.text) == code
    assert not SocialAccount.objects.exists()
    assert client.get("/api/session").status_code == 200


@responses.activate
def test_a_refusal_leaves_the_cookies_of_a_session_that_the_request_has_refreshed(
    client: Client, slow: SlowIssuer, alice: User
) -> None:
    session_token(alice)
    client.cookies["refresh"] = issue_refresh_token(Session.objects.get())
    parameters = begin(client)
    del client.cookies["session"]
    answer = slow.come_back(client, parameters, change(enabled=False))
    assert {"session", "refresh"} <= answer.cookies.keys()
    assert client.get("/api/session").json()["sub"] == str(alice.pk)


# Rules


@pytest.fixture
def github() -> SlowGitHub:
    """A GitHub that is asked for memberships: people who are invited or members may sign in."""
    provider = add_provider("github", "github", who_may_sign_in="matching")
    for kind, value in (("github", "acme"), ("invited", "alice@example.com")):
        AccessRule.objects.create(provider=provider, kind=kind, value=value, groups="staff")
    return SlowGitHub(responses.mock)


INVITED = "alice@example.com"
OF_A_RULE = {
    "taken away": lambda: AccessRule.objects.all().delete(),
    "one of them taken away": lambda: AccessRule.objects.filter(kind="github").delete(),
    "withdrawn, as an invitation": lambda: AccessRule.objects.filter(kind="invited").delete(),
    "about somebody else": lambda: AccessRule.objects.filter(value=INVITED).update(
        value="b@b.example"
    ),
    "granting other groups": lambda: AccessRule.objects.update(groups="interns"),
    "beside one for all providers": lambda: AccessRule.objects.create(
        kind="email", value="b@b.example"
    ),
}


@responses.activate
@pytest.mark.parametrize("meanwhile", OF_A_RULE.values(), ids=OF_A_RULE)
@pytest.mark.parametrize("is_known", [False, True], ids=["new", "known"])
def test_nobody_comes_in_by_rules_that_are_meanwhile(
    client: Client,
    github: SlowGitHub,
    caplog: pytest.LogCaptureFixture,
    meanwhile: Callable[[], object],
    is_known: bool,
) -> None:
    if is_known:
        github.sign_in(Client(headers={"host": HOST}))
    before = rows(), MembershipFacts.objects.count()
    github.sign_in(client, meanwhile)
    assert failure_code(caplog.text) == "rules_changed"
    assert (rows(), MembershipFacts.objects.count()) == before
    assert client.get("/api/session").status_code == 401


@responses.activate
def test_rules_of_which_only_the_order_changes_refuse_nobody(
    client: Client, github: SlowGitHub
) -> None:
    answer = github.sign_in(client, lambda: AccessRule.objects.update(position=9))
    assert answer["Location"] == "/account/"
    assert client.get("/api/session").json()["groups"] == ["staff"]
    assert MembershipFacts.objects.count() == 1


@responses.activate
@pytest.mark.parametrize(
    "meanwhile",
    [
        change(name="Another"),
        change(position=7),
        change(sealed_client_secret="x"),
        change(sealed_next_client_secret="x"),
    ],
    ids=["name", "position", "secret", "next secret"],
)
def test_what_decides_nothing_may_change(
    client: Client, slow: SlowIssuer, meanwhile: Callable[[], object]
) -> None:
    assert slow.sign_in(client, meanwhile)["Location"] == "/account/"


# People


@responses.activate
@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        (lambda: User.objects.filter(name="Alice Archer").update(is_active=False), "suspended"),
        (lambda: SocialAccount.objects.all().delete(), "gone"),
        (lambda: User.objects.get(name="Alice Archer").delete(), "gone"),
        (lambda: SocialAccount.objects.update(user=User.objects.get(name="Bob Baker")), "gone"),
    ],
    ids=["suspended", "disconnected", "deleted", "somebody else's"],
)
def test_nobody_comes_back_whose_account_is_meanwhile(
    client: Client,
    github: SlowGitHub,
    bob: User,
    caplog: pytest.LogCaptureFixture,
    meanwhile: Callable[[], object],
    code: str,
) -> None:
    github.sign_in(Client(headers={"host": HOST}))
    Session.objects.all().delete()
    github.sign_in(client, meanwhile)
    assert failure_code(caplog.text) == f"account_{code}"
    assert not Session.objects.exists()
    assert client.get("/api/session").status_code == 401


# Connections


def begun_to_connect(browser: Client) -> dict[str, str]:
    answer = browser.post(CONNECTIONS, {"connect": "demo"})
    assert answer.status_code == 303
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


class Alice:
    """Alice in two browsers: in one she connects an account, with the other she does more."""

    def __init__(self, alice: User) -> None:
        self.user = alice
        self.browser, self.other = (Client(headers={"host": HOST}) for _ in range(2))
        for each in (self.browser, self.other):
            hold(each, session_token(alice))
        self.session = Session.objects.earliest("auth_time")

    def same(self) -> Client:
        """Return another tab of the browser that connects."""
        tab = Client(headers={"host": HOST})
        hold(tab, self.browser.cookies["session"].value)
        return tab


ENDINGS: dict[str, tuple[Callable[[Alice], object], str]] = {
    "signed out": (lambda her: her.same().post("/sign-out/"), "session_ended"),
    "ended elsewhere": (
        lambda her: her.other.post("/account/sessions/", {"end": str(her.session.pk)}),
        "session_ended",
    ),
    "ended with all others": (
        lambda her: her.other.post("/account/sessions/", {"end": "others"}),
        "session_ended",
    ),
    "ended by a command": (
        lambda her: call_command("sessions", "revoke", "--user", str(her.user.pk)),
        "session_ended",
    ),
    "ended with everybody's": (
        lambda _: call_command("sessions", "revoke", "--all"),
        "session_ended",
    ),
    "ended by the API": (
        lambda her: her.same().delete("/api/session", headers={"origin": BASE_URL}),
        "session_ended",
    ),
    "suspended": (
        lambda her: User.objects.filter(pk=her.user.pk).update(is_active=False),
        "account_suspended",
    ),
    "deleted": (lambda her: her.user.delete(), "session_ended"),
    "expired": (
        lambda her: Session.objects.update(expires_at="2020-01-01T00:00Z"),
        "session_ended",
    ),
    "idle for too long": (
        lambda her: Session.objects.update(refreshed_at="2020-01-01T00:00Z"),
        "session_ended",
    ),
}


@responses.activate
@pytest.mark.parametrize(("ending", "code"), ENDINGS.values(), ids=ENDINGS)
def test_nothing_is_connected_to_somebody_who_is_meanwhile(
    slow: SlowIssuer,
    alice: User,
    caplog: pytest.LogCaptureFixture,
    ending: Callable[[Alice], object],
    code: str,
) -> None:
    her = Alice(alice)
    answer = slow.come_back(her.browser, begun_to_connect(her.browser), lambda: ending(her))
    assert failure_code(caplog.text) == code
    assert not SocialAccount.objects.exists()
    assert Session.objects.count() == 2
    assert not answer.cookies.get("session")


@responses.activate
def test_an_identity_that_somebody_else_connects_meanwhile_is_theirs(
    slow: SlowIssuer, alice: User, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    her = Alice(alice)
    slow.come_back(
        her.browser,
        begun_to_connect(her.browser),
        lambda: SocialAccount.objects.create(user=bob, provider="demo", uid="alice-at-op"),
    )
    assert failure_code(caplog.text) == "account_of_another"
    assert SocialAccount.objects.get().user == bob


@responses.activate
@pytest.mark.parametrize("is_same_person", [True, False], ids=["the same person", "another"])
def test_what_was_begun_in_one_session_does_not_end_in_another(
    slow: SlowIssuer, alice: User, bob: User, caplog: pytest.LogCaptureFixture, is_same_person: bool
) -> None:
    her = Alice(alice)
    parameters = begun_to_connect(her.browser)
    hold(her.browser, session_token(alice if is_same_person else bob))
    slow.come_back(her.browser, parameters)
    assert failure_code(caplog.text) == "session_ended"
    assert not SocialAccount.objects.exists()


# At the same moment


@contextmanager
def closed_connections() -> Iterator[None]:
    """Close what a thread has opened."""
    try:
        yield
    finally:
        connections.close_all()


class Rival(threading.Thread):
    """Does something in a transaction of its own, and ends it when somebody waits for it."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self.do, self.has_done, self.may_end = do, threading.Event(), threading.Event()

    def run(self) -> None:
        with closed_connections(), transaction.atomic():
            self.do()
            self.has_done.set()
            self.may_end.wait(timeout=10)

    def begin(self) -> None:
        """Return when all is done and nothing is committed; that comes half a second later."""
        self.start()
        assert self.has_done.wait(timeout=10)
        threading.Timer(0.5, self.may_end.set).start()


@responses.activate
@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [False, True], ids=["new", "known"])
@pytest.mark.parametrize(
    "name", ["switched off", "removed", "at another address", "for matching people"]
)
def test_a_sign_in_waits_for_an_admin_who_is_about_to_commit(
    client: Client, slow: SlowIssuer, caplog: pytest.LogCaptureFixture, name: str, is_known: bool
) -> None:
    meanwhile, code = OF_THE_PROVIDER[name]
    if is_known:
        slow.sign_in(Client(headers={"host": HOST}))
    rival = Rival(meanwhile)
    slow.sign_in(client, rival.begin)
    rival.join()
    assert failure_code(caplog.text) == code
    assert client.get("/api/session").status_code == 401
    assert SocialAccount.objects.filter(provider="demo").count() == (is_known and name != "removed")


@responses.activate
@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_a_connection_waits_for_the_end_of_its_session(
    slow: SlowIssuer, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    her = Alice(alice)
    parameters = begun_to_connect(her.browser)
    rival = Rival(lambda: call_command("sessions", "revoke", "--user", str(alice.pk)))
    slow.come_back(her.browser, parameters, rival.begin)
    rival.join()
    assert failure_code(caplog.text) == "session_ended"
    assert not SocialAccount.objects.exists()


def identity() -> Identity:
    claims = {"name": "Alice", "email": "alice@example.com", "email_verified": True}
    return Identity.from_claims("demo", "alice-at-op", claims)


def while_a_sign_in_is_about_to_commit(
    provider: Provider, do: Callable[[], object]
) -> list[object]:
    """Return what that answers which is done meanwhile; it has to wait for the sign-in."""
    answers: list[object] = []

    def meanwhile() -> None:
        with closed_connections(), suppress(CommandError):
            answers.append(do())

    rules = rules_of(provider)
    thread = threading.Thread(target=meanwhile)
    with transaction.atomic():
        sign_in(identity(), None, SessionStart(UNKNOWN), terms=terms_of(provider, rules))
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive()
    thread.join()
    return answers


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("options", [["--with-accounts"], []], ids=["with accounts", "without"])
def test_whoever_removes_a_provider_waits_for_a_sign_in_that_is_about_to_commit(
    provider: Provider, options: list[str]
) -> None:
    """No account stays under a slug that another server could be given."""
    while_a_sign_in_is_about_to_commit(
        provider, lambda: call_command("provider", "remove", "demo", *options)
    )
    has_accounts = SocialAccount.objects.exists()
    assert has_accounts == Provider.objects.exists() == (not options)
    assert Session.objects.filter(revoked_at=None).exists() == (not options)


@pytest.fixture
def admin(db: None) -> Client:
    ada = User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)
    browser = Client(headers={"host": HOST})
    hold(browser, session_token(ada))
    return browser


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_nobody_moves_a_provider_under_a_first_sign_in_that_is_about_to_commit(
    provider: Provider,
) -> None:
    """Else the first account of one server would be the account of somebody at another."""

    def move() -> None:
        changed = Provider.objects.get()
        changed.base_url = "https://other.example"
        with transaction.atomic(), suppress(ValidationError):  # as the admin does
            changed.full_clean()
            changed.save()

    while_a_sign_in_is_about_to_commit(provider, move)
    assert SocialAccount.objects.exists()
    assert Provider.objects.get().base_url == provider.base_url


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["change", "delete", "delete from the list"])
def test_whoever_changes_a_rule_waits_for_a_sign_in_that_is_about_to_commit(
    provider: Provider, admin: Client, way: str
) -> None:
    rule = AccessRule.objects.create(kind="email", value="alice@example.com", groups="staff")
    page = "/admin/access_rules/accessrule/"
    chosen = {"action": "delete_selected", "_selected_action": [str(rule.pk)], "post": "yes"}
    path, form = cast(
        "dict[str, tuple[str, dict[str, Any]]]",
        {
            "change": (f"{page}{rule.pk}/change/", {"kind": "email", "value": "b@b.example"}),
            "delete": (f"{page}{rule.pk}/delete/", {"post": "yes"}),
            "delete from the list": (page, chosen),
        },
    )[way]
    answers = while_a_sign_in_is_about_to_commit(
        provider, lambda: admin.post(path, {"position": "0"} | form).status_code
    )
    assert answers == [302]
    assert not AccessRule.objects.filter(value="alice@example.com").exists()


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_the_end_of_all_sessions_finds_the_one_that_a_connection_is_about_to_begin(
    provider: Provider, alice: User
) -> None:
    token = validate_session_token(session_token(alice))

    def end() -> None:
        with closed_connections():
            call_command("sessions", "revoke", "--all")

    thread = threading.Thread(target=end)
    with transaction.atomic():
        connect(token, identity(), SessionStart(UNKNOWN), terms=terms_of(provider, ()))
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive()
    thread.join()
    assert Session.objects.count() == 2
    assert not Session.objects.filter(revoked_at=None).exists()
