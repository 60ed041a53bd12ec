"""Parse JSON from outside, and refuse what two parsers could read differently.

I-JSON (RFC 7493): UTF-8, no duplicate names, no NaN or Infinity. Depth and numbers are bounded.
"""

import json
import math
from itertools import chain
from typing import Any

MAX_DEPTH = 32
MAX_DIGITS = 100


class MalformedError(ValueError):
    """The bytes are not strict JSON, or not a compact JWS of two such objects."""


def json_object(raw: bytes) -> dict[str, Any]:
    """Return the object that `raw` holds, or raise `MalformedError`."""
    value = json_value(raw)
    if not isinstance(value, dict):
        raise MalformedError("not an object")
    return value


def json_value(raw: bytes) -> Any:
    """Return the value that `raw` holds, or raise `MalformedError`.

    A string may have NUL or lone surrogates in it: clean it before you keep it.
    """
    try:
        value = DECODER.decode(raw.decode("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise MalformedError("not JSON in UTF-8") from None
    except RecursionError:
        raise MalformedError("nested too deeply") from None
    level, depth = [value], 0
    while containers := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise MalformedError("nested too deeply")
        values = (each.values() if isinstance(each, dict) else each for each in containers)
        level = list(chain.from_iterable(values))
    return value


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return these pairs of name and value as members. Refuse a name that occurs twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedError("a name occurs twice")
    return members


def _number(digits: str) -> float:
    """Return a finite number; NaN and Infinity, which RFC 8259 does not have, are refused too."""
    if len(digits) > MAX_DIGITS:
        raise MalformedError("a number with too many digits")
    if not math.isfinite(float(digits)):
        raise MalformedError("a number out of range")
    return int(digits) if digits.removeprefix("-").isdigit() else float(digits)


DECODER = json.JSONDecoder(
    object_pairs_hook=unique, parse_constant=_number, parse_int=_number, parse_float=_number
)
