"""One profile that every adapter of allauth can read, and the sign-in of any kind with it."""

import json
import re
from dataclasses import replace
from typing import Any

import responses
from django.test import Client

from providers import catalogue
from providers.models import Provider
from tests.fakes import add_provider, begin, come_back
from tests.providers.clients.answers import EVERY
from tests.providers.clients.answers.entry import APPLE_EXTRA, Answers, OpenID
from tests.providers.clients.answers.openid import KEYCLOAK

ID = "4711"
ANYTHING = re.compile("https://.*")
OWN = "https://own.example.org"
EXTRA = {"apple": APPLE_EXTRA, "microsoft": {"tenant": "common"}}
BY_ALLAUTH = [
    kind
    for kind in catalogue.addable_kinds()
    if kind.protocol is catalogue.Protocol.ALLAUTH and not kind.not_yet
]
ISSUER = "https://sso.example.org/realms/team"
GENERIC = replace(KEYCLOAK, kind="openid_connect", row=KEYCLOAK.row | {"base_url": ISSUER})
DESCRIBED: dict[str, Answers] = {answers.kind: answers for answers in (*EVERY, GENERIC)}
NAMES = ("id", "user_id", "account_id", "uid", "sub", "idstr", "gid", "uuid", "urn", "userid")
MORE_NAMES = ("open_id", "customer_id", "userId", "externalId", "Id", "ZUID", "CharacterOwnerHash")
ANSWER = {"user_id": ID, "uid": ID, "orcid": ID, "x_mailru_vid": ID}  # of the token endpoint


def profile(value: object = ID) -> dict[str, Any]:
    """Return a profile in which every member that is somebody's id has this value."""
    one: dict[str, Any] = dict.fromkeys((*NAMES, *MORE_NAMES), value)
    one |= {
        "name": "Alice Archer",
        "display_name": "Alice Archer",
        "displayname": "Alice Archer",
        "displayName": "Alice Archer",
        "username": "alice",
        "email": "alice@example.com",
        "Email": "alice@example.com",
        "first_name": "Alice",
        "last_name": "Archer",
        "Display_Name": "Alice Archer",
        "First_Name": "Alice",
        "Last_Name": "Archer",
        "FirstName": "Alice",
        "LastName": "Archer",
        "uri": f"/users/{value}",
        "contact": {},
        "userid_sec": [],
        "url": "https://gumroad.com/alice",
        "login": {"login_id": value},
        "identity": {"id": value},
        "audience": "client-1",
        "orcid-identifier": {"path": value},
        "blogs": [{"uuid": value, "primary": True}],
        "attributes": {"email": "alice@example.com"},
        "kakao_account": {},
    }
    inside = one | {"user": one, "me": one}
    ocs = {"data": one}
    return inside | {
        "data": inside,
        "user": one,
        "account": one,
        "result": one,
        "response": inside,
        "ocs": ocs,
        "items": [one],
    }


def shaped(kind: catalogue.Kind, told: dict[str, Any]) -> Any:
    """Return the profile in the shape of the few kinds that have another."""
    if kind.id == "mailru":
        return [told]
    if kind.id == "clever":
        own = {"name": {"first": "Alice", "last": "Archer"}, "roles": {"teacher": {}}}
        return told | {"data": told["data"] | own}
    if kind.id == "dropbox":
        return told | {"name": {"display_name": "Alice Archer"}}
    return told


def openid(kind: catalogue.Kind) -> Answers | None:
    """Return the answers of a kind that speaks OpenID Connect."""
    described = DESCRIBED.get(kind.id)
    return described if described and isinstance(described.server, OpenID) else None


def add(kind: catalogue.Kind, **fields: Any) -> Provider:
    """Register a provider of any kind, under its id."""
    described = openid(kind)
    if described:
        return described.add(kind.id, **fields)
    base_url = OWN if kind.needs_base_url else ""
    extra = EXTRA.get(kind.id, {})
    return add_provider(kind.id.lower(), kind.id, base_url=base_url, extra=extra, **fields)


def answer(
    told: Any,
    token: dict[str, Any],
    status: int = 200,
    answers: responses.RequestsMock = responses.mock,
) -> None:
    """Answer whatever is asked: what redeems a code with a token, all else with the profile."""

    def post(request: Any) -> tuple[int, dict[str, str], str]:
        redeems = "grant_type" in str(request.body)
        return 200 if redeems else status, {}, json.dumps(token if redeems else told)

    answers.get(ANYTHING, json=told, status=status)
    answers.add_callback("POST", ANYTHING, post, content_type="application/json")


def sign_in(client: Client, kind: catalogue.Kind, code: str = "c") -> str:
    slug = kind.id.lower()
    state = begin(client, slug)["state"]
    return come_back(client, slug, code=code, state=state)["Location"]
