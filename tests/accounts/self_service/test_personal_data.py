"""What is in somebody's copy, and what never is."""

import json
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from access_rules.models import MembershipFacts, ProviderToken
from accounts.self_service.personal_data import json_of
from attempts.models import SignInAttempt
from audit.models import COMMAND_LINE, UNKNOWN, Action, Actor, AuditEvent, Target
from audit.recording import record
from sessions.groups import give
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from tests.attempts.rows import add_attempt
from tests.sessions.others import FIREFOX, another

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


def text_of(user: User) -> str:
    return "".join(json_of(user, timezone.now()))


def file_of(user: User) -> dict[str, Any]:
    file: dict[str, Any] = json.loads(text_of(user))
    return file


def connected(user: User, uid: str) -> SocialAccount:
    told = {"name": user.name, "username": uid, "email": user.email}
    return SocialAccount.objects.create(user=user, provider="github", uid=uid, extra_data=told)


def done(actor: User, target: User, **about: Any) -> None:
    who = Actor(str(actor.pk), actor.name, "198.51.100.7", FIREFOX)
    record(Action.CHANGED, who, Target.of(target), **about)


def test_somebody_of_whom_hardly_anything_is_kept_gets_a_file_too(alice: User) -> None:
    file = file_of(alice)
    assert file.pop("profile")["name"] == "Alice Archer"
    assert set(file) >= {"addresses", "connections", "sessions", "tokens", "groups", "log"}
    assert not any(rows for name, rows in file.items() if name not in ("site", "made_at"))


def test_has_profile_addresses_and_connected_accounts(alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    connected(alice, "alice-1")
    file = file_of(alice)
    assert file["profile"].items() >= {"is_admin": False, "email": alice.email}.items()
    assert file["addresses"] == [{"email": alice.email, "verified": True, "primary": True}]
    assert file["connections"][0]["uid"] == "alice-1"
    assert file["connections"][0]["extra_data"]["username"] == "alice-1"


def test_has_browsers_scripts_and_groups_each_in_its_place(alice: User) -> None:
    another(alice, groups=["staff", "chess"], provider="github")
    another(alice, groups=["gone"], revoked_at=timezone.now(), end=Session.End.SIGNED_OUT)
    another(alice, holder=Session.Holder.SCRIPT, name="backup")
    file = file_of(alice)
    assert [row["end"] for row in file["sessions"]] == ["", "signed_out"]
    assert file["sessions"][0]["user_agent"] == FIREFOX
    assert [row["name"] for row in file["tokens"]] == ["backup"]
    assert [row["group"] for row in file["groups"]] == ["chess", "staff"]


def test_has_the_handle_and_the_groups_that_an_admin_gave(alice: User) -> None:
    another(alice, groups=["staff"], provider="github")
    give(alice, "ops", UNKNOWN)
    file = file_of(alice)
    assert file["profile"]["handle"] == alice.handle
    by_rules, by_hand = file["groups"]
    assert by_rules == {"group": "staff", "provider": "github"}
    assert by_hand == {"group": "ops", "given_at": by_hand["given_at"]}


def test_has_sign_ins_and_what_providers_said_of_memberships(alice: User) -> None:
    add_attempt(user=alice, provider="github", address="198.51.100.7")
    MembershipFacts.objects.create(account=connected(alice, "1"), organisations=["chess-club"])
    file = file_of(alice)
    assert file["sign_ins"][0]["address"] == "198.51.100.7"
    assert file["memberships"][0]["provider"] == "github"
    assert file["memberships"][0]["organisations"] == ["chess-club"]


def test_has_what_somebody_did_and_what_was_done_to_them(alice: User, bob: User) -> None:
    done(alice, alice)
    done(bob, alice)
    for actor in (COMMAND_LINE, UNKNOWN):
        record(Action.SESSIONS_ENDED, actor, Target.of(alice))
    log = file_of(alice)["log"]
    assert sorted(event["by"] for event in log) == [
        "command line",
        "somebody else",
        "somebody else",
        "you",
    ]
    assert log[0]["ip"] == "198.51.100.7"
    assert not any("ip" in event for event in log[1:])


def test_has_no_data_of_anybody_else(alice: User, bob: User) -> None:
    EmailAddress.objects.create(user=bob, email=bob.email, verified=True)
    MembershipFacts.objects.create(account=connected(bob, "bob-1"), teams=["bobs-team"])
    another(bob, user_agent="Bob's browser", groups=["bobs-group"])
    add_attempt(user=bob, user_agent="Bob's browser")
    done(bob, alice)
    done(alice, bob, before={"name": "Bobby"})
    text = text_of(alice).lower()
    assert "bob" not in text


def test_has_no_secret_and_no_token(alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    session = another(alice, holder=Session.Holder.SCRIPT, name="backup")
    token = ProviderToken(account=connected(alice, "1"))
    token.access_token, token.refresh_token = "an access token", "a refresh token"
    token.save()
    text = text_of(alice)
    secrets = [PASSWORD, alice.password, issue_refresh_token(session), "an access token"]
    sealed = [token.sealed_access_token, token.sealed_refresh_token, "a refresh token"]
    assert not [secret for secret in [*secrets, *sealed] if secret in text]
    assert '"has_password": true' in text


def test_a_person_with_very_many_rows_does_not_fill_the_memory(alice: User) -> None:
    row = vars(add_attempt(user=alice, hops="x" * 4000)) | {"_state": None}
    fields = {name: value for name, value in row.items() if name not in ("_state", "id")}
    many = 3000
    SignInAttempt.objects.bulk_create(SignInAttempt(**fields) for _ in range(many))
    AuditEvent.objects.bulk_create(
        AuditEvent(action="changed", actor_id=str(alice.pk), user_agent="x" * 200)
        for _ in range(many)
    )
    tracemalloc.start()
    size = sum(len(piece) for piece in json_of(alice, timezone.now()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 1_500_000
    assert most < size / 2, most


def test_moments_are_as_json_has_them(alice: User) -> None:
    add_attempt(user=alice, created_at=timezone.now() - timedelta(days=1))
    file = file_of(alice)
    assert file["made_at"].endswith("Z")
    assert file["sign_ins"][0]["created_at"] < file["made_at"]
