"""The API's description of itself: `/api/openapi.json` for programs, `/api/docs` for people.

It is kept by hand, because the API is a handful of operations. A test asks the running site for
every response in it. It also says what each claim of a session JWT means.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from web.cookies import cookie_name
from web.shown import duration, escaped, moment, sentences, visible

KEPT_BY_HAND = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
CLAIMS: dict[str, Any] = KEPT_BY_HAND["components"]["schemas"]["Claims"]["properties"]
TIMES = ("iat", "exp", "auth_time")
HEADERS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
CREDENTIALS = {
    "bearer": "a session JWT as Authorization: Bearer",
    "cookie": "the cookie of a session",
    "refresh": "the cookie of a refresh token",
}


@login_not_required
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Publish the description (OpenAPI 3.1)."""
    return JsonResponse(description(), headers=HEADERS, json_dumps_params={"indent": 2})


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description to a person."""
    document = description()
    context = {"info": document["info"], "operations": operations(document)}
    return render(request, "api_docs.html", context)


def description() -> dict[str, Any]:
    """Return the OpenAPI document of this site."""
    document: dict[str, Any] = deepcopy(KEPT_BY_HAND)
    document["servers"][0]["url"] = settings.BASE_URL
    schemes = document["components"]["securitySchemes"]
    for name in ("cookie", "refresh"):
        schemes[name]["name"] = cookie_name(schemes[name]["name"])
    return document


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations for the page, in the document's order, with references resolved."""
    paths = _resolved(document["paths"], document["components"])
    return [
        operation | _for_people(operation) | {"method": method.upper(), "path": path}
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]


def _for_people(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the parts that the page words differently from the document."""
    sample = operation["x-codeSamples"][0]["source"]
    return {
        "credentials": [CREDENTIALS[name] for each in operation["security"] for name in each],
        "sample": sample.replace("{server}", settings.BASE_URL),
        "request": _bodies(operation.get("requestBody", {})),
        "responses": [
            response
            | {"status": status, "phrase": HTTPStatus(int(status)).phrase}
            | {"bodies": _bodies(response)}
            for status, response in operation["responses"].items()
        ],
    }


def _bodies(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the forms that the body of a request or response may have."""
    return [
        {"title": schema.get("title"), "media_type": media_type, "members": _members(schema)}
        for media_type, content in message.get("content", {}).items()
        for schema in content["schema"].get("oneOf", [content["schema"]])
    ]


def _members(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the members; the kind of each is its type, or the values that there are."""
    members = []
    for name, member in schema["properties"].items():
        values = [member["const"]] if "const" in member else member.get("enum", [])
        kind = " or ".join(f'"{value}"' for value in values) or member["type"]
        kind = f"array of {member['items']['type']}s" if kind == "array" else kind
        is_optional = name not in schema["required"]
        members.append(member | {"name": name, "kind": kind, "is_optional": is_optional})
    return members


def _resolved(value: Any, components: dict[str, Any]) -> Any:
    """Return the value with each `$ref` replaced by what it refers to."""

    def follow(found: dict[str, Any]) -> Any:
        if "$ref" not in found:
            return found
        _, _, section, name = found["$ref"].split("/")
        return _resolved(components[section][name], components)

    return json.loads(json.dumps(value), object_hook=follow)


# What a claim means


class ExplainedClaim(NamedTuple):
    """One claim: its value as a person reads it, and what it means."""

    name: str
    value: str
    meaning: tuple[str, ...]  # sentences; the first says what a visitor wants to know
    source: str  # where the claim is defined, "" for one of ours


def explained(claims: Mapping[str, Any]) -> list[ExplainedClaim]:
    """Explain the claims of any JWT in their order. The meaning of an unknown claim is empty."""
    entries = [(name, CLAIMS.get(name, {})) for name in claims]
    return [
        ExplainedClaim(
            name=visible(name),
            value=_value(name, claims),
            meaning=tuple(map(_, sentences(entry["description"]))) + _later(name) if entry else (),
            source=entry.get("x-source", ""),
        )
        for name, entry in entries
    ]


def _later(name: str) -> tuple[str, ...]:
    """Return what the description of a claim cannot say, because it depends on the settings."""
    if name != "exp":
        return ()
    words = _(
        "Before that, a browser gets the next token automatically, until the session has been "
        "unused for {idle} or is {most} old."
    )
    idle, most = settings.SESSION_IDLE_LIFETIME, settings.SESSION_LIFETIME
    return (words.format(idle=duration(idle), most=duration(most)),)


def _value(name: str, claims: Mapping[str, Any]) -> str:
    value, iat = claims[name], claims.get("iat")
    if name == "exp" and type(iat) is int and type(value) is int:
        words = _("{time}, {duration} after iat")
        return words.format(time=moment(value), duration=duration(value - iat))
    if name in TIMES:
        return moment(value)
    if isinstance(value, list):
        return ", ".join(map(visible, value))
    is_text = isinstance(value, str)
    return visible(value) if is_text else escaped(json.dumps(value, ensure_ascii=False))
