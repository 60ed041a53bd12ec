"""Requests that are too large for the real server, and what it says."""

import socket
from urllib.parse import urlsplit

import pytest

from tests.conftest import HOST
from tests.processes.site import PATIENCE, Site

FORM = "Content-Type: application/x-www-form-urlencoded"


def send(site: Site, head: list[str], body: bytes = b"") -> str:
    """Send the bytes; return what comes back, as far as the server sends it at once."""
    at = urlsplit(site.url)
    with socket.create_connection((at.hostname, at.port), PATIENCE) as connection:
        lines = [*head, f"Host: {HOST}", "Connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
        return answer.decode()


def test_cookies_of_other_sites_of_the_domain_do_no_harm(sites: list[Site]) -> None:
    answer = send(sites[0], ["GET /sign-in/ HTTP/1.1", f"Cookie: other={'x' * 20_000}"])
    assert answer.startswith("HTTP/1.1 200")


def test_who_has_too_many_cookies_is_told_what_to_do(sites: list[Site]) -> None:
    answer = send(sites[0], ["GET /sign-in/ HTTP/1.1", f"Cookie: other={'x' * 40_000}"])
    assert answer.startswith("HTTP/1.1 431")
    assert "Delete the cookies of" in answer


@pytest.mark.parametrize("path", ["/sign-in/demo/", "/api/session/refresh"])
def test_a_large_upload_is_refused_before_it_has_arrived(sites: list[Site], path: str) -> None:
    head = [f"POST {path} HTTP/1.1", FORM, f"Content-Length: {300 * 2**20}"]
    assert send(sites[0], head, b"a=").startswith("HTTP/1.1 413")


def test_a_large_upload_in_chunks_is_refused(sites: list[Site]) -> None:
    head = ["POST /sign-in/demo/ HTTP/1.1", FORM, "Transfer-Encoding: chunked"]
    chunk = b"a000\r\n" + b"x" * 0xA000 + b"\r\n"
    assert send(sites[0], head, chunk * 2).startswith("HTTP/1.1 413")


def test_a_small_body_in_chunks_is_read(sites: list[Site]) -> None:
    head = ["POST /api/session/refresh HTTP/1.1", "Transfer-Encoding: chunked"]
    body = b'{"refresh_token": "x"}'
    answer = send(sites[0], head, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    assert answer.startswith("HTTP/1.1 400")
    assert "invalid_grant" in answer
