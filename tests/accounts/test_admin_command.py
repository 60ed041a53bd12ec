import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def _alices_address(alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="alice@example.com", verified=True)


@pytest.mark.usefixtures("_alices_address")
@pytest.mark.parametrize("address", ["alice@example.com", " Alice@Example.com "], ids=repr)
def test_grants_somebody_who_has_proven_the_address(
    alice: User, bob: User, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("admin", "grant", address)
    assert User.objects.get(is_staff=True, is_superuser=True) == alice
    assert capsys.readouterr().out == "alice@example.com is an admin now\n"


@pytest.mark.usefixtures("_alices_address")
@pytest.mark.parametrize("address", ["nobody@example.com", "bob@example.com", "", "%"], ids=repr)
def test_grants_nothing_to_an_address_that_nobody_has_proven(bob: User, address: str) -> None:
    EmailAddress.objects.create(user=bob, email="bob@example.com", verified=False)
    with pytest.raises(CommandError, match="nobody has signed in here"):
        call_command("admin", "grant", address)
    assert not User.objects.filter(is_staff=True).exists()


def test_needs_to_be_told_what_to_do() -> None:
    with pytest.raises(CommandError, match="required: action"):
        call_command("admin")
