"""Say in our own words why a request got no answer.

The exceptions of requests and urllib3 hold the URL with its query, and often the whole request.
"""

import ssl
from collections.abc import Iterator

import requests
import urllib3

from protocol.errors import ErrorCode, OutgoingError

# All errors of sending a request and reading its answer. A header that is not Latin-1 raises
# UnicodeError, which is a ValueError. For a line break in a header, http.client raises ValueError.
FAILURES = (
    OutgoingError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    ValueError,
)

_HUNG_UP = (ConnectionResetError, BrokenPipeError)
# The first kind that is among the causes decides.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], ErrorCode, str], ...] = (
    (
        (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
        ErrorCode.TIMEOUT,
        "no answer in time",
    ),
    (
        (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError),
        ErrorCode.TLS_FAILURE,
        "no trusted connection",
    ),
    (
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ),
        ErrorCode.ADDRESS_REFUSED,
        "not a URL that a request can go to",
    ),
    ((BaseException,), ErrorCode.CONNECTION_FAILED, "connection lost, or no HTTP on it"),
)


def outgoing_error(error: BaseException, host: str) -> OutgoingError:
    """Return the error to raise instead of `error`.

    Raise it outside the handler, so that Python does not chain the original error to it.
    """
    if isinstance(error, OutgoingError):
        return OutgoingError(error.code, error.detail)
    causes = list(_causes(error))
    code, words = next(
        (code, words)
        for kinds, code, words in _KINDS
        if any(isinstance(cause, kinds) for cause in causes)
    )
    return OutgoingError(code, f"{host}: {words}{_tls_reason(causes)}")


def is_hang_up(error: BaseException) -> bool:
    """Tell whether the peer closed the connection before it answered anything."""
    return any(isinstance(cause, _HUNG_UP) for cause in _causes(error))


def _tls_reason(causes: list[BaseException]) -> str:
    """Return OpenSSL's own words for it, which name the certificate's fault and our host."""
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return f" ({getattr(cause, 'verify_message', '') or getattr(cause, 'reason', '')})"
    return ""


def _causes(error: object) -> Iterator[BaseException]:
    """Unwrap: a cause is the wrapper's `reason` or its last argument."""
    while isinstance(error, BaseException):
        yield error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else (error.args or (None,))[-1]
