"""What Django looks for: signing keys register themselves."""

import sessions.signing_keys.admin  # noqa: F401 - for what it does when it is loaded
