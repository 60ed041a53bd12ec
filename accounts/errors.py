"""Why somebody whom a provider has vouched for gets no session here."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessions.models import User


class SignInRefusedError(Exception):
    """Step 8 ends without a session. Raised as one of the subclasses."""


class AccountSuspendedError(SignInRefusedError):
    """The account exists and an admin has suspended it."""

    def __init__(self, user: "User") -> None:
        super().__init__("the account is suspended")
        self.user = user


class AccountGoneError(SignInRefusedError):
    """The account or its owner was removed, or it was given to somebody else, meanwhile."""

    def __init__(self) -> None:
        super().__init__("the account is not there any more")


class SessionEndedError(SignInRefusedError):
    """The session in which somebody began to connect an account has ended."""

    def __init__(self) -> None:
        super().__init__("the session that began it has ended")


class AccountOfAnotherError(SignInRefusedError):
    """The identity that somebody wants to connect signs in to another person."""


class LastWayInError(Exception):
    """Without this account its owner could not sign in any more."""


class LastAdminError(Exception):
    """Without this person nobody could sign in as an admin any more."""


class EmailInUseError(SignInRefusedError):
    """A verified address of this person already belongs to another account.

    `providers` are the slugs that sign in to that account; the visitor, who has just proven the
    address, may be told.
    """

    def __init__(self, email: str, providers: list[str]) -> None:
        super().__init__("a verified address belongs to another account")
        self.email = email
        self.providers = providers


class RefreshRefusedError(Exception):
    """A refresh token that is not accepted. The text is for our log only."""


class SessionTokenError(Exception):
    """A session JWT that is not accepted. The text names the check, for our log only."""
