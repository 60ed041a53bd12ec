"""The app that is checked, and what is known about it so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import requests
from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext_noop as _

from access_rules.models import AccessRule
from oauth_client.doctor.findings import Finding, problem, unknown
from oauth_client.doctor.subject import Examined
from oidc_provider.models import App, Audience
from outgoing import AddressPolicy, session_for
from protocol.errors import ErrorCode, SignInError
from sessions.models import User

# What an answer from our own address means if it is not the one that Signet has given
WRONG = {
    ErrorCode.TLS_FAILURE: (
        _("The certificate of {url} isn't trusted, so the app will refuse it."),
        _("Install a certificate that the app trusts at the proxy in front of Signet."),
    ),
    ErrorCode.UNEXPECTED_REDIRECT: (
        _("A request to {url} was redirected, and some apps don't follow redirects."),
        _("Let the proxy in front of Signet pass this address on without a redirect."),
    ),
    ErrorCode.RESPONSE_NOT_JSON: (
        _("Something other than Signet answers at {url}."),
        _("Let the proxy in front of Signet pass this address on."),
    ),
    ErrorCode.RESPONSE_TOO_LARGE: (
        _("Something other than Signet answers at {url}."),
        _("Let the proxy in front of Signet pass this address on."),
    ),
}
NOT_FROM_HERE = _("Signet couldn't reach its own address from here. The app may be able to.")
NOT_FROM_HERE_FIX = _("Open this address on the machine where the app runs:")


@dataclass(frozen=True)
class Use:
    """What the database says about an app. The checks run in threads, which ask it for nothing."""

    has_people: bool = True  # whether anybody may use it
    empty_groups: tuple[str, ...] = ()
    last_used: datetime | None = None

    @classmethod
    def of(cls, app: App) -> Self:
        last_used = app.grants.filter(generation__gt=0).aggregate(at=Max("refreshed_at"))["at"]
        if app.audience == Audience.EVERYBODY:
            return cls(last_used=last_used)
        empty = tuple(name for name in app.groups if not _has_members(name))
        named = app.people.filter(is_active=True).exists()
        return cls(named or len(empty) < len(app.groups), empty, last_used)


def _has_members(group: str) -> bool:
    """Tell whether somebody has this group by hand, or may get it from an access rule."""
    by_hand = User.objects.filter(is_active=True, memberships__group=group)
    if by_hand.exists():
        return True
    granted = AccessRule.objects.filter(groups__contains=group).values_list("groups", flat=True)
    return any(group in groups.split() for groups in granted)


@dataclass
class Checked(Examined):
    """What the checks of one app share."""

    app: App
    use: Use
    document: Mapping[str, Any] | None = None  # our discovery document, as an app gets it
    own_skews: tuple[float, ...] = ()  # of what answers at our own address

    @property
    def name(self) -> str:
        return f"app {self.app.slug}"

    def no_answer(self, error: SignInError) -> Finding:
        """Say why our own address gave no answer that an app could use."""
        if error.code in WRONG:
            cause, fix = WRONG[error.code]
            return problem(cause, fix, values={"url": settings.BASE_URL}, detail=error.detail)
        return unknown(NOT_FROM_HERE, NOT_FROM_HERE_FIX, settings.BASE_URL)

    def get_own(self, path: str) -> requests.Response:
        """Ask at our own address. The operator has chosen it, so it may be in a private network."""
        policy = AddressPolicy(allow_private=True, allow_loopback=settings.IS_LOOPBACK)
        before = len(self.skews)
        response = self._get(settings.BASE_URL + path, policy, "application/json")
        self.own_skews += tuple(self.skews[before:])
        del self.skews[before:]
        return response

    def get_app(self) -> requests.Response:
        """Ask for the app's address, as a browser would. An admin has entered it."""
        policy = AddressPolicy(allow_private=False, allow_loopback=settings.IS_LOOPBACK)
        return self._get(self.app.launch_url, policy, "text/html")

    def _get(self, url: str, policy: AddressPolicy, accept: str) -> requests.Response:
        http = session_for(f"{self.app.slug} checked", policy)
        headers = {"Accept": accept}
        is_ours = accept != "text/html"
        return self.timed(
            http,
            lambda http: http.request("GET", url, headers=headers, keeps_redirect=not is_ours),
        )
