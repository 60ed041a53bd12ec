"""What a sign-in changes: one plan, which the sign-in carries out and its dry run shows."""

from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount

from accounts.identity import Identity
from accounts.proven_addresses import addresses_after
from accounts.vouching import Addresses, brings_news
from protocol.errors import ErrorCode
from sessions.models import User


@dataclass(frozen=True)
class Plan:
    """Whose sign-in it is, and what it changes about them. A plan writes and locks nothing."""

    identity: Identity
    account: SocialAccount | None  # the identity's account here; None for a new person
    name: str
    picture: str
    addresses: Addresses
    has_news: bool  # about the account or its addresses
    refusal: ErrorCode | None  # why they may not sign in

    def person(self) -> User:
        """Return the person as the sign-in leaves them; a new one is not saved."""
        user: User = self.account.user if self.account else User()
        user.name, user.picture = self.name, self.picture
        user.email, user.proven_addresses = self.addresses.email, self.addresses.proven
        return user


def plan_sign_in(
    identity: Identity, account: SocialAccount | None, *, is_trial: bool = False
) -> Plan:
    """Return what a sign-in with this identity changes; `account` is what `find_account` returned.

    A trial takes the provider's word for the address, although the provider may be switched off.
    Where the provider tells nothing new, this asks no query.
    """
    user: User = account.user if account else User()
    refusal = None if user.is_active else ErrorCode.ACCOUNT_SUSPENDED
    has_news = account is None or brings_news(account, identity)
    if has_news:
        addresses = addresses_after(identity, account, is_trial=is_trial)
    else:
        addresses = Addresses(user.proven_addresses, user.email)
    if account is None and addresses.is_taken:
        refusal = ErrorCode.EMAIL_IN_USE
    name = identity.name or identity.username or identity.email.partition("@")[0]
    before, after = (user.name, user.picture), (name or user.name, identity.picture)
    if account and after != before:
        older = SocialAccount.objects.filter(user=user, pk__lt=account.pk)
        after = before if older.exists() else after  # the oldest account decides, not the button
    return Plan(identity, account, *after, addresses, has_news, refusal)
