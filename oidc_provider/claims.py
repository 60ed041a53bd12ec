"""What an app is told about a person (OpenID Connect Core §5.1): the same in ID token and userinfo.

Some apps read only one of the two, and some stop asking as soon as the ID token has any of it. So
whatever was granted stands whole in both.
"""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _

from sessions.groups import groups_of
from sessions.models import Session, User

# What each scope lets an app know, in plain words
TOLD = {
    "profile": _("your name, username and picture"),
    "email": _("your email address"),
    "groups": _("your groups"),
    "offline_access": _("all of this for as long as you are signed in here"),
}


def told_about(scopes: Collection[str]) -> list[str]:
    """Return what an app with these scopes knows about a person, for people to read."""
    return [str(words) for scope, words in TOLD.items() if scope in scopes]


def claims_about(person: User, session: Session, scopes: Collection[str]) -> dict[str, Any]:
    """Return the claims of these scopes that are known. `groups` is a list, also an empty one."""
    claims: dict[str, Any] = {}
    if "profile" in scopes:
        claims |= _profile(person)
    if "email" in scopes:
        claims |= _email(person)
    if "groups" in scopes:
        claims["groups"] = groups_of(session, person)
    return claims


def _profile(person: User) -> dict[str, str]:
    """Return names, handle and picture. We know one name: its last word counts as the family's."""
    name = person.name or person.handle
    given, _, family = name.rpartition(" ") if " " in name else (name, "", "")
    known = {
        "name": name,
        "given_name": given,
        "family_name": family,
        "preferred_username": person.handle,
        "picture": person.picture,
    }
    return {claim: text for claim, text in known.items() if text}


def _email(person: User) -> dict[str, Any]:
    proven = person.proven_addresses
    email = proven[0] if proven else person.email
    return {"email": email, "email_verified": bool(proven)} if email else {}
