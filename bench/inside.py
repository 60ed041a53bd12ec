"""Measure inside a site's own Django: `python -m bench.inside queries | recording | tokens`.

Runs with the settings of the environment and prints JSON, without a server. `queries` counts the
database queries of a sign-in. `recording` measures what it costs to record a sign-in; only this
module can switch the record off. `tokens` compares session JWTs with PyJWT's own functions. These
get a parsed key and the same tokens and claims, and take turns with the site.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import django
import jwt
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.provider import code_for

TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
SIGN_INS = 600  # of each kind
PER_ADDRESS = 100  # sign-ins; many more from one are refused
BATCH = 40  # sign-ins between two turns of the background thread, at a hundred a second
ROUNDS = 15
TOKENS = 60  # of a round
AGAIN = 10  # times that a remembered token is presented


def main() -> None:
    django.setup()
    measures: dict[str, Any] = {"queries": queries, "recording": recording, "tokens": tokens}
    print(json.dumps(measures[sys.argv[1]](*sys.argv[2:])))


def queries(host: str, start_path: str) -> dict[str, int]:
    """Return the database queries of a returning and of a first sign-in."""
    client = Client(headers={"host": host})
    sign_in(client, start_path, "known")  # what a process loads once is loaded now
    counts = {}
    for which, sub in (("returning", "known"), ("first", f"new-{time.time_ns()}")):
        with CaptureQueriesContext(connection) as captured:
            sign_in(Client(headers={"host": host}), start_path, sub)
        statements = [query["sql"] for query in captured.captured_queries]
        counts[which] = sum(not sql.startswith(TRANSACTION) for sql in statements)
    return counts


def sign_in(client: Client, start_path: str, sub: str) -> None:
    """Press the button and come back, in this process."""
    query = parse_qs(urlsplit(client.post(start_path)["Location"]).query)
    code = code_for(sub, query.get("nonce", [""])[0])
    path = urlsplit(query["redirect_uri"][0]).path
    client.get(path, {"code": code, "state": query["state"][0]})


def recording(host: str, start_path: str) -> dict[str, float]:
    """Return the CPU seconds of a sign-in with and without a record.

    Both kinds take turns, so that both meet the same.
    """
    from attempts.recording import write

    client = Client(headers={"host": host})
    sign_in(client, start_path, "known")  # what a process does once is done now
    client.handler, used = _clocked(client.handler)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    writing = 0.0
    for number in range(2 * SIGN_INS):
        is_recorded = number % 4 in (0, 3)  # neither is always the first
        with nullcontext() if is_recorded else _unrecorded():
            used[0] = 0.0
            client.cookies.clear()
            client.defaults["REMOTE_ADDR"] = f"192.0.2.{number // PER_ADDRESS}"
            sign_in(client, start_path, "known")
            seconds[is_recorded].append(used[0])
        if number % (2 * BATCH) == 0:
            writing += _microseconds(lambda _: write(), [None]) / 1_000_000
    recorded, unrecorded = (statistics.median(seconds[kind]) for kind in (True, False))
    return {"recorded": recorded + writing / SIGN_INS, "unrecorded": unrecorded}


def _clocked(handler: Any) -> tuple[Any, list[float]]:
    """Return a handler of requests, and the CPU seconds that it has used."""
    used = [0.0]

    def handle(environ: dict[str, Any]) -> Any:
        began = time.thread_time()
        try:
            return handler(environ)
        finally:
            used[0] += time.thread_time() - began

    return handle, used


@contextmanager
def _unrecorded() -> Iterator[None]:
    """Keep nothing of the sign-ins inside; they are counted for Prometheus all the same."""
    with (
        patch("oauth_client.views.recording", lambda **_: nullcontext()),
        patch("oauth_client.views.record", _only_count),
        patch("oauth_client.how_it_works.note_return", lambda *_: None),
        patch("oauth_client.how_it_works.finish", lambda *_: None),
    ):
        yield


def _only_count(_request: Any, provider: Any, recorder: Any, ended: Any) -> bool:
    from attempts import counting

    counting.ended(provider.slug, recorder, ended, time.perf_counter() - recorder.began_at)
    return True


def tokens(*_: str) -> dict[str, dict[str, float]]:
    """Return microseconds by algorithm and by what was done. Replaces the keys of the site."""
    from web.background import start_background

    start_background()  # as in every process that answers
    figures = {}
    for algorithm in ("ES256", "EdDSA", "RS256", "HS256"):
        session, key = _session_and_key(algorithm)
        _round(session, key)  # now the process has done the work that it does only once
        rounds = [_round(session, key) for _ in range(ROUNDS)]
        medians = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
        figures[algorithm] = medians
    return figures


def _session_and_key(algorithm: str) -> tuple[Any, Any]:
    """Return a session, saved, and the key of that algorithm, which signs from now on."""
    from django.utils import timezone

    from sessions.models import Session, SigningKey, User
    from sessions.signing_keys import algorithms, keyring

    SigningKey.objects.all().delete()
    algorithms.generate(algorithm).save()
    keyring.forget()
    now = timezone.now()
    user = User.objects.create(name="Alice Archer", email="alice@example.com")
    times = {"auth_time": now, "expires_at": now + timedelta(days=1)}
    session = Session.objects.create(user=user, provider="github", **times)
    session.generation = 1  # as after a refresh: most tokens come from one, and are then noted
    return session, keyring.ensure_signing_key()


def _round(session: Any, key: Any) -> dict[str, float]:
    from django.conf import settings

    from sessions.session_tokens import issue_session_token, validate_session_token

    claims = issue_session_token(session, session.user).claims
    headers = {"kid": key.kid, "typ": "at+jwt"}
    expected: dict[str, Any] = {"audience": settings.BASE_URL, "issuer": settings.BASE_URL}
    texts: list[str] = []

    def issue(_: object) -> None:
        texts.append(issue_session_token(session, session.user).text)

    def encode(_: object) -> str:
        return jwt.encode(claims, key.private, key.algorithm, headers)

    def decode(token: str) -> None:
        jwt.decode(token, key.public, [key.algorithm], **expected)

    return {
        "issue": _microseconds(issue, range(TOKENS)),
        "encode": _microseconds(encode, range(TOKENS)),
        "first sight": _microseconds(validate_session_token, texts),
        "decode": _microseconds(decode, texts),
        "remembered": _microseconds(validate_session_token, texts * AGAIN),
    }


def _microseconds(do: Callable[[Any], object], values: Iterable[Any]) -> float:
    """Return this thread's CPU time for one value: nobody else's work on the core counts."""
    values = list(values)
    began = time.thread_time_ns()
    for value in values:
        do(value)
    return (time.thread_time_ns() - began) / 1000 / len(values)


if __name__ == "__main__":
    main()
