"""What a sign-in would come to: no row is made, changed or locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from accounts.models import Session, User
from accounts.people import is_main_account
from accounts.session_tokens import session_claims
from accounts.vouching import others_vouch_for


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
    known = user.verified_email if account else ""
    is_main = account is None or is_main_account(account)
    if is_main:
        user.name = identity.display_name or user.name
        user.picture = identity.picture
    if is_main or not (known and identity.email_verified):
        user.verified_email = _proven(identity, account, known)
    if user.verified_email != known:
        user.email = user.verified_email or user.email
    elif is_main and not known:
        user.email = identity.email
    return user


def _proven(identity: Identity, account: SocialAccount | None, known: str) -> str:
    """Return which proven address there would be: the one told now, if it is nobody else's."""
    if identity.email_verified:
        others = EmailAddress.objects.filter(email=identity.email, verified=True)
        is_taken = others.exclude(user_id=account.user_id if account else None).exists()
        return known if is_taken else identity.email
    is_taken_back = account is not None and known != "" and identity.email == known
    return "" if is_taken_back and not others_vouch_for(account, known) else known


def _obstacle(identity: Identity, account: SocialAccount | None) -> str:
    if account is not None:
        return "" if account.user.is_active else "account_suspended"
    taken = EmailAddress.objects.filter(email=identity.email, verified=True)
    return "email_in_use" if identity.email_verified and taken.exists() else ""
