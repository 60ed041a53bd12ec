"""Which kinds of app can be added, and what an admin pastes on the side of each.

One table of a TOML file here describes a kind; `AppKind` says what its members mean. Each file is
one category.
"""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from oidc_provider.catalogue.entry import AppKind
from oidc_provider.catalogue.snippets import FilledSnippet, Format, Snippet, Values
from protocol.authorization_server.authorization_request import Pkce

__all__ = ["AppKind", "FilledSnippet", "Format", "Snippet", "Values"]

# In the order in which an admin sees them
CATEGORIES = {
    "any_app.toml": gettext_noop("Any app"),
    "team_tools.toml": gettext_noop("Team tools"),
    "development.toml": gettext_noop("Development"),
    "media_and_home.toml": gettext_noop("Media and home"),
    "data.toml": gettext_noop("Data"),
    "infrastructure.toml": gettext_noop("Infrastructure"),
    "your_own.toml": gettext_noop("Your own app"),
}
READERS: dict[str, Callable[[Any], Any]] = {
    "pkce": Pkce,
    "snippets": lambda tables: tuple(
        Snippet(**table | {"format": Format(table["format"])}) for table in tables
    ),
}


@cache
def kinds() -> tuple[AppKind, ...]:
    """Return all kinds, in the order in which an admin sees them."""
    return tuple(
        kind_of(kind_id, entry | {"category": category})
        for file, category in CATEGORIES.items()
        for kind_id, entry in entries(file).items()
    )


def kind_of(kind_id: str, entry: dict[str, Any]) -> AppKind:
    """Return the kind of an entry.

    Raises `TypeError` for a member that `AppKind` does not have.
    """
    members = {name: READERS.get(name, _frozen)(value) for name, value in entry.items()}
    return AppKind(kind_id, **members)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def entries(file: str) -> dict[str, dict[str, Any]]:
    """Return the tables of a TOML file beside this one."""
    return tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))


def kind(kind_id: str) -> AppKind | None:
    """Return the kind of this id, None if there is none."""
    return next((kind for kind in kinds() if kind.id == kind_id), None)


def categories(search: str = "") -> dict[str, list[AppKind]]:
    """Return the kinds that match `search`, by the title of their category. "" matches all.

    Each word of `search` has to occur in one of the kind's names. No category is empty.
    """
    found: dict[str, list[AppKind]] = {}
    for kind in kinds():
        names = " ".join((kind.name, kind.shown_name, kind.id, *kind.also_called)).lower()
        if all(word in names for word in search.lower().split()):
            found.setdefault(_(kind.category), []).append(kind)
    return found


ANY: AppKind = next(kind for kind in kinds() if kind.id == "openid_connect")
