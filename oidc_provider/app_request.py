"""An authorization request that may be answered: its app, and what it wants."""

from dataclasses import dataclass, field

from django.conf import settings

from oidc_provider import asking
from oidc_provider.models import App
from protocol.authorization_server.authorization_request import (
    AuthorizationRequest,
    Destination,
    Prompt,
)
from protocol.authorization_server.parameters import Parameters
from protocol.authorization_server.redirect_uris import is_registered


@dataclass(frozen=True)
class AppRequest:
    """The message, the app that has sent it, and the parameters that it came in."""

    app: App
    message: AuthorizationRequest
    parameters: Parameters  # without the mark
    sent: Parameters  # as the browser sent them: they may name a pushed request, and have a mark
    mark: asking.SignInMark
    browser: tuple[str, ...] = field(repr=False)  # its secrets; empty if no mark is needed

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return what will be granted: scopes that we do not know are ignored (RFC 6749 §3.3)."""
        return tuple(word for word in self.message.scope if word in self.app.scopes)

    @property
    def destination(self) -> Destination:
        return self.message.destination

    @property
    def is_silent(self) -> bool:
        """Tell whether the person may see no page (OpenID Connect Core §3.1.2.1)."""
        return Prompt.NONE in self.message.prompt

    @property
    def is_trial(self) -> bool:
        """Tell whether it leads back to an admin who tries the app out, and not to the app."""
        return not is_registered(self.destination.redirect_uri, self.app.redirect_uris)

    @property
    def may_reach_any_program(self) -> bool:
        """Tell whether nothing proves that the app is at the redirect URI: no secret, no https."""
        proven = ("https://", f"{settings.BASE_URL}/")  # ours: a try-out by an admin
        return self.app.is_public and not self.destination.redirect_uri.startswith(proven)

    def marked_address(self, sid: str = "") -> str:
        """Return where to go on with it in this browser, after a sign-in or a choice."""
        browser = next(iter(self.browser), "")
        return asking.marked_address(self.parameters, self.app, browser, sid)
