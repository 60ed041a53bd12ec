"""Which account at a provider vouches for an address, and which addresses its owner gets by that.

An account vouches for the address of its own last sign-in, if the provider called it verified then
and may vouch for its domain today. Nothing is written here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from accounts.identity import Identity

KEPT = ("name", "username", "email", "email_verified")  # of an identity, with its account
SINCE = "verified_since"  # when the account began to vouch for its address, in ISO 8601
MayVouch = Callable[[str, str], bool]  # of a provider's slug and an address
JUDGES: list[Callable[..., MayVouch]] = []  # one function, which `providers` adds


def may_vouch_now(*, hold: bool = False) -> MayVouch:
    """Return a function that tells for which addresses each provider may vouch now.

    With `hold`, no provider changes until the transaction ends. Do that before you lock a person,
    because code that changes a provider locks in the same order.
    """
    return JUDGES[-1](hold=hold)


@dataclass(frozen=True)
class Addresses:
    """The addresses of one person: the proven ones, the primary one first, and the shown one.

    `email` is "" if no account has any. `is_taken` says that another person has proven an address
    for which these accounts vouch.
    """

    proven: tuple[str, ...]
    email: str
    is_taken: bool = False


def due_addresses(
    accounts: Sequence[SocialAccount],
    may_vouch: MayVouch,
    proven: Collection[str],
    taken: Collection[str] = (),
    primary: str = "",
) -> Addresses:
    """Return the addresses that these accounts give to their owner, the oldest account first.

    `proven` are those that they have so far, and `taken` those that somebody else has proven. The
    present `primary` one stays first while an account vouches for it.
    """
    vouched = dict.fromkeys(vouched_address(account, may_vouch, proven) for account in accounts)
    free = (address for address in vouched if address and address not in taken)
    held = tuple(sorted(free, key=lambda address: address != primary))
    unproven = filter(None, map(claimed_address, accounts))
    email = next(iter(held), "") or next(unproven, "")
    return Addresses(held, email, not vouched.keys().isdisjoint(taken))


def claimed_address(account: SocialAccount) -> str:
    return str(account.extra_data.get("email", ""))


def vouched_address(account: SocialAccount, may_vouch: MayVouch, proven: Collection[str]) -> str:
    """Return the address for which the account vouches; "" for none.

    Older accounts have no `email_verified`. They vouch for an address that is proven here already.
    """
    address = claimed_address(account)
    verdict = account.extra_data.get("email_verified", address in proven)
    return address if verdict is True and may_vouch(account.provider, address) else ""


def brings_news(account: SocialAccount, identity: Identity) -> bool:
    """Tell whether this sign-in changes the stored data of the account or its proven address."""
    user, kept = account.user, account.extra_data
    is_missing = identity.email_verified and identity.email not in user.proven_addresses
    has_none = identity.email != "" and user.email == ""
    return is_missing or has_none or any(kept.get(name) != getattr(identity, name) for name in KEPT)


def extra_data_of(identity: Identity, account: SocialAccount | None = None) -> dict[str, Any]:
    """Return what to keep with an account, also since when its address is verified.

    `account` is the row as it was before this sign-in.
    """
    kept = {name: getattr(identity, name) for name in KEPT}
    if not identity.email_verified:
        return kept
    before = account.extra_data if account is not None else {}
    is_known = before.get("email") == identity.email and before.get("email_verified", True) is True
    since = before.get(SINCE) if is_known else now()
    return kept | ({SINCE: since} if since else {})


def now() -> str:
    return timezone.now().isoformat(timespec="seconds")
