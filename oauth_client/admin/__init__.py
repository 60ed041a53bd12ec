"""Step 1 in the admin: choose a kind of provider, and paste what its console shows."""

from oauth_client.admin.provider import ProviderAdmin

__all__ = ["ProviderAdmin"]
