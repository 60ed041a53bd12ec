"""The module that Django loads: it registers the admin of people and sessions."""

import accounts.admin_pages.sessions  # noqa: F401 - these pages register themselves
