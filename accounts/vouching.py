"""Which account at a provider vouches for an address, and what follows when none does any more.

A proven address is only as good as the accounts that are still there to vouch for it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts.models import User


def vouches_for(account: SocialAccount, address: str) -> bool:
    """Tell whether the provider called this address proven when it last told of the account.

    Accounts from before that was kept have told no verdict: what is proven here was theirs.
    """
    told: dict[str, Any] = account.extra_data
    is_told = address != "" and told.get("email") == address
    return is_told and told.get("email_verified", True) is True


def others_vouch_for(account: SocialAccount, address: str) -> bool:
    """Tell whether another account of the same owner vouches for it too."""
    others = SocialAccount.objects.filter(user=account.user_id).exclude(pk=account.pk)
    return _any_vouches(list(others), address)


def take_back_unvouched(users: Sequence[User]) -> list[EmailAddress]:
    """Let go of the proven addresses for which no account of their owner vouches any more.

    Another proven one becomes the primary one; else the person has what an account tells, unproven.
    Returns the rows that are gone.
    """
    proven = EmailAddress.objects.filter(user__in=users, verified=True)
    accounts = defaultdict(list)
    for account in SocialAccount.objects.filter(user__in=users).order_by("pk"):
        accounts[account.user_id].append(account)
    gone = [row for row in proven if not _any_vouches(accounts[row.user_id], row.email)]
    EmailAddress.objects.filter(pk__in=[row.pk for row in gone]).delete()
    losing = {row.user_id for row in gone}
    for user in users:
        if user.pk in losing:
            _settle(user, accounts[user.pk])
    return gone


def _any_vouches(accounts: list[SocialAccount], address: str) -> bool:
    return any(vouches_for(account, address) for account in accounts)


def _settle(user: User, accounts: list[SocialAccount]) -> None:
    """Give the person the address that counts now."""
    left = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk").first()
    if left:
        EmailAddress.objects.filter(pk=left.pk).update(primary=True)
    told = (str(account.extra_data.get("email", "")) for account in accounts)
    user.verified_email = left.email if left else ""
    user.email = user.verified_email or next(filter(None, told), "")
    User.objects.filter(pk=user.pk).update(email=user.email)
