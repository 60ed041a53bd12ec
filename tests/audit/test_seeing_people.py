"""A search in the admin looks among people only for admins who may see people."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from audit.models import Action, Actor, Target
from audit.recording import record
from sessions.models import User
from tests.attempts.rows import add_attempt
from tests.fakes import hold, session_token
from tests.oidc_provider.failures import add_failure
from tests.sessions.others import another

pytestmark = pytest.mark.django_db
FAILURES = "/admin/oidc_provider/appfailure/"
LISTS = {
    "view_appfailure": FAILURES,
    "view_signinattempt": "/admin/attempts/signinattempt/",
    "view_session": "/admin/signet_sessions/session/",
    "view_auditevent": "/admin/audit/auditevent/",
}


@pytest.fixture
def about_bob(bob: User) -> User:
    """Bob, with a row in each list."""
    add_failure(user=bob)
    add_attempt(user=bob)
    another(bob)
    record(Action.CHANGED, Actor(str(bob.pk), "Former Name"), Target("provider", "1", "Demo"))
    return bob


def found(client: Client, alice: User, *rights: str, path: str = "", **query: str) -> int:
    """Return how many rows Alice finds, who may do only this."""
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    alice.user_permissions.set(Permission.objects.filter(codename__in=rights))
    hold(client, session_token(alice))
    answer = client.get(path or LISTS[rights[0]], query)
    return len(answer.context["cl"].result_list) if answer.status_code == 200 else 0


@pytest.mark.parametrize("people", ["view_user", "change_user"])
@pytest.mark.parametrize(
    ("right", "term"),
    [
        ("view_appfailure", "sub"),
        ("view_signinattempt", "bob@example.com"),
        ("view_session", "bob@example.com"),
        ("view_session", "Baker"),
        ("view_auditevent", "bob@example.com"),
        ("view_auditevent", "Baker"),
    ],
)
def test_finds_by_what_only_people_s_rows_say_for_whom_may_see_people(
    client: Client, alice: User, about_bob: User, right: str, term: str, people: str
) -> None:
    query = str(about_bob.pk) if term == "sub" else term
    assert found(client, alice, right, people, q=query) == 1
    assert found(client, alice, right, q=query) == 0


@pytest.mark.parametrize("right", ["view_signinattempt", "view_session", "view_auditevent"])
def test_finds_by_the_sub_where_the_list_shows_it(
    client: Client, alice: User, about_bob: User, right: str
) -> None:
    assert found(client, alice, right, q=str(about_bob.pk)) == 1


@pytest.mark.parametrize("parameter", ["user", "user__id__exact", "user_id", "user__in"])
def test_an_address_written_by_hand_tells_no_more_than_the_search(
    client: Client, alice: User, about_bob: User, parameter: str
) -> None:
    query = {parameter: str(about_bob.pk)}
    assert found(client, alice, "view_appfailure", "view_user", **query) == 1
    assert found(client, alice, "view_appfailure", **query) == 0
    assert found(client, alice, "view_appfailure", user__isnull="0") == 0


@pytest.mark.parametrize("right", LISTS)
def test_says_what_can_be_searched_for(client: Client, alice: User, right: str) -> None:
    found(client, alice, right)
    words = client.get(LISTS[right]).context["cl"].search_help_text
    found(client, alice, right, "view_user")
    assert client.get(LISTS[right]).context["cl"].search_help_text != words
