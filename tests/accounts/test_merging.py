"""Two people that are one are merged: what moves, what ends, what is refused."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Permission
from django.db import connections
from django.utils import timezone

from accounts.admin_pages.people_search import found
from accounts.identity import Identity
from accounts.merging import Merge, MergeRefusedError, Proof, merge, plan_merge
from accounts.models import ConnectionLink, make_link
from accounts.people import find_account, plan_sign_in
from attempts.models import SignInAttempt
from audit.models import UNKNOWN, Action, Actor, AuditEvent, Target
from audit.reading import events_for, events_of
from audit.recording import record
from sessions.groups import give
from sessions.models import Session, User
from sessions.spent_handles import SpentHandle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]


def account_of(user: User, provider: str = "github", email: str = "") -> SocialAccount:
    data = {"username": user.name.lower(), "email": email, "email_verified": bool(email)}
    account: SocialAccount = SocialAccount.objects.create(
        user=user, provider=provider, uid=user.name, extra_data=data
    )
    if email:
        EmailAddress.objects.create(user=user, email=email, verified=True)
    return account


def session_of(user: User, **fields: Any) -> Session:
    now = timezone.now()
    ends = now + timedelta(hours=1)
    return Session.objects.create(user=user, auth_time=now, expires_at=ends, **fields)


def merged(stays: User, goes: User, actor: Actor = UNKNOWN) -> Merge:
    return merge(stays.pk, goes.pk, plan_merge(stays, goes).digest, actor)


def refusal(stays: User, goes: User, seen: str = "") -> str:
    with pytest.raises(MergeRefusedError) as refused:
        merge(stays.pk, goes.pk, seen, UNKNOWN)
    assert SocialAccount.objects.filter(user=goes).count() == 1
    return str(refused.value)


def refusal_to_plan(stays: User, goes: User) -> str:
    with pytest.raises(MergeRefusedError) as refused:
        plan_merge(stays, goes)
    return str(refused.value)


@pytest.fixture
def both(alice: User, bob: User) -> tuple[User, User]:
    """Alice, and Bob, who is the same person, with an account each at the same provider."""
    account_of(alice, email="alice@example.com")
    account_of(bob, email="bob@example.com")
    return alice, bob


# What moves


def test_accounts_and_proven_addresses_move(both: tuple[User, User]) -> None:
    alice, bob = both
    merged(alice, bob)
    assert not User.objects.filter(pk=bob.pk).exists()
    assert {account.user_id for account in SocialAccount.objects.all()} == {alice.pk}
    addresses = EmailAddress.objects.filter(user=alice, verified=True)
    assert dict(addresses.values_list("email", "primary")) == {
        "alice@example.com": True,
        "bob@example.com": False,
    }


def test_the_primary_address_stays_when_an_older_account_moves_in(alice: User, bob: User) -> None:
    account_of(bob, email="bob@example.com")
    account_of(alice, email="alice@example.com")
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")
    alice.refresh_from_db()
    merged(alice, bob)
    assert EmailAddress.objects.get(primary=True).email == "alice@example.com"
    assert User.objects.get().email == "alice@example.com"


def test_name_and_picture_stay_when_an_older_account_moves_in(alice: User, bob: User) -> None:
    older, own = account_of(bob), account_of(alice)
    merged(alice, bob)
    for uid, name in ((older.uid, "Alice Archer"), (own.uid, "Alice A.")):
        said = "Robert" if uid == older.uid else name
        identity = Identity(provider="github", sub=uid, name=said)
        plan = plan_sign_in(identity, find_account("github", uid))
        assert plan.name == name


def test_an_address_for_which_no_account_vouches_does_not_move(both: tuple[User, User]) -> None:
    alice, bob = both
    EmailAddress.objects.create(user=bob, email="old@example.com", verified=True)
    merged(alice, bob)
    assert not EmailAddress.objects.filter(email="old@example.com").exists()


def test_sessions_and_tokens_of_the_person_who_goes_end_and_the_others_stay(
    both: tuple[User, User],
) -> None:
    alice, bob = both
    hers = session_of(alice)
    his, script = session_of(bob), session_of(bob, holder=Session.Holder.SCRIPT)
    merged(alice, bob)
    assert Session.objects.get(pk=hers.pk).revoked_at is None
    for session in (his, script):
        session.refresh_from_db()
        assert (bool(session.revoked_at), session.end) == (True, "merged")


def test_the_history_moves(both: tuple[User, User]) -> None:
    alice, bob = both
    attempt = {"reference": "AAAA-AAAA", "provider": "github", "process": "sign_in", "step": 8}
    SignInAttempt.objects.create(user=bob, status=200, milliseconds=1, **attempt)
    assert merged(alice, bob).others == {"sign-ins": 1}
    assert SignInAttempt.objects.get().user == alice


def test_the_plan_says_all_of_it(both: tuple[User, User]) -> None:
    alice, bob = both
    bob.set_password("x")
    bob.save()
    give(bob, "editors", UNKNOWN)
    session_of(bob, groups=["staff"])
    session_of(bob, groups=["ops"], holder=Session.Holder.SCRIPT)
    record(Action.CHANGED, UNKNOWN, Target.of(bob))
    assert plan_merge(alice, bob) == Merge(
        people=(str(alice.pk), str(bob.pk)),
        accounts=("github: bob baker",),
        addresses=("bob@example.com",),
        given_groups=("editors",),
        groups=("ops", "staff"),
        browsers=1,
        scripts=1,
        others={},
        events=2,
        has_password=True,
        makes_admin=False,
    )


def test_the_log_says_exactly_what_moved(both: tuple[User, User]) -> None:
    alice, bob = both
    plan = merged(alice, bob, Actor(id="somebody"))
    event = AuditEvent.objects.get(action="merged")
    assert (event.actor_id, event.target_id) == ("somebody", str(alice.pk))
    assert event.before == {"person": str(bob.pk), "name": "Bob Baker (bob@example.com)"}
    assert event.after["accounts"] == list(plan.accounts)
    to_alice, to_bob = AuditEvent.objects.filter(action="linked").order_by("pk")
    assert (to_alice.target_id, to_alice.after["merged_from"]) == (str(alice.pk), str(bob.pk))
    assert (to_bob.target_id, to_bob.after["merged_into"]) == (str(bob.pk), str(alice.pk))
    removed = AuditEvent.objects.get(action="removed")
    assert (removed.target_id, removed.before) == (str(bob.pk), {"merged_into": str(alice.pk)})


def test_events_of_the_former_id_are_shown_with_the_person_who_stays(
    both: tuple[User, User],
) -> None:
    alice, bob = both
    first = User.objects.create(name="Charlie")
    record(Action.CHANGED, Actor(id=str(first.pk)))
    merged(bob, first)
    merged(alice, bob)
    mine = events_of(alice.pk, 20)
    assert str(first.pk) in {event.actor_id for event in mine}
    assert "you" in {event["by"] for event in events_for(alice.pk) if event["action"] == "changed"}


@pytest.mark.usefixtures("both")
def test_the_former_id_finds_the_person_who_stays(alice: User, bob: User) -> None:
    former = bob.pk
    merged(alice, bob)
    assert list(found(User.objects.all(), str(former))) == [alice]


# What is refused


def test_one_person_is_not_merged_with_themselves(both: tuple[User, User]) -> None:
    alice, _ = both
    with pytest.raises(MergeRefusedError, match="the same person"):
        plan_merge(alice, alice)


@pytest.mark.parametrize("suspended", [0, 1])
def test_nobody_gets_round_a_suspension(both: tuple[User, User], suspended: int) -> None:
    User.objects.filter(pk=both[suspended].pk).update(is_active=False)
    assert f"{both[suspended].name} is suspended" in refusal(*both)


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_the_rights_of_an_admin_are_not_lost_so_the_last_one_stays(
    both: tuple[User, User], right: str
) -> None:
    alice, bob = both
    User.objects.filter(pk=bob.pk).update(**{right: True})
    assert "Keep Bob Baker instead" in refusal(alice, bob)
    bob.refresh_from_db()
    merged(bob, alice)
    kept = User.objects.get()
    assert getattr(kept, right) is True


def test_an_admin_with_a_password_stays_because_that_may_be_the_only_way_in(
    both: tuple[User, User],
) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    User.objects.filter(pk=both[1].pk).update(password="pbkdf2_sha256$a")
    assert "admin with a password. Keep Bob Baker" in refusal(*both)


def test_who_becomes_a_way_in_to_an_admin_is_said(both: tuple[User, User]) -> None:
    alice, bob = both
    seen = plan_merge(alice, bob).digest
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert "has changed" in refusal(alice, bob, seen)
    alice.refresh_from_db()
    assert plan_merge(alice, bob).makes_admin


@pytest.mark.parametrize("change", ["account", "password"])
def test_only_what_was_shown_is_carried_out(both: tuple[User, User], change: str) -> None:
    alice, bob = both
    seen = plan_merge(alice, bob).digest
    if change == "account":
        SocialAccount.objects.filter(user=bob).update(uid="2", extra_data={})
    else:
        User.objects.filter(pk=bob.pk).update(password="pbkdf2_sha256$a")
    assert "has changed" in refusal(alice, bob, seen)


def test_a_link_of_the_person_who_goes_is_withdrawn(both: tuple[User, User]) -> None:
    alice, bob = both
    make_link(bob, User.objects.create(name="Ada", is_staff=True, is_superuser=True))
    merged(alice, bob)
    event = AuditEvent.objects.get(action="connection_link_withdrawn")
    assert (event.target_id, ConnectionLink.objects.count()) == (str(bob.pk), 0)


def test_rights_of_an_admin_are_not_lost_in_silence(both: tuple[User, User]) -> None:
    alice, bob = both
    User.objects.update(is_staff=True)
    right = Permission.objects.get(codename="change_user")
    bob.user_permissions.add(right)
    assert "has rights that" in refusal(*_again(alice, bob))
    alice.user_permissions.add(right)
    merged(*_again(alice, bob))


def _again(*people: User) -> tuple[User, User]:
    """Read them again, because rights are kept with the person."""
    stays, goes = (User.objects.get(pk=each.pk) for each in people)
    return stays, goes


def test_a_plan_of_another_person_is_another_plan(alice: User, bob: User) -> None:
    namesake = User.objects.create(name=bob.name)
    for each, uid in ((bob, "1"), (namesake, "2")):
        about = {"name": "John"}
        SocialAccount.objects.create(user=each, provider="google", uid=uid, extra_data=about)
    digests = {plan_merge(alice, each).digest for each in (bob, namesake)}
    assert len(digests) == 2


def test_a_proof_that_goes_before_the_lock_is_none(both: tuple[User, User]) -> None:
    alice, bob = both
    proof = Proof(SocialAccount.objects.get(user=alice).pk, str(session_of(alice).pk), 0)
    with pytest.raises(MergeRefusedError, match="no longer accepted as proof"):
        merge(alice.pk, bob.pk, plan_merge(alice, bob).digest, UNKNOWN, proof)


def test_somebody_who_is_gone_is_not_merged(both: tuple[User, User]) -> None:
    alice, bob = both
    seen = plan_merge(alice, bob).digest
    merged(alice, bob)
    with pytest.raises(MergeRefusedError, match="no longer exists"):
        merge(alice.pk, bob.pk, seen, UNKNOWN)


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_of_two_merges_at_once_in_opposite_directions_one_is_done(alice: User, bob: User) -> None:
    for user in (alice, bob):
        account_of(user)
    pairs = [(alice, bob), (bob, alice)]
    seen = {stays.pk: plan_merge(stays, goes).digest for stays, goes in pairs}
    outcomes: list[str] = []

    def run(stays: User, goes: User) -> None:
        try:
            merge(stays.pk, goes.pk, seen[stays.pk], UNKNOWN)
            outcomes.append("merged")
        except MergeRefusedError:
            outcomes.append("refused")
        connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["merged", "refused"]
    assert SocialAccount.objects.filter(user=User.objects.get()).count() == 2


# Groups by hand, and handles


def test_groups_by_hand_move(both: tuple[User, User]) -> None:
    alice, bob = both
    give(alice, "ops", UNKNOWN)
    give(bob, "editors", UNKNOWN)
    assert merged(alice, bob).given_groups == ("editors",)
    alice.refresh_from_db()
    assert alice.given_groups == ["editors", "ops"]


def test_a_group_that_was_not_shown_does_not_move(both: tuple[User, User]) -> None:
    alice, bob = both
    seen = plan_merge(alice, bob).digest
    give(bob, "editors", UNKNOWN)
    assert "The list of what moves has changed" in refusal(alice, bob, seen)


def test_refuses_groups_for_which_the_cookie_has_no_room(
    both: tuple[User, User],
) -> None:
    alice, bob = both
    for person, letter in ((alice, "a"), (bob, "b")):
        for number in range(8):
            give(person, letter * 50 + str(number), UNKNOWN)
    assert "One person could get 16 groups" in refusal_to_plan(alice, bob)


def test_the_handle_of_who_goes_is_spent_and_who_stays_may_get_it(
    both: tuple[User, User],
) -> None:
    alice, bob = both
    handle = bob.handle
    merged(alice, bob)
    assert User.objects.free_handle(handle) == f"{handle}-2"
    assert not SpentHandle.is_of_another(handle, alice)
    assert SpentHandle.is_of_another(handle, User.objects.create(name="Mallory"))
