"""Which fields of a provider are shown, and where?"""

from typing import Any

from providers import catalogue
from providers.catalogue.extra import FIELD_PREFIX
from providers.models import Provider

RARE = ("scope", "token_endpoint_auth_method", "allow_private_network", "position")
Fieldset = tuple[str | None, dict[str, Any]]


def for_adding(kind: catalogue.Kind) -> list[Fieldset]:
    """Show what must be pasted, then what is filled in already; fold the rest."""
    more = ["enabled", *_rare(kind)]
    if kind.takes_secret:
        more.insert(0, "secret_expires_on")
    return [
        (None, {"fields": ["kind", *_pasted(kind), "name", "slug"]}),
        *_access(kind),
        _folded("More", more),
    ]


def for_changing(kind: catalogue.Kind, provider: Provider) -> list[Fieldset]:
    """Show the same, with a place for the next secret."""
    parts: list[Fieldset] = [
        (None, {"fields": [*_pasted(kind), "name", "enabled"]}),
        *_access(kind),
    ]
    if kind.takes_secret:
        forget = ["forget_next"] if provider.sealed_next_client_secret else []
        rotation = ["next_client_secret", *forget, "secret_expires_on"]
        parts.append(_folded("When the secret changes or expires", rotation))
    return [*parts, _folded("More", ["slug", "kind_name", *_rare(kind)])]


def of_a_kind_that_is_gone() -> list[Fieldset]:
    """Show the fields of every provider, so that the row can be read."""
    fields = ["kind_name", "slug", "name", "client_id", "base_url", "enabled", *RARE]
    return [(None, {"fields": fields})]


def _pasted(kind: catalogue.Kind) -> list[str]:
    extra = [FIELD_PREFIX + key.name for key in kind.extra if not key.is_optional]
    secret = ["client_secret"] if kind.takes_secret else []
    return ["client_id", *extra, *secret, *(["base_url"] if kind.needs_base_url else [])]


def _rare(kind: catalogue.Kind) -> list[str]:
    """Return the fields that few need, such as an address of one's own server."""
    base_url = ["base_url"] if kind.takes_base_url and not kind.needs_base_url else []
    extra = [FIELD_PREFIX + key.name for key in kind.extra if key.is_optional]
    unused = () if kind.takes_secret else ("token_endpoint_auth_method",)
    return [*base_url, *extra, *(name for name in RARE if name not in unused)]


def _access(kind: catalogue.Kind) -> list[Fieldset]:
    """Show who may sign in. If the provider can vouch for addresses, show for which ones."""
    vouching = ["vouches_for"] if kind.verified_claim else []
    return [("Who may sign in", {"fields": ["who_may_sign_in", *vouching]})]


def _folded(title: str, fields: list[str]) -> Fieldset:
    return title, {"fields": fields, "classes": ["collapse"]}
