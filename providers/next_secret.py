"""Change a client secret without a refused sign-in: the next one is kept beside the current one.

The admin creates a new secret at the provider while the old one still works, and enters it here.
When the provider refuses the old one, that sign-in tries the next one. If that works, the next one
becomes the current one. Admins are warned of a secret that is about to expire.
"""

import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from protocol import flow
from protocol.errors import OF_THE_SECRET, AccessTokenError, ErrorCode
from providers.clients import ProviderClient
from providers.clients.base import opening
from providers.models import Provider

logger = logging.getLogger(__name__)
WARNED_AHEAD = timedelta(days=30)


def redeem(
    client: ProviderClient,
    server: flow.AuthorizationServer,
    attempt: flow.Attempt,
    code: str,
    *,
    promotes: bool = True,
) -> flow.AccessToken:
    """Send the access token request, and once more with the next secret if this one is refused.

    The code is still good, because a provider authenticates the client before it reads the code
    (RFC 6749 §4.1.3). Both requests share the sign-in's deadline. Without `promotes`, the next
    secret does not replace the current one.
    """
    registration = client.registration()
    try:
        return client.send(flow.access_token_request(server, registration, attempt, code))
    except AccessTokenError as error:
        is_refused = error.code is ErrorCode.INVALID_CLIENT
        is_about_the_secret = is_refused or error.provider_error in OF_THE_SECRET
        if not (is_about_the_secret and client.provider.sealed_next_client_secret):
            raise
    with opening("next client secret"):
        registration = replace(registration, client_secret=client.provider.next_client_secret)
    token = client.send(flow.access_token_request(server, registration, attempt, code))
    if promotes:
        promote(client.provider)
    return token


def promote(provider: Provider) -> None:
    """Replace the current secret by the next one, unless another request has changed either."""
    sealed = ("sealed_client_secret", "sealed_next_client_secret")
    before = {name: getattr(provider, name) for name in sealed}
    provider.client_secret, provider.next_client_secret = provider.next_client_secret, ""
    provider.secret_expires_on = None  # that was the old one's last day
    after = {name: getattr(provider, name) for name in (*sealed, "secret_expires_on")}
    if Provider.objects.filter(pk=provider.pk, **before).update(**after):
        logger.warning("client secret replaced by the next one: provider=%s", provider.slug)


@dataclass(frozen=True)
class ExpiringSecret:
    """A provider whose client secret has `days` left: 0 on its last day, negative afterwards."""

    provider: Provider
    days: int

    @property
    def has_expired(self) -> bool:
        return self.days < 0

    @property
    def words(self) -> str:
        """Return a few words for a column of client secrets."""
        days = abs(self.days)
        if self.has_expired:
            text = ngettext("Expired {days} day ago", "Expired {days} days ago", days)
        elif days:
            text = ngettext("Expires in {days} day", "Expires in {days} days", days)
        else:
            return _("Expires today")
        return text.format(days=days)

    @property
    def sentence(self) -> str:
        """Return a sentence for a page about one provider."""
        days = abs(self.days)
        if self.has_expired:
            text = ngettext(
                "The client secret expired {days} day ago.",
                "The client secret expired {days} days ago.",
                days,
            )
        elif days:
            text = ngettext(
                "The client secret expires in {days} day.",
                "The client secret expires in {days} days.",
                days,
            )
        else:
            return _("The client secret expires today.")
        return text.format(days=days)


def expiring_secrets(today: date | None = None) -> list[ExpiringSecret]:
    """Return the secrets that have expired or will within 30 days, the most urgent first."""
    dated = Provider.objects.exclude(secret_expires_on=None).order_by("secret_expires_on", "slug")
    return [secret for provider in dated if (secret := expiry_of(provider, today))]


def expiry_of(provider: Provider, today: date | None = None) -> ExpiringSecret | None:
    """Return the secret of this provider if it needs a warning."""
    if provider.secret_expires_on is None:
        return None
    left = provider.secret_expires_on - (today or timezone.localdate())
    return ExpiringSecret(provider, left.days) if left <= WARNED_AHEAD else None
