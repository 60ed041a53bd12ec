"""A sweep: whatever is asked of any address by anybody, the answer is no 500 and no traceback."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.test import Client

from tests.sweep.addresses import GONE, ROW, filled, routes
from tests.sweep.asking import has_failed
from tests.sweep.people import PEOPLE, Site, furnished

pytestmark = pytest.mark.django_db
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE")
QUERIES = [
    "q=%00&name=ops&o=%00&p=%00&next=%00&e=%00&state=%00&code=%00&error=%00&again=%00",
    f"q=%ED%A0%80&o=x.-99&p={'9' * 30}&next={'x' * 900}&state=%FF&code={'x' * 3000}&code=b",
    "sign_out=%00&withdraw=%ED%A0%80&app=%00&client_id=%00&ui_locales=%00&request_uri=%00",
    f"next=/oauth/authorize%3Fclient_id%3D%2500%26ui_locales%3D{'x-' * 300}",
    "go-on=%00&answered=%ED%A0%80&disconnect=%00&other=%00&answer=%00&kind=%00&name=ops&p=-9",
]
HEADERS: list[dict[str, str]] = [
    {
        "accept": "\0/*;q=x",
        "user-agent": "a\0b\udce9" + "x" * 9000,
        "cookie": f"csrf=\x85; signin-abcdefgh=\0; {'; '.join([f'refresh={GONE}.1.x'] * 50)}",
        "x-forwarded-for": "\0, ::::, 1.2.3.4:99",
    },
    {
        "authorization": "Bearer \0\xff",
        "referer": "http://[::1",
        "origin": "http://[::1",
        "if-none-match": "\0",
        "accept-language": "x" * 5000,
    },
]
FORM = "application/x-www-form-urlencoded"
NAMES = (
    "next token end username password name action _selected_action notice account provider"
    " connect disconnect replays understood user post another instead prove forget seen link other"
    " answer organisation known not_me answered go-on scope audience lifetime kind slug"
    " send_form give take _what_if q e audience groups people term redirect_uris jwks handled"
    " form-TOTAL_FORMS form-INITIAL_FORMS sign_out withdraw sent key decision client_id address"
    " state"
)
MULTIPART = "multipart/form-data; boundary=a"
ENCODED = (
    b'--a\r\nContent-Disposition: form-data; name="username"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nAGEA\r\n--a\r\n"
    b'Content-Disposition: form-data; name="f"; filename="a\0b"\r\n\r\n\0\r\n--a--\r\n'
)
BODIES: list[tuple[str, bytes]] = [
    (FORM, "&".join(f"{name}=%00&{name}=b" for name in NAMES.split()).encode()),
    (FORM, "&".join(f"{name}=%ED%A0%80%FF" for name in NAMES.split()).encode()),
    (FORM, "&".join(f"{name}={'x' * 3000}" for name in NAMES.split()).encode()),
    (FORM, b"a" * 1_048_576),
    (MULTIPART, ENCODED),
    ("application/json", json.dumps({"refresh_token": "\0\ud800"}).encode()),
]


@pytest.mark.parametrize("route", routes())
def test_every_place_of_an_address_is_filled(route: str) -> None:
    """What stays of a regular expression would be asked for as it stands, and match nothing."""
    assert not [path for path in filled(route) if set("<>()?|^$\\").intersection(path)]


@pytest.mark.parametrize("route", routes())
def test_no_address_answers_500(route: str) -> None:
    site = furnished()
    failed = [
        (person, asked)
        for person in PEOPLE
        for asked, ask in requests(site, site.browser(person), route)
        if has_failed(ask)
    ]
    assert failed == []


def requests(site: Site, browser: Client, route: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Give what is asked of a route, each in words and as the request itself.

    A view learns nothing of a request that is refused before it, and it knows a script only as
    a stranger: there, one form is enough.
    """
    paths = [path.replace(ROW, site.key_in(path)) for path in filled(route)]
    for path in paths:
        yield f"GET {path}", partial(browser.get, path)
    path = paths[0]
    if "HTTP_AUTHORIZATION" in browser.defaults or is_refused(browser.get(path)):
        yield f"POST {path}", partial(browser.post, path, BODIES[0][1], BODIES[0][0])
        return
    for query in QUERIES:
        yield f"GET {path}?{query}", partial(browser.get, f"{path}?{query}")
    for headers in HEADERS:
        yield f"GET {path} {headers}", partial(browser.get, path, headers=headers)
    for method in METHODS:
        yield f"{method} {path}", partial(browser.generic, method, path)
    for kind, body in BODIES:
        yield f"POST {path} {kind} {body[:60]!r}", partial(browser.post, path, body, kind)


def is_refused(answer: Any) -> bool:
    to_sign_in = answer.get("Location", "").startswith(("/sign-in/?next=", "/admin/login/?next="))
    return answer.status_code in (401, 403) or to_sign_in


def test_the_page_of_a_link_is_open_to_whoever_has_it() -> None:
    """A sweep of a page that is always refused proves nothing."""
    assert furnished().browser("nobody").get("/connect/").status_code == 200
