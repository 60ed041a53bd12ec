"""An encrypted column: a text field for the sealed value, and an attribute that opens it."""

from typing import Self, overload

from django.db import models

from encryption import seal, unseal


class Sealed:
    """Read and write the plain text of a sealed column.

    The column is an ordinary `TextField`, so that lists, forms and dumps only ever meet the sealed
    value. The context is `table:column:pk`: the row needs a primary key of its own making.

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
        return (
            unseal(sealed, purpose="column", context=self._context(row)).decode() if sealed else ""
        )

    def __set__(self, row: models.Model, plaintext: str) -> None:
        sealed = seal(plaintext.encode(), purpose="column", context=self._context(row))
        setattr(row, self.column, sealed if plaintext else "")

    def _context(self, row: models.Model) -> str:
        return f"{row._meta.db_table}:{self.column}:{row.pk}"  # noqa: SLF001 - documented by Django
