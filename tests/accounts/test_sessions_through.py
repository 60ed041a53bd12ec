"""What asking a provider again may do with sessions."""

import pytest

from accounts.models import Session, User
from accounts.sessions_through import (
    end_sessions_no_longer_allowed,
    people_signed_in_through,
    regroup_sessions_through,
)
from audit.models import AuditEvent
from tests.fakes import session_token

pytestmark = pytest.mark.django_db


def test_ends_what_began_through_the_provider_and_nothing_else(alice: User, bob: User) -> None:
    for user, provider in ((alice, "github"), (alice, ""), (bob, "github")):
        session_token(user, provider=provider)
    assert end_sessions_no_longer_allowed(alice, "github") == 1
    ended = Session.objects.get(end=Session.End.NO_LONGER_ALLOWED)
    assert (ended.user, ended.provider) == (alice, "github")
    assert list(people_signed_in_through("github")) == [bob]
    assert AuditEvent.objects.get(action="sessions_ended").reason == "no_longer_allowed"


def test_groups_are_those_of_browsers(alice: User) -> None:
    session_token(alice, provider="github")
    session_token(alice, provider="github")
    Session.objects.filter(pk=Session.objects.first().pk).update(kind=Session.Kind.CLIENT)  # type: ignore[union-attr]
    regroup_sessions_through(alice, "github", ["staff"])
    found = Session.objects.order_by("kind").values_list("kind", "groups")
    assert list(found) == [("browser", ["staff"]), ("client", [])]
