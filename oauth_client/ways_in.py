"""The accounts that somebody signs in with, as the pages show them."""

from dataclasses import dataclass
from functools import cached_property

from allauth.socialaccount.models import SocialAccount

from accounts.self_service.connections import connections_of, known_as
from oauth_client.sign_in_page import ProviderButton
from providers.models import Provider
from sessions.models import Session, User


@dataclass(frozen=True)
class WayIn:
    """An account at a provider that is still there."""

    account: SocialAccount
    provider: ProviderButton
    label: str  # the name by which its owner knows it
    is_current: bool  # this session began through it


@dataclass(frozen=True)
class WaysIn:
    """All of one person's: two queries."""

    accounts: list[SocialAccount]  # the oldest first
    providers: dict[str, Provider]  # of the site, by slug
    used: SocialAccount | None  # the one that this session began through; None after a password

    @classmethod
    def of(cls, user: User, session: Session | None) -> "WaysIn":
        """Read them. A session that has just ended marks none as used."""
        accounts = list(connections_of(user))
        providers = {provider.slug: provider for provider in Provider.objects.all()}
        return cls(accounts, providers, _used(session, accounts) if session else None)

    @cached_property
    def shown(self) -> list[WayIn]:
        """Return those of them whose provider has not been removed."""
        return [
            WayIn(
                account,
                provider=ProviderButton.of(self.providers[account.provider]),
                label=known_as(account),
                is_current=account == self.used,
            )
            for account in self.accounts
            if account.provider in self.providers
        ]

    def name_of(self, slug: str) -> str:
        """Return what the admin calls a provider; its slug once it has been removed."""
        return self.providers[slug].name if slug in self.providers else slug


def _used(session: Session, accounts: list[SocialAccount]) -> SocialAccount | None:
    """Return the account that a session began through; of an old one, the provider is known."""
    exact = [account for account in accounts if account.pk == session.account]
    alike = [account for account in accounts if account.provider == session.provider]
    return next(iter(exact + alike), None)
