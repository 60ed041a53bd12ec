"""Try a provider: an admin signs in there, and the only result is a page.

`trial.py` works out what the sign-in would do and keeps it, `oauth_client.dry_run_page` has the
button and the page.
"""

from oauth_client.dry_run.trial import arrived, failed

__all__ = ["arrived", "failed"]
