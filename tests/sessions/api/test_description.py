"""The description of the API is valid, complete, and what the running site does."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from pytest_django import Settings

from config.urls import urlpatterns
from sessions.api.description import description, operations
from sessions.models import User
from tests.conftest import BASE_URL, HOST
from tests.sessions.outage import database_gone

pytestmark = pytest.mark.django_db
site: list[Any] = urlpatterns
PASSWORD = "correct horse battery staple"
PAGES = {"/api/docs", "/api/token/"}  # for people
OURS = {"origin": BASE_URL}
THEIRS = {"origin": "https://mallory.example"}
Key = tuple[str, str, str]


@pytest.fixture
def browser(client: Client) -> Client:
    """Somebody who has just signed in, with every cookie that brings."""
    User.objects.create_superuser("root", PASSWORD, email="root@example.com", name="Root")
    client.post("/admin/login/", {"username": "root", "password": PASSWORD})
    return client


def stranger() -> Client:
    return Client(headers={"host": HOST})


def by_bearer(browser: Client, method: str, token: str = "") -> Any:
    token = token or browser.cookies["session"].value
    headers = {"authorization": f"Bearer {token}"}
    return getattr(stranger(), method)("/api/session", headers=headers)


def refresh(browser: Client, body: str = "", **headers: str) -> Any:
    body = body.replace("TOKEN", browser.cookies["refresh"].value) if body else ""
    path = "/api/session/refresh"
    return browser.post(path, body, content_type="application/json", headers=headers)


def too_many_refreshes(browser: Client) -> Any:
    return [refresh(browser, '{"refresh_token": "broken"}') for _ in range(31)][-1]


def without_database(ask: Callable[[Client], Any]) -> Callable[[Client], Any]:
    def asked(browser: Client) -> Any:
        browser.raise_request_exception = False
        with database_gone():
            return ask(browser)

    return asked


def known_keys(browser: Client) -> Any:
    etag = stranger().get(JWKS)["ETag"]
    return stranger().get(JWKS, headers={"if-none-match": etag})


SESSION, REFRESH = "/api/session", "/api/session/refresh"
JWKS = "/.well-known/jwks.json"
ASKED: dict[Key, list[Callable[[Client], Any]]] = {
    (SESSION, "get", "200"): [
        lambda browser: browser.get(SESSION),
        lambda browser: by_bearer(browser, "get"),
    ],
    (SESSION, "get", "401"): [
        lambda browser: stranger().get(SESSION),
        lambda browser: by_bearer(browser, "get", "broken"),
    ],
    (SESSION, "delete", "204"): [
        lambda browser: by_bearer(browser, "delete"),
        lambda browser: browser.delete(SESSION, headers=OURS),
    ],
    (SESSION, "delete", "401"): [
        lambda browser: stranger().delete(SESSION),
        lambda browser: by_bearer(browser, "delete", "broken"),
    ],
    (SESSION, "delete", "403"): [lambda browser: browser.delete(SESSION, headers=THEIRS)],
    (SESSION, "delete", "503"): [
        without_database(lambda browser: browser.delete(SESSION, headers=OURS))
    ],
    (REFRESH, "post", "200"): [
        lambda browser: refresh(browser, **OURS),
        lambda browser: refresh(browser, '{"refresh_token": "TOKEN"}'),
    ],
    (REFRESH, "post", "400"): [
        lambda browser: refresh(browser, "[]"),
        lambda browser: refresh(browser, '{"refresh_token": "broken"}'),
        lambda browser: stranger().post(REFRESH, headers=OURS),
    ],
    (REFRESH, "post", "403"): [lambda browser: refresh(browser, **THEIRS)],
    (REFRESH, "post", "413"): [lambda browser: refresh(browser, "x" * 65_537)],
    (REFRESH, "post", "429"): [too_many_refreshes],
    (REFRESH, "post", "503"): [
        without_database(lambda browser: refresh(browser, **OURS)),
        without_database(lambda browser: refresh(browser, '{"refresh_token": "TOKEN"}')),
    ],
    (JWKS, "get", "200"): [lambda browser: stranger().get(JWKS)],
    (JWKS, "get", "304"): [known_keys],
    ("/api/openapi.json", "get", "200"): [lambda browser: stranger().get("/api/openapi.json")],
}


def described() -> Iterator[tuple[Key, dict[str, Any]]]:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                yield (path, method, status), resolved(answer)


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference of an answer or a header."""
    if "$ref" not in value:
        return value
    _, _, section, name = value["$ref"].split("/")
    target: dict[str, Any] = description()["components"][section][name]
    return target


