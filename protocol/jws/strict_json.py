"""Parse JSON from outside, without what two parsers could read differently.

I-JSON (RFC 7493): UTF-8, no duplicate names, no NaN or Infinity. Depth and numbers are bounded.
"""

import codecs
import json
import math
from typing import Any, NoReturn

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

    Strings may hold NUL and lone surrogates: whoever keeps one cleans it.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
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


def without_byte_order_mark(raw: bytes) -> bytes:
    """Leave out the mark that some servers put before JSON, as RFC 8259 §8.1 lets a reader do."""
    return raw.removeprefix(codecs.BOM_UTF8)


def _is_deep(value: object) -> bool:
    """Tell whether containers nest more than `MAX_DEPTH` deep, one level at a time."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [member for container in level for member in _members(container)]
    return any(isinstance(member, dict | list) for member in level)


def _members(value: object) -> list[object]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrictJsonError("a name occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise NotStrictJsonError(message)


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotStrictJsonError("a number with too many digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or len(digits) > MAX_DIGITS:
        raise NotStrictJsonError("a number out of range")
    return value
