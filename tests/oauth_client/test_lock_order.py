"""Who locks what first on PostgreSQL, so that nobody waits for ever: providers, then people by key.

Each path is made to wait for the first row of its order. What comes later has to be free then.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import Model
from django.test import Client

from access_rules.applying import terms_of
from accounts.people import sign_in
from accounts.proven_addresses import proof_of, settle_all
from accounts.self_service.connections import connect as connect_account
from accounts.vouching import extra_data_of
from audit.models import UNKNOWN
from providers.models import Provider
from sessions.errors import AccountSuspendedError
from sessions.models import User
from sessions.session_tokens import SessionToken, validate_session_token
from sessions.starting import SessionStart
from tests.accounts.cast import ALICE, addresses, come
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time on SQLite"),
]
START = SessionStart(UNKNOWN)
FIRST, LAST = UUID(int=1), UUID(int=2**128 - 1)


@pytest.fixture
def google() -> Provider:
    """The provider that is locked before all others."""
    return add_provider("google", "google", id=FIRST)


@pytest.fixture
def github(google: Provider) -> Provider:
    return add_provider("github", "github", id=LAST)


@contextmanager
def waiting(do: Callable[[], object], row: Model) -> Iterator[None]:
    """Do something in a thread that has to wait for this row, until the block ends."""

    def run() -> None:
        try:
            do()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    try:
        with transaction.atomic():
            lock(row)
            thread.start()
            until_somebody_waits()
            yield
    finally:
        thread.join()


def until_somebody_waits() -> None:
    waiters = "FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {waiters}")
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def lock(*rows: Model) -> None:
    """Lock rows; an error where somebody else has."""
    for row in rows:
        type(row)._base_manager.select_for_update(nowait=True).get(pk=row.pk)


def token_of(user: User) -> SessionToken:
    return validate_session_token(session_token(user))


def test_a_first_sign_in_locks_its_provider_in_the_order_of_all(
    google: Provider, github: Provider
) -> None:
    terms = terms_of(github, ())
    with waiting(lambda: sign_in(ALICE, None, START, terms=terms), google):
        lock(github)
    assert SocialAccount.objects.count() == 1


def test_a_connection_locks_all_providers_before_its_person(
    google: Provider, github: Provider, alice: User
) -> None:
    token = token_of(alice)
    terms = terms_of(github, ())
    with waiting(lambda: connect_account(token, ALICE, START, terms=terms), google):
        lock(github, alice)
    assert SocialAccount.objects.get().user == alice


@pytest.mark.parametrize("is_active", [True, False], ids=["active", "suspended"])
@pytest.mark.parametrize(("key", "other"), [(FIRST, LAST), (LAST, FIRST)], ids=["before", "after"])
def test_a_connection_locks_its_person_and_whoever_has_the_address_by_key(
    github: Provider, key: UUID, other: UUID, *, is_active: bool
) -> None:
    carol, bob = (User.objects.create(id=pk, name=str(pk)) for pk in (key, other))
    EmailAddress.objects.create(user=bob, email=ALICE.email, verified=True)
    token = token_of(carol)
    User.objects.filter(pk=key).update(is_active=is_active)

    def connect() -> None:
        with nullcontext() if is_active else pytest.raises(AccountSuspendedError):
            connect_account(token, ALICE, START, terms=terms_of(github, ()))

    first, last = sorted([carol, bob], key=lambda user: user.pk)
    with waiting(connect, first):
        lock(last)
    assert SocialAccount.objects.filter(user=carol).exists() is is_active


def saved(provider: Provider) -> None:
    with transaction.atomic():
        provider.client_id = "client-2"
        provider.base_url = "https://github.example"
        provider.full_clean()
        provider.save()


CHANGES: dict[str, Callable[[Provider], object]] = {
    "saved": saved,
    "switched off": lambda provider: Provider.objects.filter(pk=provider.pk).update(enabled=False),
    "removed": lambda provider: call_command("provider", "remove", "github", "--with-accounts"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_provider_that_is_changed_is_locked_in_the_order_of_all(
    google: Provider, github: Provider, change: Callable[[Provider], object]
) -> None:
    with waiting(lambda: change(github), google):
        lock(github)


def test_an_address_that_two_providers_vouch_for_is_nobodys_once_both_go_at_the_same_moment(
    google: Provider, github: Provider
) -> None:
    alice = come(ALICE)
    extra_data = extra_data_of(replace(ALICE, provider="google"))
    SocialAccount.objects.create(user=alice, provider="google", uid="1", extra_data=extra_data)

    def switch_off(slug: str) -> None:
        Provider.objects.filter(slug=slug).update(enabled=False)

    with waiting(lambda: switch_off("github"), google):
        switch_off("google")
    assert addresses(alice) == {}


def test_two_providers_that_change_lock_the_people_of_both_by_key(
    google: Provider, github: Provider
) -> None:
    first, last = (User.objects.create(id=pk, name=str(pk)) for pk in (FIRST, LAST))
    SocialAccount.objects.create(user=first, provider="google", uid="1")
    SocialAccount.objects.create(user=last, provider="github", uid="2")
    for enabled in (False, True):  # in whichever order the two are looked at
        with waiting(partial(Provider.objects.update, enabled=enabled), first):
            lock(last)
        for account in SocialAccount.objects.all():
            account.provider = {"google": "github", "github": "google"}[account.provider]
            account.save()


def delete_from_the_list() -> None:
    ada = User.objects.create(name="Ada", is_staff=True, is_superuser=True, password="!")
    SocialAccount.objects.create(user=ada, provider="github", uid="ada")
    browser = Client(headers={"host": HOST})
    hold(browser, session_token(ada))
    chosen = [str(pk) for pk in User.objects.exclude(pk=ada.pk).values_list("pk", flat=True)]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    browser.post("/admin/signet_sessions/user/", form)


@pytest.mark.parametrize("do", [settle_all, delete_from_the_list])
def test_whoever_changes_several_people_locks_the_providers_before_them(
    github: Provider, do: Callable[[], object]
) -> None:
    alice = come(ALICE)
    User.objects.create(name="Bob")
    with waiting(do, github):
        lock(alice)
    assert User.objects.filter(name="Bob").exists() is (do is settle_all)


def test_a_change_that_is_logged_waits_for_no_lock_of_the_admin_who_makes_it(
    github: Provider,
) -> None:
    """Somebody who holds that admin may be waiting for whom the admin changes."""
    ada = User.objects.create(name="Ada", is_staff=True, is_superuser=True, password="!")
    SocialAccount.objects.create(user=ada, provider="github", uid="ada")
    EmailAddress.objects.create(user=ada, email=ALICE.email, verified=True)
    with transaction.atomic():
        assert proof_of(ALICE.email) is None  # it has locked her
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
                cursor.execute(
                    "SELECT 1 FROM signet_sessions_user WHERE id = %s FOR KEY SHARE", [ada.pk]
                )
        finally:
            other.close()


@pytest.mark.parametrize("way", ["suspend", "delete", "change", "himself"])
def test_nobody_else_is_locked_before_somebody_whom_an_admin_changes(
    github: Provider, way: str
) -> None:
    ada, hedy = (
        User.objects.create(id=pk, name=name, is_staff=True, is_superuser=True, password="!")
        for pk, name in ((UUID(int=2**128 - 2), "Ada"), (LAST, "Hedy"))
    )
    bob = User.objects.create(id=FIRST, name="Bob")
    SocialAccount.objects.create(user=ada, provider="github", uid="ada")
    browser = Client(headers={"host": HOST})
    hold(browser, session_token(bob if way == "himself" else ada))
    page = f"/admin/signet_sessions/user/{bob.pk}"
    inlines = {
        f"{inline}-{number}_FORMS": "0"
        for inline in ("emailaddress_set", "socialaccount_set")
        for number in ("TOTAL", "INITIAL")
    }
    path, form = {
        "suspend": (f"{page}/suspend/", {}),
        "delete": (f"{page}/delete/", {"post": "yes"}),
        "change": (f"{page}/change/", {"name": "Robert", "handle": "robert"} | inlines),
        "himself": ("/account/data/delete/", {"understood": "yes"}),
    }[way]
    with waiting(lambda: browser.post(path, form), bob):
        lock(hedy)
    changed = User.objects.filter(pk=bob.pk, name="Bob", is_active=True)
    assert not changed.exists()
