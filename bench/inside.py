"""Measure inside a site, without a server: `python -m bench.inside WHAT SITE PORT` prints JSON."""

import cProfile
import json
import os
import pstats
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any
from unittest.mock import patch

import django
import jwt
from django.core.servers.basehttp import get_internal_wsgi_application
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from bench.measurements import CPU_OF_APP, OF_APP
from bench.sites import ALLAUTH, ROOT, SIGNET, TOOLKIT
from bench.visitors import Browser, Exchange, Response

TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
SIGN_INS = 300  # with a record, and as many without
BATCH = 40  # recorded sign-ins between two turns of the background thread, at a hundred a second
ROUNDS, TOKENS = 15, 60
PROFILED, LINES = 200, 10  # requests of each kind, and lines of each list


class Inside(Browser):
    """A browser whose requests go to the site in this process, and what they cost."""

    def __init__(self, name: str, port: str) -> None:
        ways = {each.name: each for each in (SIGNET, ALLAUTH, TOOLKIT)}
        super().__init__(ways[name], int(port))
        self.seconds: dict[str, list[float]] = defaultdict(list)  # of CPU, by path
        self.around: dict[str, AbstractContextManager[object]] = defaultdict(nullcontext)
        self._application: Any = get_internal_wsgi_application()

    def be_signed_in(self) -> None:
        """Sign in as people do, or as Django's own tests do where that is no part of the site."""
        from django.contrib.auth import get_user_model
        from django.test import Client

        if self.ways.page:
            self.do(self.sign_in("known"))
            return
        names = {"first_name": "Ada", "last_name": "Adler", "email": "ada@example.org"}
        client = Client()
        people: Any = get_user_model().objects
        client.force_login(people.get_or_create(names, username="ada")[0])
        self._cookies = {name: each.value for name, each in client.cookies.items()}

    def do(self, exchange: Exchange) -> None:
        request = next(exchange, None)
        while request:
            method, target, headers, body = request
            kind = headers.get("Content-Type", "")
            made = RequestFactory().generic(method, target, body, kind, headers=headers)
            sent: list[Any] = []
            began = time.thread_time()
            with self.around[made.path]:
                parts = self._application(made.environ, lambda *start, to=sent: to.extend(start))
                body = b"".join(parts)
                getattr(parts, "close", bool)()
            self.seconds[made.path].append(time.thread_time() - began)
            answered = [(name.lower(), value) for name, value in sent[1]]
            try:
                request = exchange.send(Response(int(sent[0][:3]), answered, body))
            except StopIteration:
                return


def queries(inside: Inside) -> list[int]:
    """Return the database queries of a returning and of a first sign-in."""
    inside.do(inside.sign_in("known"))  # what a process loads once is loaded now
    return [_queries(inside, inside.sign_in(sub)) for sub in ("known", "")]


def _queries(inside: Inside, exchange: Exchange) -> int:
    with CaptureQueriesContext(connection) as captured:
        inside.do(exchange)
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured.captured_queries)


def apps(inside: Inside) -> dict[str, float]:
    """Return what it costs to sign somebody in to an app who is signed in here."""
    inside.be_signed_in()
    secret = os.environ["APP_SECRET"]
    inside.do(inside.enter_app(secret))  # what a process loads once is loaded now
    number = _queries(inside, inside.enter_app(secret))
    for _ in range(PROFILED):
        inside.do(inside.enter_app(secret))
    cpu = [statistics.median(inside.seconds[path]) * 1000 for path in inside.ways.app]
    parts = zip(("authorize", "token", "userinfo"), cpu, strict=True)
    each = {f"CPU of {name} [ms]": milliseconds for name, milliseconds in parts}
    return {OF_APP: number, CPU_OF_APP: sum(cpu), **each}


def recording(inside: Inside) -> list[float]:
    """Return the CPU milliseconds of a sign-in with its record and count, and without."""
    from attempts.recording import write

    figures: dict[bool, list[float]] = {True: [], False: []}
    writing = 0.0
    for number in range(2 * SIGN_INS):
        is_recorded = number % 4 in (0, 3)  # neither is always the first
        inside.seconds.clear()
        with nullcontext() if is_recorded else _unrecorded():
            inside.do(inside.sign_in("known"))
        figures[is_recorded].append(sum(map(sum, inside.seconds.values())) * 1000)
        if number % (2 * BATCH) == 0:
            writing += _microseconds(lambda _: write(), [None]) / 1000
    recorded, unrecorded = (statistics.median(figures[kind]) for kind in (True, False))
    return [recorded + writing / SIGN_INS, unrecorded]


