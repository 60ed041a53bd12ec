"""Requests that RFC 9112 forbids, or that two programs could read differently: none does harm.

Each is sent alone. So a second response would answer what was hidden in the first request.
"""

import string

import pytest

from tests.conftest import HOST
from tests.processes.site import Site
from tests.processes.wire import Wire

END = f"Host: {HOST}\r\nConnection: close\r\n\r\n".encode()
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
HIDDEN = b"GET /healthz HTTP/1.1\r\n\r\n"
NO_FORM = 403  # the site has read the body, and misses its CSRF token there
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: 3\r\n"


def get(line: bytes = b"", target: bytes = b"/healthz", version: bytes = b"HTTP/1.1") -> bytes:
    """A GET with one more line in its head."""
    return b"GET %s %s\r\n%s%s" % (target, version, line and line + b"\r\n", END)


def post(lines: bytes, body: bytes = b"a=b") -> bytes:
    return b"POST /api/token/ HTTP/1.1\r\n" + FORM + lines + END + body


def chunks(body: bytes) -> bytes:
    return post(CHUNKED, body)


REFUSED = {
    # where does the body end?
    "both lengths": post(CHUNKED + LENGTH, b"0\r\n\r\n" + HIDDEN),
    "both lengths, the other way": post(LENGTH + CHUNKED, b"0\r\n\r\n" + HIDDEN),
    "two lengths": post(LENGTH + b"Content-Length: 4\r\n"),
    "the same length twice": post(LENGTH + LENGTH),
    "a list of lengths": post(b"Content-Length: 3, 3\r\n"),
    "a list of different lengths": post(b"Content-Length: 3, 4\r\n"),
    "a length with a plus": post(b"Content-Length: +3\r\n"),
    "a length with a minus": post(b"Content-Length: -3\r\n"),
    "a length with an underscore": post(b"Content-Length: 1_0\r\n"),
    "a length in hexadecimal": post(b"Content-Length: 0x3\r\n"),
    "a length with a point": post(b"Content-Length: 3.0\r\n"),
    "a length with a space": post(b"Content-Length: 3 0\r\n"),
    "an empty length": post(b"Content-Length:\r\n"),
    "a length of other digits": post("Content-Length: \u0663\r\n".encode()),
    "a length of 5,000 digits": post(b"Content-Length: %s\r\n" % (b"9" * 5000)),
    "chunked twice": post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
    "chunked in two lines": post(CHUNKED + CHUNKED, b"0\r\n\r\n"),
    "chunked not at the end": post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"),
    "chunked and identity": post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "only identity": post(b"Transfer-Encoding: identity\r\n", HIDDEN),
    "only gzip": post(b"Transfer-Encoding: gzip\r\n", HIDDEN),
    "an unknown coding": post(b"Transfer-Encoding: x\r\n", HIDDEN),
    "an unknown coding before chunked": post(b"Transfer-Encoding: x, chunked\r\n", b"0\r\n\r\n"),
    "an empty coding": post(b"Transfer-Encoding:\r\n", HIDDEN),
    "chunked in quotes": post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "chunked with a parameter": post(b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n"),
    "chunked with a vertical tab": post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "chunked in HTTP/1.0": post(CHUNKED, b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a space before the colon of a coding": post(b"Transfer-Encoding : chunked\r\n" + LENGTH),
    # chunks
    "no size": chunks(b"\r\na=b\r\n0\r\n\r\n"),
    "a size that is no number": chunks(b"g\r\na=b\r\n0\r\n\r\n"),
    "a size with a minus": chunks(b"-3\r\na=b\r\n0\r\n\r\n"),
    "a size with a plus": chunks(b"+3\r\na=b\r\n0\r\n\r\n"),
    "a size with 0x": chunks(b"0x3\r\na=b\r\n0\r\n\r\n"),
    "a size with an underscore": chunks(b"0_3\r\na=b\r\n0\r\n\r\n"),
    "a size after a space": chunks(b" 3\r\na=b\r\n0\r\n\r\n"),
    "a size before a space": chunks(b"3 \r\na=b\r\n0\r\n\r\n"),
    "a size with a bare LF": chunks(b"3\na=b\r\n0\r\n\r\n"),
    "an extension with a bare CR": chunks(b"3;a\rb\r\na=b\r\n0\r\n\r\n"),
    "an extension with a control character": chunks(b"3;a=\x01\r\na=b\r\n0\r\n\r\n"),
    "a chunk that is longer than its size": chunks(b"3\r\na=bc\r\n0\r\n\r\n"),
    "a chunk that ends with a bare LF": chunks(b"3\r\na=b\n0\r\n\r\n"),
    "a size line that does not end": chunks(b"3;" + b"a" * 70_000),
    "a trailer that says a length": chunks(b"3\r\na=b\r\n0\r\nContent-Length: 3\r\n\r\n"),
    "a trailer that says who asks": chunks(b"3\r\na=b\r\n0\r\nAuthorization: Bearer x\r\n\r\n"),
    # lines
    "bare LF after the request line": b"GET /healthz HTTP/1.1\n" + END,
    "bare LF after a header": b"GET /healthz HTTP/1.1\r\nA: b\n" + END,
    "bare LF everywhere": get().replace(b"\r\n", b"\n"),
    "bare CR after a header": b"GET /healthz HTTP/1.1\r\nA: b\rC: d\r\n" + END,
    "bare CR in the request line": b"GET /healthz\rHTTP/1.1\r\n" + END,
    "a folded header": get(b"A: b\r\n c"),
    "a header folded by a tab": get(b"A: b\r\n\tc"),
    "a space before the first header": get(b" A: b"),
    "a header without a colon": get(b"A"),
    "a header without a name": get(b": b"),
    "a space before a colon": get(b"A : b"),
    "a tab before a colon": get(b"A\t: b"),
    "a space in a name": get(b"A B: c"),
    "a slash in a name": get(b"A/B: c"),
    "brackets in a name": get(b"A[B]: c"),
    "a name outside ASCII": get("Ä: b".encode()),
    "a control character in a name": get(b"A\x01: b"),
    "NUL in a value": get(b"A: b\0c"),
    "a control character in a value": get(b"A: \x07"),
    "DEL in a value": get(b"A: \x7f"),
    "two hosts": get(f"Host: {HOST}".encode()),
    "two types": post(FORM + LENGTH),
    "three empty lines at first": b"\r\n\r\n\r\n" + get(),
    # the request line
    "no version": b"GET /healthz\r\n" + END,
    "HTTP/0.9": b"GET /healthz HTTP/0.9\r\n" + END,
    "HTTP/1.2": get(version=b"HTTP/1.2"),
    "HTTP/2.0": get(version=b"HTTP/2.0"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version in small letters": get(version=b"http/1.1"),
    "a version with more digits": get(version=b"HTTP/1.10"),
    "a version with a space": get(version=b"HTTP/ 1.1"),
    "another protocol": get(version=b"RTSP/1.0"),
    "two spaces": b"GET  /healthz HTTP/1.1\r\n" + END,
    "a tab instead of a space": b"GET\t/healthz HTTP/1.1\r\n" + END,
    "a space in the target": get(target=b"/healthz a"),
    "a control character in the target": get(target=b"/healthz\x01"),
    "bytes outside ASCII in the target": get(target=b"/\xc3\xa4"),
    "a target without a slash": get(target=b"healthz"),
    "an asterisk for GET": get(target=b"*"),
    "an authority for GET": get(target=HOST.encode()),
    "an empty target": b"GET  HTTP/1.1\r\n" + END,
    "a method in small letters": b"get /healthz HTTP/1.1\r\n" + END,
    "a method that is no token": b"GE(T /healthz HTTP/1.1\r\n" + END,
    "a method of 30 letters": b"G" * 30 + b" /healthz HTTP/1.1\r\n" + END,
    "a proxy's line before the request": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + get(),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
    # too much
    "a long request line": get(target=b"/" + b"a" * 70_000),
    "a long header": get(b"A: " + b"b" * 40_000),
    "a long name": get(b"A" * 40_000 + b": b"),
    "a hundred headers and more": get(b"\r\n".join(b"A%d: b" % n for n in range(110))),
}
HARMLESS = {
    "a length with leading zeros": (post(b"Content-Length: 0003\r\n"), NO_FORM),
    "chunked in capitals": (
        post(b"Transfer-Encoding: CHUNKED\r\n", b"3\r\na=b\r\n0\r\n\r\n"),
        NO_FORM,
    ),
    "an extension of a chunk": (chunks(b"3;a=b\r\na=b\r\n0\r\n\r\n"), NO_FORM),
    "a size with leading zeros": (chunks(b"003\r\na=b\r\n0\r\n\r\n"), NO_FORM),
    "a chunk of 16 digits": (chunks(b"ffffffffffffffff\r\n" + b"a" * 70_000), 413),
    "a trailer": (chunks(b"3\r\na=b\r\n0\r\nA: b\r\n\r\n"), NO_FORM),
    "a length with an underscore in its name": (get(b"Content_Length: 3"), 200),
    "an address with an underscore in its name": (get(b"X_Forwarded_For: 192.0.2.1"), 200),
    "one empty line at first": (b"\r\n" + get(), 200),
    "a body of GET": (get(LENGTH.strip()) + b"a=b", 200),
    "an unknown expectation": (get(b"Expect: the-moon"), 200),
    "an upgrade to WebSocket": (
        get(
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        ),
        200,
    ),
    "an upgrade to HTTP/2": (
        get(b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk"),
        200,
    ),
    "the whole URL": (get(target=f"http://{HOST}/healthz".encode()), 200),
    "the whole URL, without a path": (get(target=f"http://{HOST}".encode()), 302),
    "the whole URL of another scheme": (get(target=b"gopher://x/healthz"), 200),
    "a fragment": (get(target=b"/healthz#a"), 404),
    "a NUL in the path": (get(target=b"/%00"), 404),
    "half an escape": (get(target=b"/%f"), 404),
    "a path that is no UTF-8": (get(target=b"/%FF" * 9), 404),
    "two slashes": (get(target=b"//mallory.example/healthz"), 404),
    "dots": (get(target=b"/static/../../config/settings.py"), 404),
    "dots in escapes": (get(target=b"/static/%2e%2e/%2e%2e/config/settings.py"), 404),
    "no host in HTTP/1.0": (b"GET /sign-in/ HTTP/1.0\r\n\r\n", 302),
    "no host": (b"GET /sign-in/ HTTP/1.1\r\nConnection: close\r\n\r\n", 302),
    "another host": (get(target=b"/sign-in/").replace(HOST.encode(), b"mallory.example"), 302),
    "a host that is none": (get(target=b"/sign-in/").replace(HOST.encode(), b"a b@c"), 302),
    "CONNECT": (b"CONNECT mallory.example:443 HTTP/1.1\r\n" + END, 404),
    "TRACE": (b"TRACE /sign-in/ HTTP/1.1\r\n" + END, 405),
    "an unknown method": (b"BREW /sign-in/ HTTP/1.1\r\n" + END, 403),
    "OPTIONS of all": (b"OPTIONS * HTTP/1.1\r\n" + END, 404),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_is_refused(sites: list[Site], raw: bytes) -> None:
    came = answer_to(sites[0], raw)
    assert came.startswith((b"HTTP/1.1 400", b"HTTP/1.1 414", b"HTTP/1.1 431", b"HTTP/1.1 501"))
    assert came.count(b"HTTP/1.1 ") == 1
    assert b"alive" not in came


def test_each_control_character_in_a_value_is_refused(sites: list[Site]) -> None:
    allowed = [n for n in range(256) if answer_to(sites[0], get(b"A: b%cc" % n))[9:12] == b"200"]
    assert allowed == [0x09, *range(0x20, 0x7F), *range(0x80, 0x100)]


def test_each_character_that_no_name_may_have_is_refused(sites: list[Site]) -> None:
    allowed = [n for n in range(256) if answer_to(sites[0], get(b"A%c: b" % n))[9:12] == b"200"]
    token = "!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters  # RFC 9110 §5.6.2
    assert allowed == sorted([*token.encode(), ord(":")])  # a second colon belongs to the value


@pytest.mark.parametrize(("raw", "status"), HARMLESS.values(), ids=HARMLESS)
def test_is_harmless(sites: list[Site], raw: bytes, status: int) -> None:
    came = answer_to(sites[0], raw)
    assert came.split(b" ", 2)[1] == str(status).encode()
    assert came.count(b"HTTP/1.") == 1


def answer_to(site: Site, raw: bytes) -> bytes:
    with Wire(site) as wire:
        return wire.write(raw).rest()
