"""Why somebody whom a provider has vouched for gets no session here."""

from collections.abc import Sequence

from audit.actor import UNKNOWN, Actor
from protocol.errors import ErrorCode, SignInError
from sessions.errors import SignInRefusedError


class AccountError(SignInError):
    """Step 8: the person is known, and may not have a session here.

    With `email_in_use`, `email` is the address that the visitor has just proven. `used` has the
    slugs of the providers that sign in to the account which has it. With a refusal by the access
    rules, `rule` says in plain words whom they let in. `actor` is the visitor, as far as known.
    """

    step = 8

    def __init__(
        self,
        code: ErrorCode,
        *,
        email: str = "",
        used: Sequence[str] = (),
        rule: str = "",
        actor: Actor | None = None,
    ) -> None:
        super().__init__(code)
        self.email = email
        self.rule = rule
        self.used = used
        self.actor = actor or UNKNOWN


class AccountOfAnotherError(SignInRefusedError):
    """The identity that somebody wants to connect signs in to another person."""


class EmailInUseError(SignInRefusedError):
    """A verified address of this person already belongs to another account.

    `providers` are the slugs that sign in to that account. The visitor has just proven the address,
    so may read them.
    """

    def __init__(self, email: str, providers: list[str]) -> None:
        super().__init__("a verified address belongs to another account")
        self.email = email
        self.providers = providers


class LastWayInError(Exception):
    """Without this account its owner could not sign in any more."""


class LastAdminError(Exception):
    """Without this person nobody could sign in as an admin any more."""
