"""Why somebody whom a provider has vouched for gets no session here."""

from accounts.identity import Identity
from audit.models import UNKNOWN, Actor
from protocol.errors import ErrorCode, SignInError
from sessions.errors import SignInRefusedError


class AccountOfAnotherError(SignInRefusedError):
    """The identity that somebody wants to connect signs in to another person."""


class LinkSpentError(SignInRefusedError):
    """The link of an admin was used, has expired or was withdrawn, or another person opened it."""


class EmailInUseError(SignInRefusedError):
    """A verified address of this person already belongs to another account.

    `providers` are the slugs of the providers through which that account signs in. The visitor may
    read them, because they have just proven the address.
    """

    def __init__(self, email: str, providers: list[str]) -> None:
        super().__init__("a verified address belongs to another account")
        self.email, self.providers = email, providers


class AccountError(SignInError):
    """Step 8: the person is known, and may not have a session here.

    After a refusal by the access rules, `rules` has kind and value of each, as far as a visitor may
    read them. `actor` and `identity` say who was refused, as far as that is known. With `in_use`, a
    person who is known here has proven the address.
    """

    step = 8

    def __init__(
        self,
        code: ErrorCode,
        *,
        in_use: EmailInUseError | None = None,
        rules: tuple[tuple[str, str], ...] = (),
        actor: Actor | None = None,
        identity: Identity | None = None,
    ) -> None:
        super().__init__(code)
        self.email = in_use.email if in_use else ""
        self.used = in_use.providers if in_use else []
        self.rules, self.actor, self.identity = rules, actor or UNKNOWN, identity


class LastWayInError(Exception):
    """Without this account its owner could not sign in any more."""
