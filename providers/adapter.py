"""Give django-allauth our `Provider` rows in place of its own applications."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.base import Provider as AllauthProvider
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from providers.models import Provider

_current: ContextVar[Any] = ContextVar("session")


@contextmanager
def acting_over(session: object) -> Iterator[None]:
    """Make allauth's code within this block send its requests over this session."""
    token = _current.set(session)
    try:
        yield
    finally:
        _current.reset(token)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Finds providers by slug, where allauth would look for the id of a kind."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        rows = Provider.objects.filter(enabled=True)
        rows = rows.filter(slug=provider) if provider else rows
        rows = rows.filter(client_id=client_id) if client_id else rows
        return [row.as_social_app() for row in rows]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> AllauthProvider:
        app = self.get_app(request, provider=provider, client_id=client_id)
        return registry.get_class(app.provider)(request, app=app)

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> AbstractBaseUser:
        """Keep the name as one line of text: people's names do not come in two parts."""
        parts = (data.get("first_name"), data.get("last_name"))
        full = " ".join(part for part in parts if isinstance(part, str))
        sociallogin.user.name = data.get("name") or full or data.get("username")
        return sociallogin.user

    def get_requests_session(self) -> requests.Session:
        session: requests.Session = _current.get()
        return session
