import socket
import struct
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import sleep

import pytest
import requests
import responses
from django.conf import settings
from requests.auth import HTTPBasicAuth

from outgoing import AddressPolicy, ProviderSession, deadline, session_for
from outgoing.slots import FLOOR
from protocol.errors import ErrorCode, OutgoingError
from tests.outgoing.conftest import Serve
from tests.outgoing.servers import OK, Answer, Server, always, drip, once, silence

STRICT = AddressPolicy(allow_private=False, allow_loopback=False)
LOOPBACK = AddressPolicy(allow_private=False, allow_loopback=True)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def failure(session: ProviderSession, url: str, seconds: float = 2) -> OutgoingError:
    with pytest.raises(OutgoingError) as failed, deadline(seconds):
        session.get(url)
    assert failed.value.__context__ is None
    return failed.value


def sized(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


# The request


def test_sends_a_post_as_it_was_asked(serve: Serve, session: ProviderSession) -> None:
    server = serve(always(OK))
    auth = HTTPBasicAuth("client", "secret")
    session.post(server.url, {"code": "1"}, headers={"Accept": "application/json"}, auth=auth)
    head = server.requests[0].split(b"\r\n\r\n")[0].split(b"\r\n")
    assert head[0] == b"POST / HTTP/1.1"
    assert b"Accept: application/json" in head
    assert b"Accept-Encoding: identity" in head
    assert b"Authorization: Basic Y2xpZW50OnNlY3JldA==" in head


@pytest.mark.parametrize("verb", ["get", "options", "head", "put", "patch", "delete"])
def test_sends_every_verb(serve: Serve, session: ProviderSession, verb: str) -> None:
    server = serve(once(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert getattr(session, verb)(server.url).status_code == 204
    assert server.requests[0].startswith(verb.upper().encode())


@pytest.mark.parametrize("choice", ["verify", "cert", "proxies", "stream", "timeout", "cookies"])
def test_lets_no_caller_choose_what_is_ours(session: ProviderSession, choice: str) -> None:
    with pytest.raises(TypeError, match=choice):
        session.request("GET", "https://provider.example/", **{choice: None})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "http://provider.example/",
        "ftp://provider.example/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "provider.example",
        "https://[::1/",
        "https://user@provider.example/",
        "https://user:s3cret@provider.example/",
        "https://:s3cret@provider.example/",
        "",
    ],
)
def test_refuses_a_url_before_anything_is_sent(url: str) -> None:
    failed = failure(ProviderSession(STRICT), url)
    assert failed.code == ErrorCode.ADDRESS_REFUSED
    assert "s3cret" not in str(failed)


def test_refuses_a_prepared_request_with_a_broken_url() -> None:
    request = requests.PreparedRequest()
    request.url = "https://[provider"
    with pytest.raises(OutgoingError) as failed:
        ProviderSession(STRICT).send(request)
    assert failed.value.code == ErrorCode.ADDRESS_REFUSED


@pytest.mark.parametrize("value", ["s3cret\nX: y", "s3cret\u20ac"], ids=["line break", "latin-1"])
def test_keeps_a_header_that_cannot_be_sent_out_of_the_error(
    serve: Serve, session: ProviderSession, value: str
) -> None:
    server = serve(always(OK))
    with pytest.raises(OutgoingError) as failed:
        session.get(server.url, headers={"Authorization": value})
    assert failed.value.code == ErrorCode.CONNECTION_FAILED
    assert "s3cret" not in str(failed.value)
    assert failed.value.__context__ is None


def test_ignores_the_environment_s_proxies(
    serve: Serve, session: ProviderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("no_proxy", "")
    assert session.get(serve(always(OK)).url).status_code == 200


def test_ignores_the_environment_s_passwords(
    serve: Serve, session: ProviderSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(always(OK))
    session.get(server.url)
    assert b"Authorization" not in server.requests[0]


def test_refuses_a_proxy_that_would_hide_addresses() -> None:
    with pytest.raises(ValueError, match="proxy"):
        ProviderSession(STRICT, proxy="socks5://127.0.0.1:1080")


# The answer


@pytest.mark.parametrize("status", [200, 201, 304, 400, 401, 429, 500, 503])
def test_returns_a_status_for_the_caller_to_judge(
    serve: Serve, session: ProviderSession, status: int
) -> None:
    server = serve(once(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status))
    assert session.get(server.url).status_code == status


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_follows_no_redirect(serve: Serve, session: ProviderSession, status: int) -> None:
    head = b"HTTP/1.1 %d X\r\nLocation: /elsewhere?code=s3cret\r\nContent-Length: 0\r\n\r\n"
    server = serve(once(head % status))
    failed = failure(session, server.url)
    assert failed.code == ErrorCode.UNEXPECTED_REDIRECT
    assert "s3cret" not in str(failed)
    assert len(server.requests) == 1


def test_does_not_read_the_body_of_a_redirect(
    serve: Serve, session: ProviderSession, quick: None
) -> None:
    server = serve(drip(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"))
    assert failure(session, server.url, 5).code == ErrorCode.UNEXPECTED_REDIRECT


def test_keeps_no_cookie(serve: Serve, session: ProviderSession) -> None:
    server = serve(always(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: visitor=alice\r\n\r\n")))
    session.get(server.url)
    session.get(server.url)
    assert b"alice" not in server.requests[1]


@pytest.mark.parametrize(
    "answer",
    [
        sized(b"x" * 1001),
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001,
        CHUNKED + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
    ],
    ids=["sized", "announced", "unsized", "chunked"],
)
def test_refuses_a_body_over_the_limit(
    serve: Serve, session: ProviderSession, answer: bytes
) -> None:
    server = serve(once(answer))
    with pytest.raises(OutgoingError) as failed:
        session.request("GET", server.url, max_bytes=1000)
    assert failed.value.code == ErrorCode.RESPONSE_TOO_LARGE


@pytest.mark.parametrize("length", [0, 1, 1000])
def test_returns_a_body_up_to_the_limit(
    serve: Serve, session: ProviderSession, length: int
) -> None:
    server = serve(once(sized(b"x" * length)))
    assert session.request("GET", server.url, max_bytes=1000).content == b"x" * length


def test_stops_reading_an_endless_body(serve: Serve, session: ProviderSession, quick: None) -> None:
    server = serve(drip(CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n"))
    assert failure(session, server.url, 10).code == ErrorCode.RESPONSE_TOO_LARGE


def test_reads_a_chunked_body(serve: Serve, session: ProviderSession) -> None:
    server = serve(once(CHUNKED + b"2\r\n{}\r\n0\r\n\r\n"))
    response = session.get(server.url)
    assert response.json() == {}
    assert response.text == "{}"


# The deadline


@pytest.mark.parametrize(
    "answer",
    [
        silence,
        drip(b"", b"H"),
        drip(b"HTTP/1.1 200 OK\r\nX: "),
        drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        drip(b"HTTP/1.1 200 OK\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        drip(CHUNKED, b"1\r\nx\r\n"),
        drip(CHUNKED + b"0\r\n", b"X: y\r\n"),
    ],
    ids=["silence", "status", "header", "headers", "body", "sized", "chunks", "trailers"],
)
def test_cuts_off_an_answer_that_drips(
    serve: Serve, session: ProviderSession, quick: None, answer: Answer
) -> None:
    assert failure(session, serve(answer).url, 0.2).code == ErrorCode.TIMEOUT


def test_cuts_off_a_request_that_is_not_read(
    serve: Serve, session: ProviderSession, quick: None
) -> None:
    server = serve(silence)
    with pytest.raises(OutgoingError) as failed, deadline(0.3):
        session.post(server.url, b"x" * 20_000_000)
    assert failed.value.code == ErrorCode.TIMEOUT


def test_sends_nothing_after_the_deadline(serve: Serve, session: ProviderSession) -> None:
    server = serve(always(OK))
    session.get(server.url)
    assert failure(session, server.url, 0).code == ErrorCode.TIMEOUT
    assert len(server.requests) == 1


def test_does_not_use_a_connection_again_that_was_cut(
    serve: Serve, session: ProviderSession
) -> None:
    def drip_first(server: Server, connection: socket.socket) -> None:
        (drip(b"", b"H") if server.accepted == 1 else always(OK))(server, connection)

    server = serve(drip_first)
    failure(session, server.url, 0.2)
    assert session.get(server.url).status_code == 200
    assert server.accepted == 2


def test_does_not_cut_a_later_call_on_the_same_connection(
    serve: Serve, session: ProviderSession
) -> None:
    def answer(server: Server, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(OK)
        server.read_request(connection)
        sleep(0.4)
        connection.sendall(OK)

    server = serve(answer)
    with deadline(0.2):
        session.get(server.url)
    assert session.get(server.url).status_code == 200
    assert server.accepted == 1


def test_keeps_a_connection_that_other_calls_cut_around_it(
    serve: Serve, session: ProviderSession
) -> None:
    """Deadlines that end at about the moment of the answer never hit the next call."""
    server = serve(always(OK))
    for number in range(100):
        with suppress(OutgoingError), deadline(0.0005 + number / 200_000):
            session.get(server.url)
        assert session.get(server.url).status_code == 200


# The connections


def test_uses_a_connection_again(serve: Serve, session: ProviderSession) -> None:
    server = serve(always(OK))
    for _ in range(3):
        session.get(server.url)
    session.post(server.url, {"a": "b"})
    assert server.accepted == 1


def test_opens_a_new_connection_when_the_idle_one_was_closed(
    serve: Serve, session: ProviderSession
) -> None:
    server = serve(once(OK))
    session.get(server.url)
    sleep(0.05)
    session.post(server.url, {"a": "b"})
    assert server.accepted == 2


def hang_up_on_second(server: Server, connection: socket.socket) -> None:
    """Answer once, then reset the connection as soon as the next request comes."""
    server.read_request(connection)
    connection.sendall(OK)
    if server.read_request(connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_asks_again_when_the_idle_connection_was_being_closed(
    serve: Serve, session: ProviderSession
) -> None:
    server = serve(hang_up_on_second)
    session.get(server.url)
    assert session.get(server.url).status_code == 200
    assert server.accepted == 2


def test_does_not_repeat_a_post(serve: Serve, session: ProviderSession) -> None:
    server = serve(hang_up_on_second)
    session.get(server.url)
    with pytest.raises(OutgoingError) as failed:
        session.post(server.url, {"code": "1"})
    assert failed.value.code == ErrorCode.CONNECTION_FAILED
    assert server.accepted == 1


def test_does_not_repeat_a_get_on_a_new_connection(serve: Serve, session: ProviderSession) -> None:
    server = serve(once(b""))
    assert failure(session, server.url).code == ErrorCode.CONNECTION_FAILED
    assert server.accepted == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"220 smtp ready\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nabc",
        CHUNKED + b"nonsense\r\n",
        CHUNKED + b"5\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
    ids=["other protocol", "short", "two lengths", "chunk", "cut chunk", "gzip", "headers"],
)
def test_says_when_an_answer_is_broken(
    serve: Serve, session: ProviderSession, answer: bytes
) -> None:
    assert failure(session, serve(once(answer)).url).code == ErrorCode.CONNECTION_FAILED


# The number of calls


def test_one_call_too_many_waits_for_its_turn(serve: Serve, session: ProviderSession) -> None:
    released = threading.Event()

    def wait(server: Server, connection: socket.socket) -> None:
        server.read_request(connection)
        released.wait(5)
        connection.sendall(OK)

    server = serve(wait)
    with ThreadPoolExecutor(FLOOR + 1) as threads:
        calls = [threads.submit(session.get, server.url) for _ in range(FLOOR + 1)]
        while len(server.requests) < FLOOR or not session._slots._queue:
            sleep(0.01)
        released.set()
        assert [call.result().status_code for call in calls] == [200] * (FLOOR + 1)


def test_gives_the_place_back_after_a_failure(serve: Serve, session: ProviderSession) -> None:
    server = serve(once(b""))
    codes = {failure(session, server.url).code for _ in range(FLOOR + 1)}
    assert codes == {ErrorCode.CONNECTION_FAILED}


# One session for each provider and process


def test_keeps_one_session_for_a_provider() -> None:
    assert session_for("github", STRICT) is session_for("github", STRICT)
    assert session_for("github", STRICT) is not session_for("google", STRICT)


def test_makes_another_session_for_another_policy() -> None:
    session = session_for("github", LOOPBACK)
    assert session is not session_for("github", STRICT)
    assert session.policy == LOOPBACK


def test_takes_the_proxy_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "OUTGOING_PROXY", "http://proxy.example:3128")
    assert session_for("proxied", STRICT).proxies == {"all": "http://proxy.example:3128"}


METADATA = [
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254./",
    "https://2852039166/",
    "https://0251.0376.0251.0376/",
    "https://0xA9FEA9FE/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]:443/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://\uff11\uff16\uff19\u3002254.169.254/",
    "https://%31%36%39.254.169.254/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://localhost:9200/",
    "https://a.localhost./",
    "https://127.1/",
    "https://[::1]/",
    "https://10.0.0.1/",
    "https://redis/",
]


@pytest.mark.parametrize("url", METADATA)
def test_a_proxy_is_not_asked_for_a_host_that_no_provider_may_have(serve: Serve, url: str) -> None:
    proxy = serve(always(OK))
    session = ProviderSession(STRICT, proxy=proxy.url)
    assert failure(session, url).code == ErrorCode.ADDRESS_REFUSED
    assert not proxy.requests


def test_works_in_a_forked_child(serve: Serve) -> None:
    """The parent has threads and an open connection; the child has its own of everything."""
    server = serve(drip_every_second_connection)
    script = textwrap.dedent("""
        import os, sys
        from django.conf import settings
        settings.configure(OUTGOING_PROXY="", WEB_THREADS=16)
        from protocol.errors import OutgoingError
        from outgoing import AddressPolicy, deadline, session_for
        from outgoing import watchdog
        from outgoing import addresses
        url, policy = sys.argv[1], AddressPolicy(allow_private=False, allow_loopback=True)
        parents = session_for("github", policy)
        parents.get(url)
        addresses._resolver._lock.acquire()  # as if another thread were at it
        watchdog._watchdog._condition.acquire()
        if os.fork() == 0:
            assert session_for("github", policy) is not parents
            try:
                with deadline(0.3):
                    session_for("github", policy).get(url)
            except OutgoingError as error:
                os._exit(0 if error.code == "timeout" else 1)
            os._exit(2)
        addresses._resolver._lock.release()
        watchdog._watchdog._condition.release()
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
        parents.get(url)
    """)
    subprocess.run([sys.executable, "-c", script, server.url], check=True, timeout=20)
    assert server.accepted == 2


def drip_every_second_connection(server: Server, connection: socket.socket) -> None:
    (drip(b"", b"H") if server.accepted % 2 == 0 else always(OK))(server, connection)


# A fake of `HTTPAdapter.send`


@responses.activate
def test_is_caught_by_responses_without_any_lookup() -> None:
    responses.post("https://unknown.invalid/token", json={"access_token": "1"})
    response = ProviderSession(STRICT).post("https://unknown.invalid/token", {"code": "2"})
    assert response.json() == {"access_token": "1"}
    assert responses.calls[0].request.body == "code=2"


@responses.activate
def test_refuses_a_faked_redirect() -> None:
    responses.get("https://unknown.invalid/", status=302, headers={"Location": "/elsewhere"})
    assert failure(ProviderSession(STRICT), "https://unknown.invalid/").code == (
        ErrorCode.UNEXPECTED_REDIRECT
    )


@responses.activate
def test_refuses_a_faked_body_over_the_limit() -> None:
    responses.get("https://unknown.invalid/", body=b"x" * 1001)
    with pytest.raises(OutgoingError) as failed:
        ProviderSession(STRICT).request("GET", "https://unknown.invalid/", max_bytes=1000)
    assert failed.value.code == ErrorCode.RESPONSE_TOO_LARGE


@responses.activate
def test_names_a_faked_failure() -> None:
    responses.get("https://unknown.invalid/", body=requests.ConnectTimeout())
    assert failure(ProviderSession(STRICT), "https://unknown.invalid/").code == ErrorCode.TIMEOUT


def test_a_redirect_is_an_answer_where_it_is_asked_for_and_not_followed(
    serve: Serve, session: ProviderSession
) -> None:
    server = serve(
        always(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    )
    response = session.request("GET", server.url, keeps_redirect=True)
    assert (response.status_code, response.headers["Location"]) == (302, "http://127.0.0.1:1/")
    assert len(server.requests) == 1
