import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.http import HttpRequest

from sessions.models import User
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db


def test_allauth_finds_the_provider_of_an_account_by_its_slug(alice: User) -> None:
    add_provider("work", name="Work")
    add_provider("home", name="Home")
    account = SocialAccount(user=alice, provider="work", uid="alice")
    provider = account.get_provider(HttpRequest())
    assert (provider.id, provider.name, provider.sub_id) == ("openid_connect", "Work", "work")


def test_allauth_does_not_take_a_kind_for_a_provider(alice: User) -> None:
    add_provider("work", name="Work", enabled=False)
    for slug in ("openid_connect", "work"):
        with pytest.raises(SocialApp.DoesNotExist):
            SocialAccount(user=alice, provider=slug, uid="alice").get_provider(HttpRequest())
