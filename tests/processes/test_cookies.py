"""Bytes in a `Cookie` header, as a page on a sibling host could plant them, and the real server."""

from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from sessions.models import User
from sessions.refresh_tokens import issue_refresh_token
from tests.conftest import HOST
from tests.processes.conftest import new_session, row_of
from tests.processes.site import PATIENCE, Site

SPACES = [b"\x1c", b"\x1d", b"\x1e", b"\x1f", b"\x85", b"\xa0", b"\xc2\xa0", b"\xe3\x80\x80"]


@pytest.mark.parametrize("space", SPACES, ids=repr)
@pytest.mark.parametrize("name", [b"session", b"refresh"], ids=bytes.decode)
def test_a_look_alike_signs_nobody_in_and_hides_nothing(
    sites: list[Site], person: User, name: bytes, space: bytes
) -> None:
    session = new_session(person)
    refresh_token = issue_refresh_token(session)
    held = sites[0].access_token(refresh_token) if name == b"session" else refresh_token
    generation = row_of(session).generation
    is_control = space < b" "  # the server answers by itself
    look_alikes = (space + name, name + space, space + name + space)
    for look_alike in look_alikes:
        cookie = b"%s=%s" % (look_alike, held.encode())
        assert status(sites[0], cookie) == (400 if is_control else 401)
    assert row_of(session).generation == generation
    for look_alike in look_alikes:
        cookie = b"%s=x; %s=x; %s=%s" % (look_alike, name, name, held.encode())
        assert status(sites[0], cookie) == (400 if is_control else 200)


def status(site: Site, cookie: bytes) -> int:
    connection = HTTPConnection(urlsplit(site.url).netloc, timeout=PATIENCE)
    try:
        connection.putrequest("GET", "/api/session", skip_host=True)
        connection.putheader("Host", HOST)
        connection.putheader("Cookie", cookie)
        connection.endheaders()
        answer: HTTPResponse = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
