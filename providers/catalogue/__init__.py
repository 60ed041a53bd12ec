"""Which kinds of provider can be added, and what we know of each.

Each kind has one entry, in `well_known.toml` or `others.toml`. allauth's registry adds to the
second file: names, default scopes, and kinds that have no entry yet. Some kinds cannot be added
yet: we do not speak their protocol, or their id does not always mean one person. The entry says
why.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from protocol.client_authentication import TokenEndpointAuthMethod
from protocol.flow import AuthorizationServer
from providers.catalogue.entry import (
    WORDS,
    ExtraKey,
    Identifier,
    Kind,
    Protocol,
    RegistrationGuide,
    Reuse,
    Verifier,
    Whose,
    entries,
    problems,
)

__all__ = ["ExtraKey", "Kind", "Protocol", "problems"]

# Most OpenID Providers send an ID token that says whether the address is verified. `max_age` makes
# them say in `auth_time` when they asked the visitor to sign in (OpenID Connect Core §3.1.2.1). The
# 300 seconds are those of `sessions.recent_sign_in`. With 0, some servers never stop asking (2020,
# GluuFederation/oxAuth #1714). The same lets somebody use another account: every OpenID Provider
# has to know prompt=login (§15.1), and need not know select_account. GitLab refuses that
# (gitlab-org/gitlab #377368), and Keycloak does not support it (keycloak/keycloak #42064; both read
# in 2026-12).
OPENID_CONNECT: dict[str, Any] = {
    "scope": ["openid", "profile", "email"],
    "verified_claim": "email_verified",  # OpenID Connect Core §5.1
    "login_again": {"prompt": "login", "max_age": "300"},
}
SCOPES, VOUCHING = WORDS["scopes"], WORDS["vouching"]
UNLISTED, UNLISTED_FIX = VOUCHING["unlisted"], VOUCHING["unlisted_fix"]
OTHER_REASON = gettext_noop("requested by default")
AT_LEAST = gettext_noop("public profile")  # what a sign-in shares, where nothing else is known
WELL_KNOWN, OWN_SERVERS = WORDS["groups"]["well_known"], WORDS["groups"]["own_servers"]
ANSWERS = {"source": str, "whose": Whose, "reuse": Reuse, "verifier": Verifier}


class UnknownKindError(LookupError):
    """No such kind in the catalogue."""


def kind_of(kind_id: str, entry: dict[str, Any]) -> Kind:
    """Return the kind of an entry. It cannot be added yet if its id may mean two people.

    Raises `TypeError` for a member that `Kind` does not have.
    """
    usual = OPENID_CONNECT if entry.get("protocol") == Protocol.OPENID_CONNECT else {}
    members = {name: READERS.get(name, _frozen)(value) for name, value in (usual | entry).items()}
    if "max_age" in (login_again := dict(members.get("login_again", ()))):
        members["max_age"] = int(login_again["max_age"])
    kind = Kind(kind_id, **members)
    return replace(kind, not_yet=kind.not_yet or kind.identifier.why_not)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((name, _frozen(member)) for name, member in value.items())
    return tuple(value) if isinstance(value, list) else value


READERS: dict[str, Callable[[Any], Any]] = {
    "protocol": Protocol,
    "identifier": lambda answers: Identifier(**{n: ANSWERS[n](v) for n, v in answers.items()}),
    "described": lambda members: RegistrationGuide(**dict(_frozen(members))),
    "extra": lambda keys: tuple(ExtraKey(**key) for key in keys),
    "token_endpoint_auth_method": TokenEndpointAuthMethod,
    "server": lambda members: AuthorizationServer(**members),
}
FIRST_CLASS = [kind_of(kind_id, entry) for kind_id, entry in entries("well_known.toml").items()]


@cache
def kinds() -> dict[str, Kind]:
    """Return every OAuth 2.0 and OpenID Connect kind by its id: well-known ones, others by name."""
    found = {kind.id: kind for kind in FIRST_CLASS}
    others = entries("others.toml")
    classes = [cls for cls in registry.get_class_list() if issubclass(cls, OAuth2Provider)]
    for cls in sorted(classes, key=lambda cls: str(cls.name).lower()):
        if cls.id not in found:
            kind = kind_of(cls.id, {"name": str(cls.name), **others.get(cls.id, {})})
            default = cls(None, app=SocialApp(provider=cls.id)).get_default_scope()
            scope = kind.scope or tuple(name for name in default if name)
            reason = kind.not_yet or reason_not_yet(cls, kind)
            found[cls.id] = replace(kind, scope=scope, not_yet=reason)
    return found


def kind(kind_id: str) -> Kind:
    """Return one kind, or raise `UnknownKindError`."""
    try:
        return kinds()[kind_id]
    except KeyError:
        raise UnknownKindError(kind_id) from None


def addable_kinds() -> list[Kind]:
    return [kind for kind in kinds().values() if not kind.not_yet]


def reason_not_yet(cls: type[OAuth2Provider], known: Kind) -> str:
    """Say what allauth's adapter needs that the generic code flow lacks, untranslated."""
    adapter = cls.oauth2_adapter_class
    names = {"authorize_url", "access_token_url"} - {name for name, _ in known.endpoints}
    urls = [inspect.getattr_static(adapter, name, None) for name in names]
    if not all(isinstance(url, str) and url.startswith("https://") for url in urls):
        return gettext_noop("its endpoints need further settings")
    own = ("get_access_token_data", "get_client")
    is_own = any(getattr(adapter, name) is not getattr(OAuth2Adapter, name) for name in own)
    has_own_client = adapter.client_class is not OAuth2Client
    if is_own or (has_own_client and known.client_id_parameter == "client_id"):
        return gettext_noop("its token request does not follow RFC 6749")
    return ""


