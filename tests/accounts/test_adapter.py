import pytest
from pytest_django import Settings

from accounts.adapter import AccountAdapter
from tests.web.hostile import HOSTILE


@pytest.mark.parametrize("url", ["/account/", "/admin/", "https://app.example/welcome"])
def test_allauth_may_redirect_to(url: str, settings: Settings) -> None:
    settings.ALLOWED_REDIRECT_ORIGINS = ["https://app.example"]
    assert AccountAdapter().is_safe_url(url)


@pytest.mark.parametrize("url", [*HOSTILE.values(), None], ids=[*HOSTILE, "an absent one"])
def test_allauth_may_not_redirect_to(url: str | None, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["mallory.example"]
    assert not AccountAdapter().is_safe_url(url)
