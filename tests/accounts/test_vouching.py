"""A proven address lasts as long as an account that vouches for it."""

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.identity import Identity
from accounts.proven_addresses import settle
from accounts.removal import remove_accounts_of
from accounts.self_service.connections import connections_of
from accounts.vouching import SINCE, extra_data_of, may_vouch_now
from audit.models import AuditEvent
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import session_claims
from tests.accounts.admin_pages.person_pages import form_of, page_of
from tests.accounts.cast import ALICE, BOB, addresses, come
from tests.fakes import hold, session_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]
GOOGLE = replace(ALICE, provider="google", sub="9")
ELSEWHERE = replace(GOOGLE, email="alice@new.example")
UNPROVEN = replace(GOOGLE, email_verified=False)


def connect(user: User, identity: Identity) -> User:
    """Give somebody one more way in, and go through it."""
    SocialAccount.objects.create(user=user, provider=identity.provider, uid=identity.sub)
    return come(identity)


def take_off(user: User, provider: str) -> list[str]:
    connections_of(user).filter(provider=provider).delete()
    return [row.email for row in settle([user], may_vouch_now(), adds=False)]


def test_an_address_goes_with_the_only_account_that_vouched_for_it() -> None:
    user = connect(come(ALICE), UNPROVEN)
    assert addresses(user) == {"alice@example.com": True}
    assert take_off(user, "github") == ["alice@example.com"]
    assert addresses(user) == {}
    assert (user.email, user.proven_addresses) == ("alice@example.com", ())


def test_an_address_stays_while_another_account_vouches_for_it() -> None:
    user = connect(come(ALICE), GOOGLE)
    assert take_off(user, "github") == []
    assert addresses(user) == {"alice@example.com": True}


@pytest.mark.parametrize(("gone", "left"), [("github", "new"), ("google", "example")])
def test_another_proven_address_becomes_the_primary_one(gone: str, left: str) -> None:
    user = connect(come(ALICE), ELSEWHERE)
    take_off(user, gone)
    kept = {"new": "alice@new.example", "example": "alice@example.com"}[left]
    user.refresh_from_db()
    assert addresses(user) == {kept: True}
    assert user.email == kept


def test_an_earlier_address_of_the_account_goes_too() -> None:
    user = come(ALICE)
    come(replace(ALICE, email="alice@new.example"))
    connect(user, UNPROVEN)
    take_off(user, "github")
    user.refresh_from_db()
    assert addresses(user) == {}
    assert user.email == "alice@example.com"  # as the other account tells


def test_without_an_account_that_tells_one_there_is_no_address() -> None:
    user = come(ALICE)
    take_off(user, "github")
    user.refresh_from_db()
    assert user.email == ""


def test_what_was_kept_before_there_was_a_verdict_counts_as_before(alice: User) -> None:
    told = {"email": "alice@example.com"}
    account = SocialAccount.objects.create(user=alice, provider="github", uid="1", extra_data=told)
    assert SINCE not in extra_data_of(ALICE, account)  # it is not known since when
    assert SINCE in extra_data_of(replace(ALICE, email="bob@example.com"), account)
    assert SINCE in extra_data_of(ALICE, SocialAccount())


def test_a_freed_address_can_be_proven_by_somebody_else() -> None:
    take_off(come(ALICE), "github")
    bob = come(replace(BOB, email="alice@example.com"))
    assert bob.proven_addresses == ("alice@example.com",)


def test_a_provider_that_never_vouched_takes_nothing_back() -> None:
    user = connect(come(ALICE), UNPROVEN)
    assert come(UNPROVEN).proven_addresses[:1] == ("alice@example.com",)
    assert addresses(user) == {"alice@example.com": True}


def test_a_session_says_so_from_its_next_refresh_on() -> None:
    user = connect(come(ALICE), ELSEWHERE)
    session = Session.objects.get(provider="google", revoked_at=None)
    take_off(user, "google")
    refreshed = refresh(issue_refresh_token(session))
    claims = session_claims(refreshed, refreshed.user, 0)
    assert (claims["email"], claims["email_verified"]) == ("alice@example.com", True)
    take_off(user, "github")
    refreshed = refresh(issue_refresh_token(refreshed))
    assert "email" not in session_claims(refreshed, refreshed.user, 0)


def test_addresses_go_with_the_accounts_of_a_provider_that_is_removed() -> None:
    alice, bob = (
        connect(come(ALICE), ELSEWHERE),
        connect(come(BOB), replace(BOB, provider="gitlab")),
    )
    remove_accounts_of("github")
    assert addresses(alice) == {"alice@new.example": True}
    assert addresses(bob) == {"bob@example.com": True}


def test_an_address_goes_when_an_admin_takes_the_account_off(client: Client, alice: User) -> None:
    admin = User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)
    hold(client, session_token(admin))
    told = extra_data_of(ALICE)
    account = SocialAccount.objects.create(user=alice, provider="github", uid="1", extra_data=told)
    EmailAddress.objects.create(user=alice, email=ALICE.email, verified=True, primary=True)
    form = form_of(alice) | {
        "socialaccount_set-TOTAL_FORMS": "1",
        "socialaccount_set-INITIAL_FORMS": "1",
        "socialaccount_set-0-id": str(account.pk),
        "socialaccount_set-0-user": str(alice.pk),
        "socialaccount_set-0-DELETE": "on",
    }
    assert client.post(page_of(alice), form).status_code == 302
    assert addresses(alice) == {}
    unlinked = AuditEvent.objects.filter(action="unlinked").order_by("pk")
    assert [event.before for event in unlinked] == [
        {"provider": "github", "uid": "1"},
        {"email": "alice@example.com"},
    ]
