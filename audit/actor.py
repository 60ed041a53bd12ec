"""Who did something, from where, and to what. All is text, because the rows may be deleted."""

from dataclasses import dataclass
from typing import Self

from django.db import models


@dataclass(frozen=True)
class Actor:
    """Who did it, and from where. The id of a person is their `sub`."""

    id: str = ""
    label: str = ""
    ip: str = ""
    user_agent: str = ""


COMMAND_LINE = Actor(label="command line")
ITSELF = Actor(label="Signet itself")  # nobody asked for it, such as a key's rotation
UNKNOWN = Actor()


@dataclass(frozen=True)
class Target:
    """What it was done to."""

    type: str = ""
    id: str = ""
    label: str = ""

    @classmethod
    def of(cls, row: models.Model) -> Self:
        """Name a row after its model and itself. `audit_label` says more than `str`."""
        label = getattr(row, "audit_label", "") or str(row)
        kind = str(row._meta.verbose_name)  # noqa: SLF001 - documented by Django
        return cls(kind, str(row.pk), label)
