"""An encrypted column: a text field for the sealed value, and an attribute that opens it.

Every sealed column can be sealed again, so that an earlier key can leave ENCRYPTION_KEYS. The site
may run meanwhile: a value is replaced only if nobody else has replaced it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self, overload

from django.apps import apps
from django.db import models

from encryption import SealBrokenError, reseal, seal, unseal

PURPOSE = "column"
BATCH = 200  # rows


def context_of(row: models.Model, column: str) -> str:
    """Return the place that a value is bound to."""
    return f"{row._meta.db_table}:{column}:{row.pk}"  # noqa: SLF001 - documented by Django


class Sealed:
    """Read and write the plain text of a sealed column.

    The column is an ordinary `TextField`, so that lists, forms and dumps see only the sealed value.
    The context is `table:column:pk`, so a row has its primary key before it is saved.

        sealed_client_secret = models.TextField(editable=False)
        client_secret = Sealed("sealed_client_secret")
    """

    def __init__(self, column: str) -> None:
        self.column = column

    @overload
    def __get__(self, row: None, owner: type[models.Model]) -> Self: ...
    @overload
    def __get__(self, row: models.Model, owner: type[models.Model]) -> str: ...

    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Self | str:
        if row is None:
            return self
        sealed: str = getattr(row, self.column)
        context = context_of(row, self.column)
        return unseal(sealed, purpose=PURPOSE, context=context).decode() if sealed else ""

    def __set__(self, row: models.Model, plaintext: str) -> None:
        context = context_of(row, self.column)
        sealed = seal(plaintext.encode(), purpose=PURPOSE, context=context)
        setattr(row, self.column, sealed if plaintext else "")


@dataclass
class ResealedColumn:
    """A sealed column, and how many of its values were sealed again."""

    name: str
    resealed: int = 0
    current: int = 0  # sealed with the first key already
    broken: list[str] = field(default_factory=list)  # primary keys


def reencrypt_all() -> Iterator[ResealedColumn]:
    """Seal the columns of all models again, one after another."""
    columns = [
        (model, value.column)
        for model in apps.get_models()
        for value in vars(model).values()
        if isinstance(value, Sealed)
    ]
    for model, column in columns:
        done = ResealedColumn(f"{model._meta.db_table}.{column}")  # noqa: SLF001 - see above
        for row in _rows(model, column):
            try:
                _reencrypt_row(row, column, done)
            except SealBrokenError:
                done.broken.append(str(row.pk))
        yield done


def _rows(model: type[models.Model], column: str) -> Iterator[models.Model]:
    """Yield all rows with a value, in batches: no transaction stays open for long."""
    rows = model._default_manager.exclude(**{column: ""}).order_by("pk").only(column)  # noqa: SLF001
    batch = list(rows[:BATCH])
    while batch:
        yield from batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def _reencrypt_row(row: models.Model, column: str, done: ResealedColumn) -> None:
    """Replace the value of one row, unless somebody has just replaced or removed it."""
    sealed: Any = getattr(row, column)
    renewed = reseal(sealed, purpose=PURPOSE, context=context_of(row, column))
    if renewed == sealed:
        done.current += 1
        return
    same = type(row)._default_manager.filter(pk=row.pk, **{column: sealed})  # noqa: SLF001
    if same.update(**{column: renewed}):
        done.resealed += 1
        return
    again = type(row)._default_manager.filter(pk=row.pk).exclude(**{column: ""}).first()  # noqa: SLF001
    if again is not None:
        _reencrypt_row(again, column, done)
