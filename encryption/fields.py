"""An encrypted column: a text field for the sealed value, and an attribute that opens it."""

from typing import Self, overload

from django.db import models

from encryption import seal, unseal

PURPOSE = "column"


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