def reasons_for(scope: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each scope with the reason why a sign-in asks for it."""
    return [(name, _(SCOPES.get(name, {}).get("reason", OTHER_REASON))) for name in scope]


def shared_by(scope: tuple[str, ...]) -> list[str]:
    """Return what these scopes share, in words that follow "your"."""
    words = [word for name in scope for word in SCOPES.get(name, {"shares": [name]})["shares"]]
    return list(dict.fromkeys(words)) or [AT_LEAST]


def on_vouching(kind: Kind) -> str:
    """Return the help of the field for domains, as it is true for this kind."""
    if kind.identifier.verifier is not Verifier.PROVIDER:
        return f"{_(VOUCHING['in_general'])} {_(VOUCHING['empty_is_none'])}"
    other = VOUCHING["of_another_server"] if kind.takes_base_url else ""
    words = (VOUCHING["in_general"], VOUCHING["empty_is_every"], kind.vouching_note, other)
    return " ".join(_(part) for part in words if part)


def groups(search: str = "") -> dict[str, list[Kind]]:
    """Return the kinds that match `search`, by the heading of their group. "" matches all.

    Each word of `search` has to occur in one of the kind's names. No group is empty.
    """
    found: list[Kind] = []
    for kind in kinds().values():
        names = " ".join((kind.name, kind.id, *kind.guide.also_called)).lower()
        if all(word in names for word in search.lower().split()):
            found.append(kind)
    left = {kind.id: kind for kind in found if not kind.not_yet}
    well_known = [left.pop(kind_id) for kind_id in WELL_KNOWN if kind_id in left]
    own = [left.pop(kind_id) for kind_id in OWN_SERVERS if kind_id in left]
    others = sorted(left.values(), key=lambda kind: kind.name.lower())
    titled = {
        _("Popular"): well_known,
        _("Your own server or tenant"): own + [k for k in left.values() if k.takes_base_url],
        _("More providers"): [kind for kind in others if not kind.takes_base_url],
        _("Not available yet"): [kind for kind in found if kind.not_yet],
    }
    return {title: members for title, members in titled.items() if members}
