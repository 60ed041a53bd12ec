"""Say in our own words why a request got no answer.

The exceptions of requests and urllib3 hold the URL with its query, and often the whole request.
"""

import ssl
from collections.abc import Iterator

import urllib3
from requests import exceptions

from protocol.errors import ErrorCode, OutgoingError

# All errors of sending a request and reading its answer. A header that is not Latin-1 raises
# UnicodeError, which is a ValueError. For a line break in a header, http.client raises ValueError.
_HTTP_ERRORS = (exceptions.RequestException, urllib3.exceptions.HTTPError)
FAILURES = (OutgoingError, *_HTTP_ERRORS, OSError, ValueError)

_TIMEOUTS = (exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_TLS_FAILURES = (exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError)
_BAD_URLS = (exceptions.InvalidURL, exceptions.InvalidSchema, exceptions.MissingSchema)
# The first kind that is among the causes decides.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], ErrorCode, str], ...] = (
    (_TIMEOUTS, ErrorCode.TIMEOUT, "timed out"),
    (_TLS_FAILURES, ErrorCode.TLS_FAILURE, "untrusted connection"),
    (_BAD_URLS, ErrorCode.ADDRESS_REFUSED, "not a usable URL"),
    ((BaseException,), ErrorCode.CONNECTION_FAILED, "connection lost, or not HTTP"),
)


def outgoing_error(error: BaseException, host: str) -> OutgoingError:
    """Return the error. Raise it outside the handler, or else Python chains `error` to it."""
    if isinstance(error, OutgoingError):
        return OutgoingError(error.code, error.detail)
    causes = list(_causes(error))
    code, words = next(
        (code, words)
        for kinds, code, words in _KINDS
        if any(isinstance(cause, kinds) for cause in causes)
    )
    for cause in causes:
        if isinstance(cause, ssl.SSLError):  # OpenSSL names the certificate's fault and our host
            reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "")
            return OutgoingError(code, f"{host}: {words} ({reason})")
    return OutgoingError(code, f"{host}: {words}")


def is_hang_up(error: BaseException) -> bool:
    """Tell whether the peer closed the connection before it answered anything."""
    hung_up = (ConnectionResetError, BrokenPipeError)
    return any(isinstance(cause, hung_up) for cause in _causes(error))


def _causes(error: object) -> Iterator[BaseException]:
    """Unwrap: a cause is the wrapper's `reason` or its last argument."""
    while isinstance(error, BaseException):
        yield error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else (error.args or (None,))[-1]
