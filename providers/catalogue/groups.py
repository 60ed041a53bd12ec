"""The catalogue as an admin reads it: a few groups, well-known kinds first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from providers.catalogue.entry import Kind

WELL_KNOWN = (
    *("github", "google", "microsoft", "apple", "discord", "slack", "linkedin_oauth2", "facebook"),
    *("twitter_oauth2", "bitbucket_oauth2"),
)
OWN_SERVERS = ("openid_connect", "gitlab", "auth0", "okta", "keycloak", "authentik")


@dataclass(frozen=True)
class Group:
    """Some kinds under a heading."""

    title: str
    kinds: tuple[Kind, ...]


def groups(kinds: Iterable[Kind], search: str = "") -> list[Group]:
    """Return the groups of the kinds that match `search`; "" matches all. No group is empty."""
    found = [kind for kind in kinds if _matches(kind, search)]
    return [group for group in _all_groups(found) if group.kinds]


def _all_groups(kinds: list[Kind]) -> Iterator[Group]:
    addable = {kind.id: kind for kind in kinds if not kind.not_yet}
    well_known = [kind_id for kind_id in WELL_KNOWN if kind_id in addable]
    own = [kind_id for kind_id in OWN_SERVERS if kind_id in addable]
    known = (*well_known, *own)
    own += [kind.id for kind in addable.values() if kind.takes_base_url and kind.id not in known]
    others = [kind_id for kind_id in addable if kind_id not in (*well_known, *own)]
    others.sort(key=lambda kind_id: addable[kind_id].name.lower())
    yield Group("Well known", _picked(addable, well_known))
    yield Group("A server or tenant of your own", _picked(addable, own))
    yield Group("All others", _picked(addable, others))
    yield Group("Not yet", tuple(kind for kind in kinds if kind.not_yet))


def _picked(kinds: dict[str, Kind], ids: list[str]) -> tuple[Kind, ...]:
    return tuple(kinds[kind_id] for kind_id in ids)


def _matches(kind: Kind, search: str) -> bool:
    """Tell whether each word of `search` occurs in one of the kind's names."""
    names = " ".join((kind.name, kind.id, *kind.guide.also_called)).lower()
    return all(word in names for word in search.lower().split())
