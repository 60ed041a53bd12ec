"""What can be somebody's id. Adapters make text of anything, an OpenID Provider tells a text."""

import re

# What `str` and other languages make of a value that is none.
NOTHING = frozenset({"none", "null", "nil", "undefined", "nan", "inf", "infinity", "true", "false"})
CONTAINERS = ("[", "{")
# Zero, a number with a sign, and what `str` makes of a float. "1e5" is an id in base 36.
NO_NUMBER = re.compile(r"0+|[+-]\d.*|\d+\.\d*(e[+-]?\d+)?|\d+e[+-]\d+", re.ASCII | re.IGNORECASE)


def is_id(value: object) -> bool:
    """Tell whether a value told as an id is one: a text, or a positive integer."""
    if type(value) is int:
        return value > 0
    return isinstance(value, str) and _is_plain(value) and not NO_NUMBER.fullmatch(value)


def is_sub(value: object) -> bool:
    """Tell whether a `sub` told by an OpenID Provider is one (OIDC Core §2, §5.7).

    It is a text that the issuer alone understands, so that also "0" and "1.5" are somebody.
    """
    return isinstance(value, str) and bool(value.strip()) and value.lower() not in NOTHING


def _is_plain(text: str) -> bool:
    is_value = text.lower() not in NOTHING and not text.startswith(CONTAINERS)
    return bool(text) and text == text.strip() and is_value
