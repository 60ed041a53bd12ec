"""Why a token is not accepted, and why nobody gets a session."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessions.models import User


class SignInRefusedError(Exception):
    """Step 8 ends without a session. Raise one of the subclasses."""


class AccountSuspendedError(SignInRefusedError):
    """The account exists and an admin has suspended it."""

    def __init__(self, user: "User") -> None:
        super().__init__("the account is suspended")
        self.user = user


class SigningKeyUnreadableError(SignInRefusedError):
    """No session JWT can be issued: ENCRYPTION_KEYS do not open the key that signs."""

    def __init__(self) -> None:
        super().__init__("the signing key cannot be opened with ENCRYPTION_KEYS")


class RefreshRefusedError(Exception):
    """A refresh token that is not accepted. The text is for our log only."""


class SessionTokenError(Exception):
    """A session JWT that is not accepted. The text names the check, for our log only."""


class AccountGoneError(SignInRefusedError):
    """During the sign-in the account or its owner was removed, or it got another owner."""

    def __init__(self) -> None:
        super().__init__("the account is not there any more")


class SessionEndedError(SignInRefusedError):
    """An account cannot be connected: the session in which that began has ended."""

    def __init__(self) -> None:
        super().__init__("the session that began it has ended")
