"""What a row said before and after a change, without its secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

SEALED = "sealed_"  # how the encrypted columns of this site are called
SECRET = ("password",)


@dataclass(frozen=True)
class Concealed:
    """A secret: it can be told from another, and is never shown."""

    value: object = field(repr=False)

    @property
    def fate(self) -> str:
        return "changed" if self.value else "removed"


Snapshot = Mapping[str, Any]


def snapshot(row: models.Model) -> Snapshot:
    """Return the columns of a row by name."""
    return dict(_column(row, column) for column in row._meta.concrete_fields)  # noqa: SLF001


def difference(before: Snapshot, after: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns that differ, as they were and as they are. A secret is `changed`."""
    names = [name for name in {**before, **after} if _known(before, name) != _known(after, name)]
    return _shown(before, names, was=True), _shown(after, names, was=False)


def _known(columns: Snapshot, name: str) -> Any:
    value = columns.get(name)
    return None if value == Concealed("") else value


def _column(row: models.Model, column: Any) -> tuple[str, Any]:
    value = getattr(row, column.attname)
    if column.name.startswith(SEALED) or column.name in SECRET:
        return column.name.removeprefix(SEALED), Concealed(value or "")
    is_plain = value is None or isinstance(value, str | int | float | bool | dict | list)
    return column.name, value if is_plain else _as_text(value)


def _as_text(value: object) -> str:
    """Return a moment, a UUID and the like as JSON has them."""
    try:
        return str(DjangoJSONEncoder().default(value))
    except TypeError:
        return str(value)


def _shown(columns: Snapshot, names: list[str], *, was: bool) -> dict[str, Any]:
    present = {name: columns[name] for name in names if name in columns}
    if was:
        return {n: value for n, value in present.items() if not isinstance(value, Concealed)}
    return {
        name: value.fate if isinstance(value, Concealed) else value
        for name, value in present.items()
    }
