"""Parse JSON from outside, and refuse what two parsers could read differently.

I-JSON (RFC 7493): UTF-8, no duplicate names, no NaN or Infinity. Depth and numbers are bounded.
"""

import json
import math
from typing import Any

MAX_DEPTH = 32
MAX_DIGITS = 100


class NotStrictJsonError(ValueError):
    """The bytes are not JSON of the strict kind."""


def json_object(raw: bytes) -> dict[str, Any]:
    """Return the object that `raw` holds, or raise `NotStrictJsonError`."""
    value = json_value(raw)
    if not isinstance(value, dict):
        raise NotStrictJsonError("not an object")
    return value


def json_value(raw: bytes) -> Any:
    """Return the value that `raw` holds, or raise `NotStrictJsonError`.

    A string may have NUL or lone surrogates in it: clean it before you keep it.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_float,
            parse_int=_integer,
            parse_float=_float,
        )
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise NotStrictJsonError("not JSON in UTF-8") from None
    except RecursionError:
        raise NotStrictJsonError("nested too deeply") from None
    if _is_deep(value):
        raise NotStrictJsonError("nested too deeply")
    return value


def _is_deep(value: object) -> bool:
    """Tell whether containers nest more than `MAX_DEPTH` deep, one level at a time."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        containers = [each for each in level if isinstance(each, dict | list)]
        level = [
            member
            for each in containers
            for member in (each.values() if isinstance(each, dict) else each)
        ]
    return any(isinstance(member, dict | list) for member in level)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrictJsonError("a name occurs twice")
    return members


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotStrictJsonError("a number with too many digits")
    return int(digits)


def _float(digits: str) -> float:
    """Return a finite number; NaN and Infinity, which RFC 8259 does not have, are refused too."""
    value = float(digits)
    if not math.isfinite(value) or len(digits) > MAX_DIGITS:
        raise NotStrictJsonError("a number out of range")
    return value
