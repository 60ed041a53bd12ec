"""A reader who hears the admin's icons hears "Yes" and "No" in their language."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from sessions.models import User
from tests.accounts.admin_pages.person_pages import page_of
from tests.fakes import hold, session_token

pytestmark = pytest.mark.django_db
LIST = "/admin/signet_sessions/user/"
ICON = re.compile(r'<img src="[^"]*icon-(yes|no)[^"]*" alt="(\w+)">')


@pytest.fixture
def ada(client: Client) -> User:
    ada = User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)
    hold(client, session_token(ada))
    return ada


def icons(client: Client, path: str) -> list[tuple[str, str]]:
    return ICON.findall(client.get(path).content.decode())


def test_the_list_of_people_says_yes_and_no(client: Client, ada: User) -> None:
    User.objects.create(name="Alice", is_active=False)
    assert icons(client, f"{LIST}?q=Ada") == [("yes", "Yes"), ("yes", "Yes")]
    assert icons(client, f"{LIST}?q=Alice") == [("no", "No"), ("no", "No")]


def test_the_list_can_be_ordered_by_them(client: Client, ada: User) -> None:
    User.objects.create(name="Alice", is_active=False)
    shown = icons(client, f"{LIST}?o=3")
    assert [word for word, _ in shown[::2]] == ["no", "yes"]


def test_an_address_of_a_person_says_yes_and_no(client: Client, ada: User, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="second@example.com", verified=True)
    assert icons(client, page_of(alice))[-2:] == [("yes", "Yes"), ("no", "No")]


def test_an_admin_sees_their_own_rights_and_cannot_change_them(client: Client, ada: User) -> None:
    assert icons(client, page_of(ada)) == [("yes", "Yes")] * 3
    assert 'name="is_active"' not in client.get(page_of(ada)).content.decode()
