"""The body of the token endpoint's answer: JSON, or the form encoding that some providers kept."""

from typing import Any
from urllib.parse import parse_qsl

from jws.strict_json import NotStrictJsonError, json_object, without_byte_order_mark

FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain"  # of JSON and of a form: both have been sent so


def members_of(content_type: str, body: bytes) -> dict[str, Any]:
    """Return its members, or raise `NotStrictJsonError`. The form is that of OAuth 2.0's drafts."""
    media_type = content_type.partition(";")[0].strip().lower()
    bare = without_byte_order_mark(body).strip()
    is_form = media_type == FORM or (media_type == TEXT and not bare.startswith(b"{"))
    return _members_of_form(bare) if is_form else json_object(bare)


def _members_of_form(form: bytes) -> dict[str, Any]:
    pairs = parse_qsl(form.decode("ascii", "replace"))
    if len(dict(pairs)) != len(pairs):
        raise NotStrictJsonError("a parameter occurs twice")
    return dict(pairs)
