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
    has_news: bool  # about an account that is known
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
    if account is None:
        return _plan_of_new(identity, is_trial=is_trial)
    user: User = account.user
    has_news = brings_news(account, identity)
    addresses = Addresses(user.proven_addresses, user.email)
    if has_news:
        addresses = addresses_after(identity, account, is_trial=is_trial)
    refusal = None if user.is_active else ErrorCode.ACCOUNT_SUSPENDED
    before = user.name, user.picture
    after = identity.display_name or user.name, identity.picture
    if after != before and SocialAccount.objects.filter(user=user, pk__lt=account.pk).exists():
        after = before  # the oldest account decides, whichever button somebody presses
    return Plan(identity, account, *after, addresses, has_news, refusal)


def _plan_of_new(identity: Identity, *, is_trial: bool) -> Plan:
    addresses = addresses_after(identity, None, is_trial=is_trial)
    refusal = ErrorCode.EMAIL_IN_USE if addresses.is_taken else None
    name, picture = identity.display_name, identity.picture
    return Plan(identity, None, name, picture, addresses, has_news=False, refusal=refusal)
