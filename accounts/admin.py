"""What Django looks for: people, sessions and signing keys register themselves."""

import accounts.admin_pages.people
import accounts.admin_pages.sessions
import sessions.signing_keys.admin  # noqa: F401 - each for what it does when it is loaded
