"""The body of the token endpoint's answer: JSON, or the form encoding that some providers kept."""

from typing import Any
from urllib.parse import parse_qsl

from protocol.jws.strict_json import NotStrictJsonError, json_object, without_byte_order_mark


def members_of(content_type: str, body: bytes) -> dict[str, Any]:
    """Return its members, or raise `NotStrictJsonError`. The form is that of OAuth 2.0's drafts."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return json_object(without_byte_order_mark(body))
    pairs = parse_qsl(body.decode("ascii", "replace"))
    if len(dict(pairs)) != len(pairs):
        raise NotStrictJsonError("a parameter occurs twice")
    return dict(pairs)
