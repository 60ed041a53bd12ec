"""Two sign-ins of one person at once: the later one has read addresses that are old by now."""

from dataclasses import replace

import pytest

from accounts.people import find_account
from accounts.self_service.connections import connect
from audit.models import UNKNOWN
from sessions.starting import SessionStart
from tests.accounts.cast import ALICE, addresses, come, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]


def test_two_tabs_with_an_address_that_is_newly_verified_leave_it_proven() -> None:
    come(replace(ALICE, email_verified=False))
    one, two = (find_account("github", "1") for _ in range(2))
    come(ALICE, one)
    alice = come(ALICE, two)
    assert addresses(alice) == {"alice@example.com": True}


def test_two_tabs_with_an_address_that_has_changed_leave_the_new_one() -> None:
    come(ALICE)
    one, two = (find_account("github", "1") for _ in range(2))
    come(replace(ALICE, email="alice@new.example"), one)
    alice = come(replace(ALICE, email="alice@new.example"), two)
    assert addresses(alice) == {"alice@new.example": True}
    assert alice.proven_addresses[:1] == ("alice@new.example",)


def test_an_account_that_is_connected_meanwhile_keeps_its_address() -> None:
    come(replace(ALICE, email_verified=False))
    stale = find_account("github", "1")
    issued = start(replace(ALICE, email_verified=False))
    work = replace(ALICE, provider="google", sub="9", email="alice@work.example")
    connect(issued.session_token, work, SessionStart(UNKNOWN))
    alice = come(ALICE, stale)
    assert set(addresses(alice)) == {"alice@example.com", "alice@work.example"}
