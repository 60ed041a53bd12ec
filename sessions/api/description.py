"""The API's description of itself: `/api/openapi.json` for programs, `/api/docs` for people.

It is kept by hand, because the API is a handful of operations, and held to the running site by a
test that asks for every answer in it.
"""

import json
from copy import deepcopy
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from web.cookies import cookie_name

KEPT_BY_HAND = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
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


@dataclass(frozen=True)
class Member:
    """A member of a JSON object."""

    name: str
    kind: str
    text: str
    is_optional: bool


@dataclass(frozen=True)
class Body:
    """What a request or an answer carries, in one of its forms."""

    media_type: str
    title: str
    members: list[Member]


@dataclass(frozen=True)
class Answer:
    """One status that an operation answers with."""

    status: str
    phrase: str
    text: str
    headers: list[tuple[str, str]]
    bodies: list[Body]


@dataclass(frozen=True)
class Operation:
    """A method at an address."""

    method: str
    path: str
    name: str
    summary: str
    text: str
    credentials: list[str]
    sample: str
    request: list[Body]
    answers: list[Answer]


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return what a person reads, in the order of the document and without its references."""
    paths = _resolved(document["paths"], document["components"])
    return [
        _operation(method, path, told)
        for path, methods in paths.items()
        for method, told in methods.items()
    ]


def _operation(method: str, path: str, told: dict[str, Any]) -> Operation:
    needed = [CREDENTIALS[name] for alternative in told["security"] for name in alternative]
    return Operation(
        method=method.upper(),
        path=path,
        name=told["operationId"],
        summary=told["summary"],
        text=told.get("description", ""),
        credentials=needed,
        sample=told["x-codeSamples"][0]["source"].replace("{server}", settings.BASE_URL),
        request=_bodies(told.get("requestBody", {})),
        answers=[_answer(status, answer) for status, answer in told["responses"].items()],
    )


def _answer(status: str, told: dict[str, Any]) -> Answer:
    headers = [(name, header["description"]) for name, header in told.get("headers", {}).items()]
    phrase = HTTPStatus(int(status)).phrase
    return Answer(status, phrase, told["description"], headers, _bodies(told))


def _bodies(told: dict[str, Any]) -> list[Body]:
    return [
        Body(media_type, schema.get("title", ""), _members(schema))
        for media_type, content in told.get("content", {}).items()
        for schema in content["schema"].get("oneOf", [content["schema"]])
    ]


def _members(schema: dict[str, Any]) -> list[Member]:
    required = schema["required"]
    return [
        Member(name, _kind(member), member.get("description", ""), name not in required)
        for name, member in schema["properties"].items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    """Return the type of a value, as a word or as the values that there are."""
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    kind = " or ".join(f'"{value}"' for value in values) or schema["type"]
    return f"array of {schema['items']['type']}s" if kind == "array" else str(kind)


def _resolved(value: Any, components: dict[str, Any]) -> Any:
    """Return the value with each `$ref` replaced by what it refers to."""
    if isinstance(value, list):
        return [_resolved(member, components) for member in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        _, _, section, name = value["$ref"].split("/")
        return _resolved(components[section][name], components)
    return {name: _resolved(member, components) for name, member in value.items()}
