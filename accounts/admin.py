"""What Django looks for: people and sessions register themselves."""

import accounts.admin_pages.people
import accounts.admin_pages.sessions  # noqa: F401 - both for what they do when they are loaded
