from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.management import CommandError, call_command

from accounts.vouching import SINCE, extra_data_of
from audit.models import AuditEvent
from providers.models import Provider
from sessions.models import User
from tests.accounts.cast import ALICE, come

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("providers")]


@pytest.fixture
def known() -> User:
    """Alice, who has signed in with her address."""
    return come(ALICE)


def no_admin() -> bool:
    return not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize("address", ["alice@example.com", " Alice@Example.com "], ids=repr)
def test_grants_somebody_who_has_proven_the_address(
    known: User, bob: User, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("admin", "grant", address)
    assert User.objects.get(is_staff=True, is_superuser=True) == known
    assert capsys.readouterr().out.endswith("alice@example.com is now an admin.\n")
    assert AuditEvent.objects.get(action="admin_granted").target_id == str(known.pk)


def test_shows_whom_it_found(known: User, capsys: pytest.CaptureFixture[str]) -> None:
    account = SocialAccount.objects.get()
    since = {SINCE: "2026-11-02T08:30:00+00:00"}
    SocialAccount.objects.update(extra_data=account.extra_data | since)
    SocialAccount.objects.create(user=known, provider="google", uid="9\x1b[2J")
    call_command("admin", "grant", "alice@example.com")
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"Person: Alice Archer ({known.pk})",
        "Connected accounts: github 1, google 9\\x1b[2J",
        "Address verified since 2026-11-02 08:30 UTC by github",
    ]


def test_says_where_nobody_wrote_down_since_when(
    known: User, capsys: pytest.CaptureFixture[str]
) -> None:
    SocialAccount.objects.update(extra_data=extra_data_of(ALICE) | {SINCE: ""})
    call_command("admin", "grant", "alice@example.com")
    assert "Address verified since an unknown time by github" in capsys.readouterr().out


@pytest.mark.parametrize("address", ["nobody@example.com", "mallory", "", "%"], ids=repr)
def test_grants_nothing_to_an_address_that_nobody_has(known: User, address: str) -> None:
    with pytest.raises(CommandError, match="Nobody has signed in"):
        call_command("admin", "grant", address)
    assert no_admin()


def told_no_more() -> None:
    come(replace(ALICE, email_verified=False))


def switched_off() -> None:
    Provider.objects.filter(slug="github").update(enabled=False)


def narrowed() -> None:
    Provider.objects.filter(slug="github").update(vouches_for="example.org")


def removed() -> None:
    Provider.objects.filter(slug="github").delete()


def without_an_account() -> None:
    SocialAccount.objects.all().delete()


def unverified_row() -> None:
    EmailAddress.objects.update(verified=False)


NOT_PROVEN = [told_no_more, switched_off, narrowed, removed, without_an_account, unverified_row]


@pytest.mark.parametrize("change", NOT_PROVEN, ids=lambda change: change.__name__)
def test_refuses_an_address_that_is_not_proven_now(known: User, change: object) -> None:
    change()  # type: ignore[operator]
    with pytest.raises(CommandError, match="alice@example.com is not verified at the moment"):
        call_command("admin", "grant", "alice@example.com")
    assert no_admin()


def test_refuses_an_address_that_once_was_somebodys(known: User) -> None:
    come(replace(ALICE, email="alice@new.example"))
    with pytest.raises(CommandError, match="Nobody has signed in"):
        call_command("admin", "grant", "alice@example.com")
    assert no_admin()


def test_refuses_somebody_who_is_suspended(known: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="Alice Archer is suspended"):
        call_command("admin", "grant", "alice@example.com")
    assert no_admin()


def test_needs_to_be_told_what_to_do() -> None:
    with pytest.raises(CommandError, match="required: action"):
        call_command("admin")
