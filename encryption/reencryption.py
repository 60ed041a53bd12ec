"""Seal every sealed column again, so that an earlier key can leave ENCRYPTION_KEYS.

The site may run meanwhile: a value is replaced only if nobody else has replaced it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from encryption import SealBrokenError, reseal
from encryption.fields import PURPOSE, Sealed, context_of

BATCH = 200  # rows


@dataclass
class ResealedColumn:
    """A sealed column, and how many of its values were sealed again."""

    name: str
    resealed: int = 0
    current: int = 0  # sealed with the first key already
    broken: list[str] = field(default_factory=list)  # primary keys


def reencrypt_all() -> Iterator[ResealedColumn]:
    """Seal the columns of all models again, one after another."""
    for model in apps.get_models():
        for sealed in sealed_columns(model):
            yield _reencrypt(model, sealed.column)


def sealed_columns(model: type[models.Model]) -> list[Sealed]:
    return [value for value in vars(model).values() if isinstance(value, Sealed)]


def _reencrypt(model: type[models.Model], column: str) -> ResealedColumn:
    done = ResealedColumn(f"{model._meta.db_table}.{column}")  # noqa: SLF001 - documented by Django
    for row in _rows(model, column):
        try:
            _reencrypt_row(row, column, done)
        except SealBrokenError:
            done.broken.append(str(row.pk))
    return done


def _rows(model: type[models.Model], column: str) -> Iterator[models.Model]:
    """Give all rows with a value, in batches: no transaction stays open for long."""
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
