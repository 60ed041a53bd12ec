import ssl

import pytest
import requests
import urllib3

from outgoing.causes import is_hang_up, outgoing_error
from protocol.errors import ErrorCode, OutgoingError

SECRET = "https://provider.example/token?code=s3cret"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (requests.ConnectTimeout(SECRET), ErrorCode.TIMEOUT),
        (requests.ReadTimeout(SECRET), ErrorCode.TIMEOUT),
        (TimeoutError(SECRET), ErrorCode.TIMEOUT),
        (requests.ConnectionError(TimeoutError(SECRET)), ErrorCode.TIMEOUT),
        (requests.exceptions.SSLError(SECRET), ErrorCode.TLS_FAILURE),
        (requests.ConnectionError(ssl.SSLError(1, SECRET)), ErrorCode.TLS_FAILURE),
        (requests.exceptions.InvalidURL(SECRET), ErrorCode.ADDRESS_REFUSED),
        (requests.exceptions.MissingSchema(SECRET), ErrorCode.ADDRESS_REFUSED),
        (requests.ConnectionError(SECRET), ErrorCode.CONNECTION_FAILED),
        (requests.ConnectionError(), ErrorCode.CONNECTION_FAILED),
        (requests.exceptions.ChunkedEncodingError(SECRET), ErrorCode.CONNECTION_FAILED),
        (requests.exceptions.InvalidHeader(SECRET), ErrorCode.CONNECTION_FAILED),
        (urllib3.exceptions.DecodeError(SECRET), ErrorCode.CONNECTION_FAILED),
        (UnicodeEncodeError("latin-1", SECRET, 0, 1, SECRET), ErrorCode.CONNECTION_FAILED),
        (OSError(SECRET), ErrorCode.CONNECTION_FAILED),
        (OutgoingError(ErrorCode.DNS_FAILURE), ErrorCode.DNS_FAILURE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_names_the_kind_of_failure_and_nothing_of_the_request(
    error: Exception, code: ErrorCode
) -> None:
    failure = outgoing_error(error, "provider.example")
    assert failure.code == code
    assert "s3cret" not in str(failure)


def test_leaves_behind_where_an_error_came_from() -> None:
    with pytest.raises(OutgoingError) as raised:
        raise OutgoingError(ErrorCode.DNS_FAILURE)
    assert outgoing_error(raised.value, "provider.example").__traceback__ is None


def test_finds_the_cause_inside_urllib3_s_wrappers() -> None:
    inner = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError(1, "expired"))
    pool = urllib3.HTTPSConnectionPool("provider.example")
    error = requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, SECRET, inner))
    assert outgoing_error(error, "provider.example").code == ErrorCode.TLS_FAILURE


@pytest.mark.parametrize(
    ("error", "hung_up"),
    [(ConnectionResetError(), True), (BrokenPipeError(), True), (ConnectionRefusedError(), False)],
    ids=repr,
)
def test_tells_a_peer_that_hung_up(error: OSError, hung_up: bool) -> None:
    wrapped = requests.ConnectionError(urllib3.exceptions.ProtocolError("aborted", error))
    assert is_hang_up(wrapped) is hung_up
