"""The module that Django loads: it registers the admin of signing keys."""

import sessions.signing_keys.admin  # noqa: F401 - registers itself
