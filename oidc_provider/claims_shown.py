"""The claims of an app's tokens as an admin reads them: value and meaning."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sessions.api.description import ExplainedClaim, explained

# OpenID Connect Core §2 and §5.1, RFC 9068 §2.2
MEANINGS: dict[str, Promise] = {
    "iss": _("This site, which has issued it"),
    "sub": _("The person's ID, which never changes"),
    "aud": _("Who may accept it"),
    "client_id": _("The app that has requested it"),
    "scope": _("What the app may know"),
    "iat": _("When it was issued"),
    "exp": _("When it expires"),
    "auth_time": _("When the person last signed in here"),
    "sid": _("The session here; signing out ends it"),
    "jti": _("The ID of this token"),
    "grant": _("The sign-in to the app that it belongs to"),
    "nonce": _("Ties the ID token to the app's request"),
    "at_hash": _("Ties the ID token to the access token"),
    "name": _("Name"),
    "given_name": _("First name"),
    "family_name": _("Last name"),
    "preferred_username": _("Handle; no two people have the same"),
    "picture": _("Address of the picture"),
    "email": _("Email address"),
    "email_verified": _("Whether the address is verified"),
    "groups": _("Groups, from access rules and by hand"),
}


@dataclass(frozen=True)
class ShownClaims:
    """Claims on a page, and the JSON. `key` is the part of an HTML id."""

    key: str
    title: str
    claims: tuple[ExplainedClaim, ...]
    payload: str

    @classmethod
    def of(cls, key: str, title: str, claims: Mapping[str, Any]) -> "ShownClaims":
        shown = tuple(_as_apps_read(claim) for claim in explained(claims))
        return cls(key, title, shown, json.dumps(claims, indent=2, ensure_ascii=False))


def _as_apps_read(claim: ExplainedClaim) -> ExplainedClaim:
    """Return the claim with its meaning in an app's token; the session JWT has other ones."""
    meaning = (str(MEANINGS[claim.name]),) if claim.name in MEANINGS else ()
    return claim._replace(value=claim.value or "[]", meaning=meaning, source="")
