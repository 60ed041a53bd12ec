"""A provider changes, and what its word is worth changes with it, at that moment."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from providers.models import Provider
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import session_claims
from tests.accounts.cast import ALICE, BOB, addresses, come

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]


def github() -> Provider:
    return Provider.objects.get(slug="github")


def saved(**changes: object) -> None:
    provider = github()
    for name, value in changes.items():
        setattr(provider, name, value)
    provider.save()


def updated(**changes: object) -> None:
    Provider.objects.filter(slug="github").update(**changes)


CHANGES: dict[str, Callable[[], object]] = {
    "switched off": lambda: saved(enabled=False),
    "switched off by a statement": lambda: updated(enabled=False),
    "narrowed": lambda: saved(vouches_for="example.org"),
    "narrowed by a statement": lambda: updated(vouches_for="example.org"),
    "of a kind that vouches for nothing": lambda: updated(kind="microsoft"),
    "at another address": lambda: updated(base_url="https://github.example.org"),
    "deleted": lambda: github().delete(),
    "deleted by a statement": lambda: Provider.objects.filter(slug="github").delete(),
    "under another slug": lambda: updated(slug="other"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_its_word_counts_no_more_from_that_moment_on(change: Callable[[], object]) -> None:
    user = come(ALICE)
    session = Session.objects.get()
    change()
    assert addresses(user) == {}
    refreshed = refresh(issue_refresh_token(session))
    said = session_claims(refreshed, refreshed.user, 0)
    assert (said["email"], said["email_verified"]) == ("alice@example.com", False)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_word_of_another_account_counts_on(change: Callable[[], object]) -> None:
    user = come(ALICE)
    SocialAccount.objects.create(user=user, provider="google", uid="9")
    come(replace(ALICE, provider="google", sub="9"))
    change()
    assert addresses(user) == {"alice@example.com": True}


def test_its_word_counts_again_once_it_is_back() -> None:
    user = come(ALICE)
    saved(enabled=False)
    saved(enabled=True)
    assert addresses(user) == {"alice@example.com": True}


def test_an_address_that_somebody_else_has_proven_meanwhile_stays_theirs() -> None:
    alice = come(ALICE)
    saved(enabled=False)
    bob = come(replace(BOB, provider="google", email=ALICE.email))
    saved(enabled=True)
    assert (addresses(alice), addresses(bob)) == ({}, {"alice@example.com": True})


def test_people_of_other_providers_are_left_alone() -> None:
    bob = come(replace(BOB, provider="google"))
    saved(enabled=False)
    assert addresses(bob) == {"bob@example.com": True}


def test_removing_one_with_its_accounts_leaves_nothing_of_its_word() -> None:
    user = come(ALICE)
    SocialAccount.objects.create(user=user, provider="google", uid="9")
    call_command("provider", "remove", "github", "--with-accounts")
    assert addresses(User.objects.get()) == {}


def test_a_change_of_anything_else_looks_at_nobody() -> None:
    come(ALICE)
    with CaptureQueriesContext(connection) as queries:
        saved(name="GitHub Inc.")
        updated(position=3)
    assert not [query for query in queries if "socialaccount" in query["sql"]]
