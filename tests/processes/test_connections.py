"""What a connection carries: many requests, large responses, and no secret into the log."""

import csv
import io
import json
import os
import select
import signal
import tempfile
from pathlib import Path

import pytest

from audit.models import Action, AuditEvent
from sessions.models import User
from tests.conftest import BASE_URL, HOST
from tests.processes import site
from tests.processes.conftest import SITES, new_refresh_token
from tests.processes.site import Site, until
from tests.processes.wire import Wire

ALIVE = "GET /healthz HTTP/1.1"
STATIC = "/static/signet/signet.css"
LARGE = "/static/admin/js/vendor/xregexp/xregexp.js"
CSRF = "0123456789abcdefghijklmnopqrstuv"
LENGTH = 325_171  # bytes of it
EVENTS = 5000


def cookies_of(running: Site, person: User) -> str:
    tokens = running.refresh(new_refresh_token(person)).json()
    session, refresh = tokens["access_token"], tokens["refresh_token"]
    return f"Cookie: session={session}; refresh={refresh}; csrf={CSRF}"


def test_a_connection_carries_many_requests(sites: list[Site]) -> None:
    with Wire(sites[0]) as wire:
        for path, status in (("/healthz", 200), ("/nothing", 404), ("/api/session", 401)) * 3:
            assert wire.send(f"GET {path} HTTP/1.1").answer().status == status


def test_requests_that_come_at_once_are_answered_in_order(sites: list[Site]) -> None:
    paths = ["/sign-in/", "/healthz", STATIC, "/healthz", "/api/session", "/healthz"] * 2
    with Wire(sites[0]) as wire:
        for path in paths:
            wire.send(f"GET {path} HTTP/1.1")
        answers = [wire.answer() for _ in paths]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 401, 200] * 2
    assert [b"alive" in answer.body for answer in answers] == [path == "/healthz" for path in paths]


def test_a_token_is_judged_anew_each_time(sites: list[Site], person: User) -> None:
    """Also when its request is the same, byte for byte, as the one before."""
    token = sites[0].access_token(new_refresh_token(person))
    lines = ["GET /api/session HTTP/1.1", f"Authorization: Bearer {token}"]
    with Wire(sites[0]) as wire:
        answers = [wire.send(*lines).answer() for _ in range(5)]
        for _ in range(5):
            wire.send(*lines)
        answers += [wire.answer() for _ in range(5)]
        for piece in (lines[0], f"\r\nHost: {HOST}\r\n{lines[1]}\r\n", "\r\n"):
            wire.write(piece.encode())
        answers.append(wire.answer())
        assert {(status, body) for status, _, body in answers} == {(200, answers[0].body)}
        assert {tuple(headers.keys()) for _, headers, _ in answers} == {
            tuple(answers[0].headers.keys())
        }
        assert sites[0].sign_out(token).status_code == 204
        assert wire.send(*lines).answer().status == 401
        assert wire.send(ALIVE).answer().body == b"alive\n"


@pytest.mark.parametrize("before", [b"", ALIVE.encode() + b"\r\nHost: a\r\n\r\n"], ids=["", "2nd"])
def test_a_known_request_in_the_head_of_another_is_none(
    sites: list[Site], person: User, before: bytes
) -> None:
    token = sites[0].access_token(new_refresh_token(person))
    known = ["GET /api/session HTTP/1.1", f"Authorization: Bearer {token}"]
    with Wire(sites[0]) as wire:
        assert [wire.send(*known).answer().status for _ in range(4)] == [200] * 4
        wire.write(before + b"GET /nothing HTTP/1.1\r\nA: b")
        if before:
            assert wire.answer().body == b"alive\n"
        with Wire(sites[0]) as other:  # until the site has read that far
            other.send(ALIVE).answer()
        assert wire.send(*known).answer().status == 404


def test_a_known_beginning_is_no_known_request(sites: list[Site], person: User) -> None:
    token = sites[0].access_token(new_refresh_token(person))
    lines = ["GET /api/session HTTP/1.1", f"Authorization: Bearer {token}"]
    beginning = "\r\n".join([*lines, f"Host: {HOST}", ""]).encode()
    for ending in (b"\r\n", b"\r\n", b"Connection: close\r\n\r\n"):
        with Wire(sites[0]) as wire:
            assert wire.send(*lines).answer().status == 200
            wire.write(beginning)
            assert not select.select([wire.socket], [], [], 0.1)[0]
            answer = wire.write(ending).answer()
    assert answer.headers["Connection"] == "close"


