from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from access_rules.models import AccessRule
from audit.models import Actor, AuditEvent
from providers.models import Provider
from sessions.cookie_budget import bytes_left_for_groups, bytes_of
from sessions.groups import give, given_lists, groups_of, members, move, take
from sessions.models import GroupMembership, Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import issue_session_token
from tests.sessions.threads import at_once

pytestmark = pytest.mark.django_db
ADA = Actor(label="Ada")


def session_of(user: User, **fields: object) -> Session:
    now = timezone.now()
    return Session.objects.create(
        user=user, auth_time=now, expires_at=now + timedelta(hours=1), **fields
    )


def claimed(session: Session) -> list[str] | None:
    return issue_session_token(session, session.user).claims.get("groups")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


# In the token


@pytest.mark.parametrize(
    ("by_rules", "by_hand", "claim"),
    [
        pytest.param([], [], None, id="none"),
        pytest.param(["ops"], [], ["ops"], id="by rules"),
        pytest.param([], ["ops"], ["ops"], id="by hand"),
        pytest.param(["web", "ops"], ["db", "ops"], ["db", "ops", "web"], id="sorted, each once"),
    ],
)
def test_the_claim_has_the_groups_by_rules_and_by_hand(
    alice: User, by_rules: list[str], by_hand: list[str], claim: list[str] | None
) -> None:
    session = session_of(alice, groups=by_rules)
    for name in by_hand:
        give(alice, name, ADA)
    assert claimed(session) == claim


def test_the_groups_of_a_session_need_no_query(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    give(alice, "ops", ADA)
    session = session_of(alice, groups=["web"])
    with django_assert_num_queries(0):
        assert groups_of(session, alice) == ["ops", "web"]


def test_a_refresh_brings_a_group_given_since_without_a_further_query(alice: User) -> None:
    session = session_of(alice)
    claimed(session)  # loads the key
    give(fresh(alice), "ops", ADA)
    with CaptureQueriesContext(connection) as queries:
        refreshed = refresh(issue_refresh_token(session))
        assert claimed(refreshed) == ["ops"]
    assert len(queries) == 2


def test_a_refresh_no_longer_has_a_group_taken_since(alice: User) -> None:
    give(alice, "ops", ADA)
    session = session_of(alice)
    take(fresh(alice), "ops", ADA)
    assert claimed(refresh(issue_refresh_token(session))) is None


@pytest.mark.parametrize(("scope", "claim"), [("openid", None), ("openid groups", ["ops"])])
def test_a_script_has_them_only_with_its_scope(
    alice: User, scope: str, claim: list[str] | None
) -> None:
    give(alice, "ops", ADA)
    script = session_of(alice, holder=Session.Holder.SCRIPT, scope=scope)
    assert claimed(script) == claim


# Given and taken


def test_giving_writes_a_row_the_list_and_the_log(alice: User) -> None:
    assert give(alice, "ops", ADA)
    assert alice.given_groups == fresh(alice).given_groups == ["ops"]
    assert list(members("ops")) == [alice]
    event = AuditEvent.objects.get()
    assert (event.action, event.target_id, event.after) == (
        "group_given",
        str(alice.pk),
        {"group": "ops"},
    )
    assert event.actor_label == "Ada"


def test_taking_removes_them(alice: User) -> None:
    give(alice, "ops", ADA)
    give(alice, "web", ADA)
    assert take(alice, "ops", ADA)
    assert alice.given_groups == fresh(alice).given_groups == ["web"]
    assert not members("ops").exists()
    event = AuditEvent.objects.get(action="group_taken")
    assert event.before == {"group": "ops"}


def test_doing_it_twice_does_nothing(alice: User) -> None:
    give(alice, "ops", ADA)
    assert not give(alice, "ops", ADA)
    assert not take(alice, "web", ADA)
    assert AuditEvent.objects.count() == 1


def test_nobody_is_put_into_a_group_who_is_gone(alice: User) -> None:
    User.objects.filter(pk=alice.pk).delete()
    assert not give(alice, "ops", ADA)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "two words", "a,b", "a" * 61, "ops\n", "a\0", "\ud800"])
def test_a_group_has_a_name_as_in_rules(alice: User, name: str) -> None:
    with pytest.raises(ValidationError, match="Use only letters"):
        give(alice, name, ADA)
    assert not GroupMembership.objects.exists()


def test_memberships_go_with_the_person(alice: User, bob: User) -> None:
    give(alice, "ops", ADA)
    give(bob, "ops", ADA)
    alice.delete()
    assert list(members("ops")) == [bob]


def test_two_admins_give_two_groups_at_once_and_both_are_in_the_list(
    parallel_database: None,
) -> None:
    alice = User.objects.create(name="Alice")
    names = [f"group-{number}" for number in range(4)]
    waiting = list(names)
    assert at_once(4, lambda: give(fresh(alice), waiting.pop(), ADA)) == [True] * 4
    assert fresh(alice).given_groups == names


# As many as the cookie has room for


def test_refuses_a_group_for_which_the_cookie_has_no_room(alice: User) -> None:
    most = largest_number()
    for number in range(most):
        give(alice, name_of(number), ADA)
    with pytest.raises(ValidationError, match=rf"get {most + 1} groups\..*has room for"):
        give(alice, name_of(most), ADA)
    assert len(alice.given_groups) == len(fresh(alice).given_groups) == most


def test_the_groups_of_a_provider_that_somebody_may_come_through_take_room_too(
    alice: User,
) -> None:
    most = largest_number()
    github = Provider.objects.create(slug="github", kind="github", name="GitHub", client_id="c")
    names = " ".join(name_of(number) for number in range(6))
    rule = {"kind": "email", "value": "a@b.example", "groups": names}
    AccessRule.objects.create(provider=github, **rule)
    for number in range(most - 1):
        give(alice, name_of(number), ADA)  # six of them are the rule's
    AccessRule.objects.update(groups=" ".join(name_of(1000 + number) for number in range(6)))
    with pytest.raises(ValidationError, match="has room for"):
        give(alice, name_of(most - 1), ADA)


def test_a_rule_is_refused_whose_groups_have_no_room_beside_those_by_hand(alice: User) -> None:
    rule = AccessRule(kind="email", value="a@b.example", groups="one-more-group " + "b" * 40)
    rule.clean()
    for number in range(largest_number()):
        give(alice, name_of(number), ADA)
    with pytest.raises(ValidationError, match="has room for"):
        rule.clean()


def name_of(number: int) -> str:
    return f"{number:04}".ljust(60, "g")


def largest_number() -> int:
    return max(n for n in range(60) if bytes_of(list(map(name_of, range(n)))) <= room())


def room() -> int:
    return bytes_left_for_groups()


def test_each_list_by_hand_is_looked_at_once(alice: User, bob: User) -> None:
    User.objects.create(name="Mallory")
    for person in (alice, bob):
        give(person, "ops", ADA)
    assert given_lists() == [["ops"]]


# Merged


def test_a_merge_moves_each_membership_once(alice: User, bob: User) -> None:
    for person, name in ((alice, "ops"), (bob, "ops"), (bob, "web")):
        give(person, name, ADA)
    move(bob, alice)
    assert fresh(alice).given_groups == ["ops", "web"]
    assert GroupMembership.objects.filter(user=alice).count() == 2
