"""The way to another account at a provider, which usually lets in the one that is signed in."""

from dataclasses import dataclass

from providers.models import Provider

ANOTHER = "another"  # the field of a form that asks the provider for another account


@dataclass(frozen=True)
class AnotherAccount:
    """What `another_account.html` shows: a button, or how to sign out at the provider first."""

    slug: str
    name: str
    can_be_asked: bool
    sign_out_url: str  # "" if it is not known

    @classmethod
    def at(cls, slug: str) -> "AnotherAccount | None":
        """Return the way at this provider, None if visitors cannot use it."""
        provider = Provider.objects.filter(slug=slug, enabled=True).first()
        if provider is None:
            return None
        offers = provider.catalogued.offers_accounts
        return cls(provider.slug, provider.name, offers, provider.sign_out_url)