def test_whoever_wants_the_end_gets_it_each_time(sites: list[Site], person: User) -> None:
    token = sites[0].access_token(new_refresh_token(person))
    head = ["GET /api/session HTTP/1.1", f"Authorization: Bearer {token}", "Connection: close"]
    for _ in range(4):
        with Wire(sites[0]) as wire:
            came = wire.send(*head).rest()
            assert came.startswith(b"HTTP/1.1 200")
            assert b"\r\nConnection: close\r\n" in came


def test_a_request_after_a_body_is_answered(sites: list[Site]) -> None:
    with Wire(sites[0]) as wire:
        wire.send("POST /api/session/refresh HTTP/1.1", "Content-Length: 2", body=b"{}")
        wire.send(ALIVE)
        assert (wire.answer().status, wire.answer().body) == (400, b"alive\n")


def test_a_request_after_a_body_that_nobody_wants_is_answered(sites: list[Site]) -> None:
    with Wire(sites[0]) as wire:
        wire.send(ALIVE, "Content-Length: 2").write(b"{").write(b"}")
        assert wire.answer().body == wire.send(ALIVE).answer().body == b"alive\n"


def test_nothing_disturbs_a_response_that_is_on_its_way(sites: list[Site]) -> None:
    with Wire(sites[0], small=True) as wire:
        wire.send(f"GET {LARGE} HTTP/1.1").line()
        wire.write(b"what?\r\n\r\n")
        head, _, rest = wire.rest().partition(b"\r\n\r\n")
    assert b"HTTP/1.1 " not in head
    file, refusal, _ = rest.partition(b"HTTP/1.1 400")
    assert (len(file), bool(refusal)) == (LENGTH, True)


@pytest.mark.parametrize("path", ["/healthz", "/sign-in/", STATIC, "/api/session"])
def test_head_is_answered_like_get_without_a_body(sites: list[Site], path: str) -> None:
    with Wire(sites[0]) as wire:
        get = wire.send(f"GET {path} HTTP/1.1").answer()
        head = wire.send(f"HEAD {path} HTTP/1.1").answer("HEAD")
        assert (head.status, head.body) == (get.status, b"")
        assert head.headers["Content-Type"] == get.headers["Content-Type"]
        assert wire.send(ALIVE).answer().body == b"alive\n"


def test_a_body_is_asked_for_when_its_sender_waits(sites: list[Site]) -> None:
    head = ["POST /api/session/refresh HTTP/1.1", "Expect: 100-continue", "Content-Length: 2"]
    with Wire(sites[0]) as wire:
        wire.send(*head)
        assert (wire.line(), wire.line()) == (b"HTTP/1.1 100 Continue\r\n", b"\r\n")
        assert wire.write(b"{}").answer().status == 400


def test_a_body_that_is_too_large_is_not_asked_for(sites: list[Site]) -> None:
    head = ["POST /api/session/refresh HTTP/1.1", "Expect: 100-continue", "Content-Length: 99999"]
    with Wire(sites[0]) as wire:
        assert wire.send(*head).answer().status == 413


def test_who_sends_too_much_can_read_why(sites: list[Site]) -> None:
    head = ["POST /sign-in/demo/ HTTP/1.1", f"Content-Length: {2**22}"]
    with Wire(sites[0]) as wire:
        assert wire.send(*head, body=b"x" * 2**22).answer().status == 413
        assert wire.rest() == b""


@pytest.mark.parametrize("lines", [[], ["Connection: keep-alive"]], ids=["plain", "keep-alive"])
@pytest.mark.parametrize("path", ["/healthz", STATIC, "/api/session"])
def test_an_old_client_gets_all_and_the_end(sites: list[Site], path: str, lines: list[str]) -> None:
    with Wire(sites[0]) as wire, Wire(sites[0]) as new:
        head, _, body = wire.send(f"GET {path} HTTP/1.0", *lines).rest().partition(b"\r\n\r\n")
        assert body == new.send(f"GET {path} HTTP/1.1").answer().body
        assert b"chunked" not in head


def test_who_sends_no_more_is_answered(sites: list[Site]) -> None:
    with Wire(sites[0]) as wire:
        wire.send("GET /sign-in/ HTTP/1.1").socket.shutdown(1)
        assert wire.rest().startswith(b"HTTP/1.1 200 OK")


