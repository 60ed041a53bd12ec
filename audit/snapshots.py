"""What a row said before and after a change, without its secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

SEALED = "sealed_"  # how the names of encrypted columns begin
SECRET = ("password",)
Snapshot = Mapping[str, Any]


@dataclass(frozen=True)
class Concealed:
    """A secret, which is compared with another and never shown."""

    value: object = field(repr=False)


def snapshot(row: models.Model) -> Snapshot:
    """Return the columns of a row by name."""
    return dict(_column(row, column) for column in row._meta.concrete_fields)  # noqa: SLF001


def difference(before: Snapshot, after: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns that differ: first their old values, then their new ones.

    A secret is left out of the old values. In the new values it is `changed` or `removed`.
    """
    names = [name for name in {**before, **after} if _value(before, name) != _value(after, name)]
    was = {name: before[name] for name in names if name in before}
    return (
        {name: value for name, value in was.items() if not isinstance(value, Concealed)},
        {name: _shown(after[name]) for name in names if name in after},
    )


def _value(columns: Snapshot, name: str) -> Any:
    value = columns.get(name)
    return None if value == Concealed("") else value


def _shown(value: Any) -> Any:
    if isinstance(value, Concealed):
        return "changed" if value.value else "removed"
    return value


def _column(row: models.Model, column: Any) -> tuple[str, Any]:
    value = getattr(row, column.attname)
    if column.name.startswith(SEALED) or column.name in SECRET:
        return column.name.removeprefix(SEALED), Concealed(value or "")
    is_plain = value is None or isinstance(value, str | int | float | bool | dict | list)
    return column.name, value if is_plain else column.value_to_string(row)
