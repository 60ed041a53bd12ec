"""What a sign-in would come to: no row is made, changed or locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from accounts.people import is_main_account
from accounts.proven_addresses import forecast
from sessions.models import Session, User
from sessions.session_tokens import session_claims


@dataclass(frozen=True)
class Preview:
    """Whose account it would be, what would stand in the way, and the JWT's payload."""

    user: User
    is_new: bool
    obstacle: str  # "account_suspended", "email_in_use" or ""
    claims: dict[str, Any]


def preview(
    identity: Identity, account: SocialAccount | None, groups: Sequence[str] = ()
) -> Preview:
    """Return what `sign_in` would do with the same arguments."""
    user = _user(identity, account)
    now = timezone.now()
    session = Session(
        user=user,
        provider=identity.provider,
        groups=list(groups),
        auth_time=now,
        expires_at=now + timedelta(seconds=settings.SESSION_LIFETIME),
    )
    claims = session_claims(session, user, int(now.timestamp()))
    return Preview(user, account is None, _obstacle(identity, account), claims)


def _user(identity: Identity, account: SocialAccount | None) -> User:
    """Return the person as the sign-in would leave them, unsaved."""
    user: User = account.user if account else User()
    if account is None or is_main_account(account):
        user.name = identity.display_name or user.name
        user.picture = identity.picture
    addresses = forecast(identity, account)
    user.email, user.proven_addresses = addresses.email, addresses.proven
    return user


def _obstacle(identity: Identity, account: SocialAccount | None) -> str:
    if account is not None:
        return "" if account.user.is_active else "account_suspended"
    is_taken = identity.email_verified and not forecast(identity, account).proven
    return "email_in_use" if is_taken else ""