def test_a_large_file_arrives_whole(sites: list[Site]) -> None:
    with Wire(sites[0], small=True) as wire:
        answer = wire.send(f"GET {LARGE} HTTP/1.1").answer()
    assert len(answer.body) == int(answer.headers["Content-Length"]) == LENGTH
    assert answer.body.endswith(b"});\n")


def test_the_log_arrives_whole(sites: list[Site], person: User) -> None:
    """In many pieces, which are computed as they are read."""
    User.objects.using(SITES).filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    note_events(person)
    with Wire(sites[0], small=True) as wire:
        path = f"/admin/audit/auditevent/export.csv?actor_id={person.pk}"
        answer = wire.send(f"GET {path} HTTP/1.1", cookies_of(sites[0], person)).answer()
        assert wire.send(ALIVE).answer().body == b"alive\n"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert sum(row["target_label"].startswith("thing") for row in rows) == EVENTS


def test_a_persons_data_arrive_whole(sites: list[Site], person: User) -> None:
    note_events(person)
    form = f"csrfmiddlewaretoken={CSRF}".encode()
    head = [f"Content-Length: {len(form)}", "Content-Type: application/x-www-form-urlencoded"]
    head += [f"Origin: {BASE_URL}", cookies_of(sites[0], person)]
    with Wire(sites[0], small=True) as wire:
        answer = wire.send("POST /account/data/ HTTP/1.1", *head, body=form).answer()
    assert len(json.loads(answer.body)["log"]) >= EVENTS


def note_events(person: User) -> None:
    AuditEvent.objects.using(SITES).bulk_create(
        AuditEvent(action=Action.SIGNED_OUT, actor_id=str(person.pk), target_label=f"thing {n}")
        for n in range(EVENTS)
    )


def test_a_query_is_not_logged(database_url: str, person: User, tmp_path: Path) -> None:
    log, secret = tmp_path / "log", "SplxlOBeZQQYbYS6WxSbIA"
    with site.start("logging", database_url, log) as running:
        for line, *more in (
            [f"GET /sign-in/demo/callback/?code={secret} HTTP/1.1"],
            [f"GET /nothing?code={secret} HTTP/1.1"],
            [f"GET /nothing?code={secret} HTTP/3"],
            [f"GET /nothing?code={secret}{'x' * 70_000} HTTP/1.1"],
            [f"GET /nothing?code={secret} HTTP/1.1", "A b: c"],
            [f"GET /nothing?code={secret} HTTP/1.1", f"Cookie: a={'x' * 70_000}"],
            [f"POST /nothing?code={secret} HTTP/1.1", f"Content-Length: {'9' * 5000}"],
            [f"HEAD /static/?code={secret} HTTP/1.1"],
        ):
            with Wire(running) as wire:
                wire.send(line, *more, "Connection: close").rest()
        with Wire(running) as wire:
            wire.send(f"POST /sign-in/?code={secret} HTTP/1.1", "Content-Length: 9")
    assert "headers too large: address=127.0.0.1" in log.read_text()
    assert secret not in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_site_answers_at_a_unix_socket(database_url: str, person: User) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "site")
        with site.start("unix", database_url, Path(folder, "log"), bind=f"unix:{path}") as running:
            with Wire(running) as wire:
                assert wire.send("GET /sign-in/ HTTP/1.1").answer().status == 200
                assert wire.send("GET /metrics HTTP/1.1").answer().status == 200
            assert path.stat().st_mode & 0o777 == 0o770
            with Wire(running, name=f"{path}-client") as wire:
                assert wire.send("GET /metrics HTTP/1.1").answer().status == 200
            with Wire(running) as wire:
                headers = ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"]
                assert wire.send("GET /metrics HTTP/1.1", *headers).answer().status == 401
        assert not path.exists()


def test_a_killed_process_costs_the_requests_that_it_had(sites: list[Site], person: User) -> None:
    for _ in range(10):
        with Wire(sites[0]) as lost, Wire(sites[0]) as next_:
            lost.send("POST /sign-in/demo/ HTTP/1.1", "Content-Length: 9")
            until(lambda: sites[0].worker() != 0)
            assert next_.send(ALIVE).answer().status == 200
            os.kill(sites[0].worker(), signal.SIGKILL)
            assert lost.socket.recv(1) == b""
        with Wire(sites[0]) as wire:
            assert wire.send("GET /sign-in/ HTTP/1.1").answer().status == 200
