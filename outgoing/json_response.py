"""Read JSON from a response so that two parsers could not read it differently (RFC 7493)."""

from typing import Any

import requests

from protocol.errors import ErrorCode, OutgoingError
from protocol.jws import strict_json


def json_object(response: requests.Response) -> dict[str, Any]:
    """Return the object that a response holds; see `json_value`."""
    value = json_value(response)
    if not isinstance(value, dict):
        raise OutgoingError(ErrorCode.RESPONSE_NOT_JSON, "JSON, but not an object")
    return value


def json_value(response: requests.Response) -> Any:
    """Return the JSON value that a response holds, or raise `RESPONSE_NOT_JSON`.

    The media type is not insisted on; `protocol.jws.strict_json` says what is.
    """
    failure = ""
    try:
        return strict_json.json_value(strict_json.without_byte_order_mark(response.content))
    except strict_json.NotStrictJsonError as error:
        failure = str(error)
    raise OutgoingError(ErrorCode.RESPONSE_NOT_JSON, failure)  # no context: it quotes the document
