"""What asking a provider again may do with sessions."""

import pytest

from audit.models import AuditEvent
from sessions.models import Session, User
from sessions.sessions_through import (
    end_sessions_no_longer_allowed,
    people_signed_in_through,
    regroup_sessions_through,
)
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


@pytest.mark.parametrize("scope", ["openid", "openid profile email", "openid groups"])
def test_groups_are_those_of_browsers_and_of_scripts_that_say_them(alice: User, scope: str) -> None:
    session_token(alice, provider="github")
    session_token(alice, provider="github")
    script = Session.objects.filter(pk__in=Session.objects.values("pk")[:1])
    script.update(holder=Session.Holder.SCRIPT, scope=scope)
    regroup_sessions_through(alice, "github", ["staff"])
    found = Session.objects.order_by("holder").values_list("holder", "groups")
    scripts = ["staff"] if "groups" in scope else []
    assert list(found) == [("browser", ["staff"]), ("script", scripts)]
