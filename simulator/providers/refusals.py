"""How requests are refused: two ways at the authorization endpoint, one at the token endpoint."""

from dataclasses import dataclass
from enum import StrEnum, auto


class RefusedHereError(Exception):
    """A page at the provider; the visitor never returns to the client."""

    def __init__(self, status: int, error: str, sentence: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.sentence = sentence


class SentBackError(Exception):
    """An error response to the client (RFC 6749 §4.1.2.1)."""

    def __init__(self, redirect_uri: str, parameters: dict[str, str]) -> None:
        super().__init__(parameters["error"])
        self.redirect_uri = redirect_uri
        self.parameters = parameters


class Reason(StrEnum):
    """Why a token request is refused; each provider puts it into its own words."""

    MALFORMED = auto()
    CLIENT = auto()
    SECRET = auto()
    GRANT_TYPE = auto()
    CODE = auto()
    REDIRECT_URI = auto()
    VERIFIER = auto()
    REFRESH_TOKEN = auto()
    SCOPE = auto()


@dataclass(frozen=True)
class TokenError:
    """How a provider reports a reason (RFC 6749 §5.2)."""

    status: int
    error: str
    description: str


@dataclass(frozen=True)
class TokenResponse:
    """A response of the token endpoint, before it is encoded."""

    status: int
    members: dict[str, object]


class TokenRefusedError(Exception):
    """A token request that is refused."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
