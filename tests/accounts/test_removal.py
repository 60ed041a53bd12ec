"""How a person goes, and who may not."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import DatabaseError, connection
from pytest_django import Settings

from accounts.removal import is_last_admin, remove_oneself, remove_person
from audit.models import UNKNOWN, Action, AuditEvent
from sessions.models import Session, User
from tests.sessions.threads import at_once

pytestmark = pytest.mark.django_db
USABLE = {"github"}


def admin(name: str, provider: str = "github", **fields: object) -> User:
    given = {"is_staff": True, "is_superuser": True, "password": "!"} | fields
    user = User.objects.create(name=name, **given)
    if provider:
        SocialAccount.objects.create(user=user, provider=provider, uid=name)
    return user


@pytest.mark.parametrize(
    "other",
    [
        {"is_active": False},
        {"is_superuser": False},
        {"is_staff": False},
        {"provider": "switched-off"},
        {"provider": ""},
        {"provider": "", "password": ""},
    ],
    ids=["suspended", "without rights", "no admin", "provider off", "no way in", "no password"],
)
def test_another_admin_who_could_not_sign_in_does_not_count(other: dict[str, object]) -> None:
    ada = admin("ada")
    admin("other", **other)  # type: ignore[arg-type]
    assert is_last_admin(ada, USABLE)
    assert not remove_oneself(ada, UNKNOWN, USABLE)
    assert User.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize(
    ("form_is_open", "is_last"), [(True, False), (False, True)], ids=["open", "closed"]
)
def test_an_admin_with_a_password_counts_while_the_form_for_it_is_open(
    settings: Settings, form_is_open: bool, is_last: bool
) -> None:
    settings.ADMIN_PASSWORD_LOGIN = form_is_open
    ada = admin("ada")
    admin("root", provider="", password="pbkdf2_sha256$1$salt$hash")
    assert is_last_admin(ada, USABLE) == is_last


def test_an_admin_without_all_rights_does_not_leave_the_site_to_nobody() -> None:
    assert is_last_admin(admin("ada", is_superuser=False), USABLE)


@pytest.mark.parametrize("others", [0, 1])
def test_whoever_is_no_admin_is_never_the_last(alice: User, others: int) -> None:
    for number in range(others):
        admin(f"ada {number}")
    assert not is_last_admin(alice, USABLE)
    remove_oneself(alice, UNKNOWN, USABLE)
    assert not User.objects.filter(pk=alice.pk).exists()


def test_whoever_is_gone_already_goes_once(alice: User) -> None:
    in_another_tab = User.objects.get(pk=alice.pk)
    for person in (alice, in_another_tab):
        remove_person(person, UNKNOWN)
    assert AuditEvent.objects.filter(action=Action.REMOVED).count() == 1


def test_nobody_goes_whose_end_cannot_be_recorded(
    alices_session: Session,
) -> None:
    def full(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "audit_auditevent"'):
            raise DatabaseError("the disk is full")
        return run(sql, *rest)

    full_disk = connection.execute_wrapper(full)
    with full_disk, pytest.raises(DatabaseError, match="the disk is full"):
        remove_person(alices_session.user, UNKNOWN)
    assert User.objects.exists()
    assert Session.objects.get().revoked_at is None


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_of_the_last_two_admins_who_go_at_once_one_stays() -> None:
    people, refused = [admin("ada"), admin("grace")], list[str]()

    def go() -> None:
        person = people.pop()
        if not remove_oneself(person, UNKNOWN, USABLE):
            refused.append(person.name)

    at_once(2, go)
    assert [user.name for user in User.objects.all()] == refused