def assert_fits(value: object, schema: dict[str, Any]) -> None:
    OAS31Validator(schema | {"components": description()["components"]}).validate(value)


def test_is_a_valid_openapi_document() -> None:
    validate(description())


def test_every_answer_that_is_described_is_asked_for() -> None:
    assert ASKED.keys() == {key for key, _ in described()}


def test_every_address_of_the_api_is_described_or_a_page_for_people() -> None:
    mounted = {f"/{pattern.pattern!s}" for pattern in site}
    of_the_api = {path for path in mounted if path.startswith(("/api/", "/.well-known/"))}
    assert of_the_api - PAGES == description()["paths"].keys()


@pytest.mark.parametrize("key", list(ASKED), ids=" ".join)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_site_answers_as_described(browser: Client, key: Key, number: int) -> None:
    told = dict(described())[key]
    answer = ASKED[key][number % len(ASKED[key])](browser)
    assert str(answer.status_code) == key[2]
    for name, header in told.get("headers", {}).items():
        schema = resolved(header)["schema"]
        assert re.search(schema.get("pattern", ""), answer[name])
    if "content" not in told:
        assert answer.content == b""
        return
    ((media_type, content),) = told["content"].items()
    assert answer["Content-Type"] == media_type
    assert_fits(answer.json(), content["schema"])


def test_a_method_that_is_not_described_is_not_answered(browser: Client) -> None:
    for path, methods in description()["paths"].items():
        for method in {"get", "post", "put", "patch", "delete"} - methods.keys():
            answer = getattr(browser, method)(path, headers=OURS)
            assert answer.status_code == 405, (path, method)


def test_every_claim_that_a_token_may_have_is_described(browser: Client) -> None:
    known = description()["components"]["schemas"]["Claims"]["properties"].keys()
    assert known >= browser.get(SESSION).json().keys()
    assert known >= {"idp", "picture"}


# What it says of this site


def test_names_this_site_and_its_cookies(client: Client, settings: Settings) -> None:
    settings.COOKIE_PREFIX = "__Host-"
    document = client.get("/api/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert document["servers"] == [{"url": BASE_URL}]
    assert (schemes["cookie"]["name"], schemes["refresh"]["name"]) == (
        "__Host-session",
        "__Host-refresh",
    )
    assert description() == document


def test_may_be_read_from_anywhere_and_kept(client: Client) -> None:
    answer = client.get("/api/openapi.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=300"


# The page


def test_the_page_tells_every_operation_and_loads_nothing_from_elsewhere(client: Client) -> None:
    answer = client.get("/api/docs")
    page = answer.content.decode()
    for operation in operations(description()):
        assert f'id="{operation["operationId"]}"' in page
        assert operation["summary"] in page
        for response in operation["responses"]:
            assert f"{response['status']} {response['phrase']}" in page
    assert page.count("<script") == page.count('<script src="/static/')
    assert " style=" not in page
    loaded = re.findall(r'<(?:link|img|iframe|source)[^>]*(?:href|src)="([^"]*)', page)
    assert all(address.startswith("/static/") for address in loaded)
    assert "'none'" in answer["Content-Security-Policy"]


def test_the_page_shows_what_to_type(client: Client) -> None:
    page = client.get("/api/docs").content.decode()
    assert f"curl {BASE_URL}/api/session --header &quot;Authorization: Bearer $TOKEN&quot;" in page
    assert "array of strings" in page
    assert "&quot;invalid_grant&quot; or &quot;invalid_request&quot;" in page
