"""The catalogue as an admin reads it: a few groups, well-known kinds first."""

from collections.abc import Iterable
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
    left = {kind.id: kind for kind in found if not kind.not_yet}
    well_known = [left.pop(kind_id) for kind_id in WELL_KNOWN if kind_id in left]
    own = [left.pop(kind_id) for kind_id in OWN_SERVERS if kind_id in left]
    others = sorted(left.values(), key=lambda kind: kind.name.lower())
    titled = {
        "Well known": well_known,
        "A server or tenant of your own": own + [k for k in left.values() if k.takes_base_url],
        "All others": [kind for kind in others if not kind.takes_base_url],
        "Not yet": [kind for kind in found if kind.not_yet],
    }
    return [Group(title, tuple(members)) for title, members in titled.items() if members]


def _matches(kind: Kind, search: str) -> bool:
    """Tell whether each word of `search` occurs in one of the kind's names."""
    names = " ".join((kind.name, kind.id, *kind.guide.also_called)).lower()
    return all(word in names for word in search.lower().split())
