"""How a sign-in ended, and what it was for."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from accounts.identity import Identity
from protocol.errors import SignInError


class Process(StrEnum):
    """What the visitor is sent to the provider for. It never changes on the way."""

    SIGN_IN = "sign_in"
    CONNECT = "connect"  # one more way in for somebody who is signed in
    DRY_RUN = "dry_run"  # an admin tries the provider, and no session starts


@dataclass(frozen=True)
class Ended:
    """How a sign-in ended, under the reference that its visitor may know."""

    process: Process
    reference: str
    error: SignInError | None = None
    diagnosis: str = ""  # the code of an entry of diagnosis/failures.toml
    user_id: UUID | None = None  # who is signed in
    identity: Identity | None = None  # of a success; an `AccountError` has its own
