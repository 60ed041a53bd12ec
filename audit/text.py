"""Text from outside, as it may stand in a log that people and programs read."""

from typing import Any


def visible(text: str, length: int) -> str:
    """Return a text without controls, escapes and marks that turn the reading direction.

    It has at most `length` characters afterwards.
    """
    if text.isprintable():  # as almost all are
        return text[:length]
    escaped = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text[:length]
    )
    return escaped[:length]


def visible_json(value: Any, length: int) -> Any:
    """Return a JSON value in which every text is visible."""
    if isinstance(value, str):
        return visible(value, length)
    if isinstance(value, dict):
        members = value.items()
        return {visible(str(name), length): visible_json(held, length) for name, held in members}
    if isinstance(value, list | tuple):
        return [visible_json(held, length) for held in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