@contextmanager
def _unrecorded() -> Iterator[None]:
    with (
        patch("oauth_client.views.recording", lambda **_: nullcontext()),
        patch("oauth_client.views.record", lambda *_: True),
        patch("oauth_client.how_it_works.note_return", lambda *_: None),
        patch("oauth_client.how_it_works.finish", lambda *_: None),
    ):
        yield


def tokens(inside: Inside) -> dict[str, list[float]]:
    """Return the microseconds of what is done with a session JWT in ES256, here and in PyJWT."""
    from sessions.models import Session
    from sessions.signing_keys import keyring
    from web.background import start_background

    start_background()  # as in every process that answers
    inside.do(inside.sign_in("known"))
    session = Session.objects.select_related("user").latest("auth_time")
    session.generation = 1  # as after a refresh: most tokens come from one, and are then noted
    rounds = [_round(session, keyring.ensure_signing_key()) for _ in range(ROUNDS + 1)][1:]
    issue, encode, seen, again, decode = map(statistics.median, zip(*rounds, strict=True))
    validation = {"validation [µs]": [seen, decode], "again [µs]": [again, decode]}
    return validation | {"issue [µs]": [issue, encode]}


def _round(session: Any, key: Any) -> list[float]:
    """Let PyJWT's functions take turns with ours. They get a parsed key and the same tokens."""
    from django.conf import settings

    from sessions.session_tokens import issue_session_token, validate_session_token

    claims = issue_session_token(session, session.user).claims
    headers = {"kid": key.kid, "typ": "at+jwt"}
    expected: dict[str, Any] = {"audience": settings.BASE_URL, "issuer": settings.BASE_URL}
    issued: list[Any] = []
    figures = [
        _microseconds(
            lambda _: issued.append(issue_session_token(session, session.user)), range(TOKENS)
        ),
        _microseconds(
            lambda _: jwt.encode(claims, key.private, key.algorithm, headers), range(TOKENS)
        ),
    ]
    texts = [each.text for each in issued]
    figures += [_microseconds(validate_session_token, texts) for _ in range(2)]
    decode = partial(jwt.decode, key=key.public, algorithms=[key.algorithm], **expected)
    return [*figures, _microseconds(decode, texts)]


def _microseconds(do: Callable[[Any], object], values: Iterable[Any]) -> float:
    """Return this thread's CPU time for one value: nobody else's work on the core counts."""
    values = list(values)
    began = time.thread_time_ns()
    for value in values:
        do(value)
    return (time.thread_time_ns() - began) / 1000 / len(values)


def profile(inside: Inside) -> str:
    """Return for each kind of request its CPU time, and which functions take it."""
    start = SIGNET.start.format("demo")
    kinds = {"page": SIGNET.page, "start": start, "callback": f"{start}callback/"}
    kinds |= {"/api/session": SIGNET.session, "refresh": SIGNET.refresh}
    profilers = {path: cProfile.Profile(time.thread_time) for path in kinds.values()}
    for number in range(PROFILED * 2):
        if number == PROFILED:
            alone = {path: statistics.median(each) for path, each in inside.seconds.items()}
            inside.around.update(profilers)
        inside.do(inside.sign_in("known"))
        inside.do(inside.ask_who_is_signed_in())
        inside.do(inside.refresh())
    return "\n".join(
        line for name, path in kinds.items() for line in _table(name, alone[path], profilers[path])
    )


def _table(name: str, alone: float, profiler: cProfile.Profile) -> Iterator[str]:
    scale = 1000 / PROFILED
    rows = [
        (own * scale, inclusive * scale, calls / PROFILED, _place(*function))
        for function, (_, calls, own, inclusive, _) in pstats.Stats(profiler).stats.items()  # type: ignore[attr-defined]
    ]
    total = sum(row[0] for row in rows)
    yield f"\n{name}: {alone * 1000:.2f} ms of CPU; with the profiler {total:.2f} ms"
    ours = sorted((row for row in rows if row[3][0] == "*"), key=lambda row: -row[1])
    for title, some in (("itself", sorted(rows, reverse=True)), ("with calls, ours (*)", ours)):
        yield f"  itself    with calls  calls     most {title}"
        for own, inclusive, calls, place in some[:LINES]:
            yield f"{own:8.3f}  {inclusive:12.3f}  {calls:5.1f}  {place}"


def _place(file: str, line: int, name: str) -> str:
    if (ours := file.removeprefix(f"{ROOT}/")) != file and "site-packages" not in ours:
        return f"* {ours}:{line} {name}"
    return f"  {'/'.join(file.split('/')[-3:])}:{line} {name}" if line else f"  {name}"


if __name__ == "__main__":
    django.setup()
    measures = {
        "queries": queries,
        "apps": apps,
        "recording": recording,
        "tokens": tokens,
        "profile": profile,
    }
    print(json.dumps(measures[sys.argv[1]](Inside(*sys.argv[2:]))))
