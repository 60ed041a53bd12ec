"""What django-allauth asks about accounts."""

from allauth.account.adapter import DefaultAccountAdapter

from web.redirects import HOME, safe_next


class AccountAdapter(DefaultAccountAdapter):
    """Redirects by the rule of this site, in place of "any allowed host"."""

    def is_safe_url(self, url: str | None) -> bool:
        """Tell whether `safe_next` would keep the address."""
        return url == HOME or safe_next(url) == url
