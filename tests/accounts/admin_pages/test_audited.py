"""What the rooms leave in the audit log."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from audit.recording import write
from providers.models import Provider
from sessions import confirmations
from sessions.errors import RefreshRefusedError
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.signing_keys import keyring, rotation
from sessions.signing_keys.models import SigningKey
from tests.accounts.admin_pages.person_pages import form_of, page_of
from tests.conftest import HOST
from tests.fakes import FakeIssuer, add_provider, begin, come_back, hold, session_token
from tests.oauth_client.admin_pages.forms import NO_RULES
from tests.sessions.others import another

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
USERS = "/admin/signet_sessions/user/"
KEYS = "/admin/signet_sessions/signingkey/"
PROVIDERS = "/admin/providers/provider/"


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create(
        name="Ada Admin", email="ada@example.com", is_staff=True, is_superuser=True
    )


@pytest.fixture
def admin(ada: User) -> Client:
    client = Client(headers={"host": HOST, "user-agent": "Ada's browser"})
    hold(client, session_token(ada))
    keyring.ensure_signing_key()
    return client


def logged(action: str) -> AuditEvent:
    """Return the one event of this kind, after the background thread had its turn."""
    write()
    event: AuditEvent = AuditEvent.objects.get(action=action)
    return event


def actions() -> list[str]:
    write()
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


# Visitors


def sign_in(client: Client, issuer: FakeIssuer) -> Any:
    asked = begin(client)
    responses.remove("POST", "https://op.example/token")
    issuer.vouch(asked["nonce"])
    return come_back(client, code="the-code", state=asked["state"])


@pytest.fixture
def issuer(db: None) -> FakeIssuer:
    add_provider("demo")
    return FakeIssuer(responses.mock)


@responses.activate
def test_a_first_sign_in_is_a_link_and_a_sign_in(client: Client, issuer: FakeIssuer) -> None:
    issuer.publish()
    sign_in(client, issuer)
    link, event = logged("linked"), logged("signed_in")
    person = User.objects.get()
    assert (link.actor_id, link.target_label) == (str(person.pk), "demo alice-at-op")
    assert (event.actor_id, event.actor_label) == (
        str(person.pk),
        "Alice Archer (alice@example.com)",
    )
    assert (event.target_id, event.provider) == (str(Session.objects.get().pk), "demo")
    assert event.ip == "127.0.0.1"


@responses.activate
def test_a_returning_sign_in_is_no_link_and_signing_out_is_an_event(
    client: Client, issuer: FakeIssuer
) -> None:
    issuer.publish()
    sign_in(client, issuer)
    sign_in(client, issuer)
    client.post("/sign-out/")
    assert [name for name in actions() if name != "key_published"] == [
        "linked",
        "signed_in",
        "signed_in",
        "signed_out",
    ]


@responses.activate
def test_a_sign_in_succeeds_while_the_log_cannot_be_written(
    client: Client, issuer: FakeIssuer
) -> None:
    issuer.publish()
    sign_in(client, issuer)

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "audit_auditevent" in sql:
            raise DatabaseError
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        assert sign_in(client, issuer)["Location"] == "/account/"


@responses.activate
def test_a_suspended_person_who_is_refused_is_named(client: Client, issuer: FakeIssuer) -> None:
    issuer.publish()
    sign_in(client, issuer)
    User.objects.update(is_active=False)
    answer = sign_in(Client(headers={"host": HOST}), issuer)
    event = logged("sign_in_failed")
    assert (event.result, event.reason) == ("refused", "account_suspended")
    assert event.actor_id == event.target_id == str(User.objects.get().pk)
    assert event.reference in answer["Location"]


def prove(address: str, user: User) -> None:
    """Let an account of somebody vouch for an address."""
    told = {"email": address, "email_verified": True}
    SocialAccount.objects.create(user=user, provider="demo", uid="another", extra_data=told)
    EmailAddress.objects.create(user=user, email=address, verified=True)


@responses.activate
def test_an_address_that_is_somebody_elses_is_named(
    client: Client, issuer: FakeIssuer, bob: User
) -> None:
    issuer.publish()
    prove("alice@example.com", bob)
    sign_in(client, issuer)
    event = logged("sign_in_failed")
    assert (event.reason, event.actor_id) == ("email_in_use", "")
    assert event.target_label == "alice@example.com"


@responses.activate
def test_a_failure_of_a_stranger_is_no_event(client: Client, issuer: FakeIssuer) -> None:
    issuer.publish()
    asked = begin(client)
    come_back(client, error="access_denied", state=asked["state"])
    assert "sign_in_failed" not in actions()


# The admin's password form


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", PASSWORD)


def test_a_sign_in_by_password_is_an_event_of_its_own(client: Client, root: User) -> None:
    client.post("/admin/login/?next=/admin/", {"username": "root", "password": PASSWORD})
    event = logged("admin_signed_in")
    assert (event.actor_label, event.provider, event.result) == ("root", "", "success")


@pytest.mark.parametrize(
    ("typed", "named"), [("root", "root"), (PASSWORD, "")], ids=["a name", "in the wrong field"]
)
def test_a_refused_password_names_only_somebody_who_is_known(
    client: Client, root: User, typed: str, named: str
) -> None:
    client.post("/admin/login/", {"username": typed, "password": "wrong"})
    event = logged("admin_sign_in_failed")
    assert (event.result, event.target_label, event.actor_id) == ("refused", named, "")
    assert event.ip == "127.0.0.1"


def test_too_many_passwords_are_one_event(client: Client, root: User) -> None:
    for _ in range(14):
        client.post("/admin/login/", {"username": "root", "password": "wrong"})
    refused = ["admin_sign_in_failed"] * 10 + ["admin_sign_in_limited"]
    assert actions() == ["admin_granted", *refused]


# Sessions


def test_ending_ones_own_sessions_is_an_event(alices_browser: Client, alice: User) -> None:
    another(alice)
    alices_browser.post("/account/sessions/", {"end": "others"})
    alices_browser.post("/account/sessions/", {"end": "others"})
    event = logged("sessions_ended")
    assert (event.actor_id, event.after) == (str(alice.pk), {"sessions": 1})


def test_making_tokens_is_an_event(alices_browser: Client, alices_token: str, alice: User) -> None:
    hold(alices_browser, alices_token)
    alices_browser.post("/account/tokens/", {"name": "backup"})
    event = logged("tokens_made")
    assert (event.actor_id, event.target_label) == (str(alice.pk), "backup")


@pytest.mark.parametrize("which", ["--all", "--user", "--session"])
def test_a_command_that_ends_sessions_is_an_event(
    alice: User, alices_session: Session, which: str
) -> None:
    named = {"--user": [str(alice.pk)], "--session": [str(alices_session.pk)]}
    call_command("sessions", "revoke", which, *named.get(which, []))
    event = logged("sessions_ended")
    assert (event.actor_label, event.after) == ("command line", {"sessions": 1})
    assert event.target_id == (named.get(which) or [""])[0]


# A refresh token that is used again


def replay(session: Session, browser: Client) -> None:
    old = issue_refresh_token(session)
    refreshed = refresh(old)
    validate_session_token(issue_session_token(refreshed, session.user).text)
    confirmations.write()
    Session.objects.filter(pk=session.pk).update(refreshed_at=timezone.now() - timedelta(minutes=5))
    answer = browser.post(
        "/api/session/refresh",
        {"refresh_token": old},
        content_type="application/json",
        REMOTE_ADDR="203.0.113.9",
    )
    assert answer.status_code == 400


def test_a_replayed_refresh_token_is_an_event_and_the_person_is_told(
    client: Client, alice: User, alices_session: Session
) -> None:
    replay(alices_session, Client(headers={"host": HOST}))
    event = logged("refresh_token_replayed")
    assert (event.result, event.target_id, event.ip) == ("refused", str(alice.pk), "203.0.113.9")
    assert event.before["session"] == str(alices_session.pk)

    hold(client, session_token(alice))
    for page in ("/account/", "/account/sessions/"):
        text = client.get(page).content.decode()
        assert "its refresh token was used twice" in text
        assert "203.0.113.9" in text


def test_the_notice_stays_until_the_person_has_read_it(
    client: Client, alice: User, bob: User, alices_session: Session
) -> None:
    replay(alices_session, Client(headers={"host": HOST}))
    write()
    hold(client, session_token(alice))
    assert b"used twice" in client.get("/account/sessions/").content
    answer = client.post("/account/sessions/", {"replays": "read"})
    assert answer["Location"] == "/account/sessions/"
    assert b"used twice" not in client.get("/account/sessions/").content
    hold(client, session_token(bob))
    assert b"used twice" not in client.get("/account/sessions/").content


def test_a_token_for_scripts_has_not_read_the_notice(
    client: Client, alice: User, alices_session: Session
) -> None:
    replay(alices_session, Client(headers={"host": HOST}))
    write()
    hold(client, session_token(alice))
    made = client.post("/account/tokens/", {"name": "script"}, follow=True).context["made"]
    script = Client(headers={"host": HOST, "authorization": f"Bearer {made['access_token']}"})
    script.post("/account/sessions/", {"replays": "read"})
    assert b"used twice" in client.get("/account/sessions/").content


def test_a_browsers_replay_says_where_it_came_from(alices_session: Session) -> None:
    browser = Client(headers={"host": HOST})
    old = issue_refresh_token(alices_session)
    refreshed = refresh(old)
    validate_session_token(issue_session_token(refreshed, alices_session.user).text)
    confirmations.write()
    Session.objects.update(refreshed_at=timezone.now() - timedelta(minutes=5))
    browser.cookies["refresh"] = old
    browser.get("/account/", REMOTE_ADDR="203.0.113.9")
    assert logged("refresh_token_replayed").ip == "203.0.113.9"


def test_a_replay_from_nowhere_is_an_event_too(alices_session: Session) -> None:
    old = issue_refresh_token(alices_session)
    validate_session_token(issue_session_token(refresh(old), alices_session.user).text)
    confirmations.write()
    with pytest.raises(RefreshRefusedError):
        refresh(old, timezone.now() + timedelta(minutes=5))
    assert logged("refresh_token_replayed").ip == ""


# Keys


def test_the_first_key_makes_itself(db: None) -> None:
    keyring.ensure_signing_key()
    event = logged("key_published")
    assert (event.actor_label, event.target_id) == (
        "Signet",
        str(SigningKey.objects.get().pk),
    )


def test_rotating_and_revoking_in_the_admin_are_events(admin: Client, ada: User) -> None:
    AuditEvent.objects.all()._raw_delete("default")
    admin.post(f"{KEYS}rotate/")
    assert logged("key_published").actor_id == str(ada.pk)
    upcoming = SigningKey.objects.get(state="upcoming")
    admin.post(f"{KEYS}{upcoming.pk}/revoke/")
    event = logged("key_revoked")
    assert (event.actor_id, event.target_label) == (str(ada.pk), upcoming.kid)
    assert (event.before, event.after) == ({"state": "upcoming"}, {"state": "revoked"})


def test_an_event_says_what_a_key_is_for(db: None) -> None:
    for purpose in SigningKey.Purpose:
        rotation.rotate(purpose=purpose)
    made = AuditEvent.objects.order_by("pk").values_list("after", flat=True)
    assert [(after["purpose"], after["algorithm"]) for after in made] == [
        ("session", "ES256"),
        ("id_token", "RS256"),
    ]


def test_key_commands_are_events_of_the_command_line(db: None) -> None:
    kid = keyring.ensure_signing_key().kid
    call_command("keys", "rotate")
    call_command("keys", "revoke", kid)
    made = AuditEvent.objects.order_by("pk").values_list("action", "actor_label")
    assert list(made) == [
        ("key_published", "Signet"),
        ("key_published", "command line"),
        ("key_revoked", "command line"),
    ]


# What an admin changes


def test_adding_a_provider_shows_its_columns_and_not_its_secret(admin: Client, ada: User) -> None:
    form = {
        "kind": "openid_connect",
        "slug": "demo",
        "name": "Demo",
        "client_id": "client-1",
        "client_secret": "the client secret",
        "base_url": "https://op.example",
        "enabled": "on",
        "position": "0",
    } | NO_RULES
    admin.post(f"{PROVIDERS}add/", form)
    event = logged("added")
    assert (event.actor_id, event.target_type, event.target_label) == (
        str(ada.pk),
        "provider",
        "Demo",
    )
    assert (event.actor_label, event.user_agent) == ("Ada Admin (ada@example.com)", "Ada's browser")
    assert (event.after["slug"], event.after["client_secret"]) == ("demo", "changed")
    assert "the client secret" not in repr(vars(event))


def test_changing_a_provider_shows_before_and_after(admin: Client) -> None:
    provider = add_provider("demo")
    form = {
        "name": "Renamed",
        "client_id": "client-1",
        "base_url": "https://op.example",
        "enabled": "on",
        "position": "0",
    } | NO_RULES
    path = f"{PROVIDERS}{provider.pk}/change/"
    admin.post(path, form)
    admin.post(path, form)
    event = logged("changed")
    assert (event.before, event.after) == ({"name": "Demo"}, {"name": "Renamed"})


def test_a_change_that_cannot_be_recorded_is_not_made(admin: Client, alice: User) -> None:
    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "audit_auditevent" in sql:
            raise DatabaseError
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse), pytest.raises(DatabaseError):
        admin.post(page_of(alice), form_of(alice, name="Renamed"))
    assert User.objects.get(pk=alice.pk).name == "Alice Archer"


@pytest.mark.parametrize(
    ("was", "changes", "action"),
    [
        ({}, {"is_active": ""}, "suspended"),
        ({"is_active": False}, {"is_active": "on"}, "reinstated"),
        ({}, {"is_staff": "on"}, "admin_granted"),
        ({"is_staff": True}, {}, "admin_taken"),
        ({}, {"name": "Renamed"}, "changed"),
    ],
    ids=["suspended", "reinstated", "granted", "taken", "renamed"],
)
def test_a_change_of_a_person_is_called_what_it_is(
    admin: Client, alice: User, was: dict[str, bool], changes: dict[str, str], action: str
) -> None:
    User.objects.filter(pk=alice.pk).update(**was)
    assert admin.post(page_of(alice), form_of(alice, **changes)).status_code == 302
    event = logged(action)
    assert event.target_id == str(alice.pk)
    assert event.before.keys() == event.after.keys()


def test_deleting_people_is_an_event_for_each(admin: Client, alice: User, bob: User) -> None:
    form = {
        "action": "delete_selected",
        "_selected_action": [str(alice.pk), str(bob.pk)],
        "post": "yes",
    }
    admin.post(USERS, form)
    removed = AuditEvent.objects.filter(action="removed")
    assert {event.target_id for event in removed} == {str(alice.pk), str(bob.pk)}
    assert {event.before["name"] for event in removed} == {"Alice Archer", "Bob Baker"}


def test_deleting_one_person_is_an_event(admin: Client, alice: User) -> None:
    admin.post(page_of(alice, "delete"), {"post": "yes"})
    assert logged("removed").before["email"] == "alice@example.com"


def test_taking_an_account_and_an_address_off_are_events(admin: Client, alice: User) -> None:
    account = SocialAccount.objects.create(user=alice, provider="github", uid="1234")
    address = EmailAddress.objects.create(user=alice, email=alice.email, verified=True)
    token = session_token(alice, provider="github")
    form = form_of(alice)
    for inline, row in (("emailaddress_set", address), ("socialaccount_set", account)):
        form |= {
            f"{inline}-TOTAL_FORMS": "1",
            f"{inline}-INITIAL_FORMS": "1",
            f"{inline}-0-id": str(row.pk),
            f"{inline}-0-user": str(alice.pk),
            f"{inline}-0-DELETE": "on",
        }
    assert admin.post(page_of(alice), form).status_code == 302
    before = AuditEvent.objects.filter(action="unlinked").order_by("pk")
    assert [event.before for event in before] == [
        {"email": "alice@example.com"},
        {"provider": "github", "uid": "1234"},
    ]
    bearer = Client(headers={"host": HOST, "authorization": f"Bearer {token}"})
    assert bearer.get("/api/session").status_code == 401


# What a command changes


def test_adding_and_removing_a_provider_by_command_are_events(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the client secret")
    options = ["--kind", "github", "--client-id", "c", "--client-secret-file", str(secret)]
    call_command("provider", "add", "github", *options)
    call_command("provider", "remove", "github")
    added, removed = logged("added"), logged("removed")
    assert added.actor_label == removed.actor_label == "command line"
    assert added.after["client_secret"] == "changed"
    assert removed.before["accounts"] == 0
    assert not Provider.objects.exists()


def test_making_an_admin_by_command_is_an_event(alice: User) -> None:
    add_provider()
    prove(alice.email, alice)
    call_command("admin", "grant", "alice@example.com")
    event = logged("admin_granted")
    assert (event.actor_label, event.target_id) == ("command line", str(alice.pk))
    assert event.after == {"is_staff": True, "is_superuser": True}


def test_making_an_admin_with_a_password_is_an_event(root: User) -> None:
    event = logged("admin_granted")
    assert (event.actor_label, event.target_label) == ("command line", "root")


def test_people_who_go_with_their_provider_are_events(alice: User, bob: User) -> None:
    alice.set_unusable_password()
    alice.save()
    add_provider("demo")
    SocialAccount.objects.create(user=alice, provider="demo", uid="1")
    call_command("provider", "remove", "demo", "--with-accounts")
    removed = AuditEvent.objects.filter(action="removed").order_by("pk")
    assert [event.target_type for event in removed] == ["provider", "person"]
    assert removed[0].before["accounts"] == 1
    assert removed[1].before == {"name": "Alice Archer", "email": "alice@example.com"}
