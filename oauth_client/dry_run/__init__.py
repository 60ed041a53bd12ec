"""Try a provider: an admin signs in there for real, and nothing comes of it but a page.

`trial.py` says what would have come of it, `result.py` keeps that for a few minutes, and
`oauth_client.dry_run_page` has the button and the page.
"""

from oauth_client.dry_run.trial import arrived, failed

__all__ = ["arrived", "failed"]
