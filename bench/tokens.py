"""Measure session JWTs beside PyJWT's bare functions, inside the site: `python -m bench.tokens`.

Runs with the settings of the environment, on a migrated database of its own, and prints JSON.
PyJWT gets a key that is parsed already, and the same tokens and claims, in turn with the site.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import django
import jwt
from django.conf import settings
from django.utils import timezone

ALGORITHMS = ("ES256", "EdDSA", "RS256", "HS256")
ROUNDS = 15
TOKENS = 60  # of a round
AGAIN = 10  # times that a remembered token is presented


def main() -> None:
    django.setup()
    from web.background import start_background

    start_background()  # as in every process that answers
    print(json.dumps({algorithm: figures(algorithm) for algorithm in ALGORITHMS}))


def figures(algorithm: str) -> dict[str, float]:
    """Return microseconds by what was done: medians of the rounds, of which the first is left out.

    The first one does what a process does once.
    """
    session, key = a_session_signed_in(algorithm)
    rounds = [one_round(session, key) for _ in range(1 + ROUNDS)][1:]
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def a_session_signed_in(algorithm: str) -> tuple[Any, Any]:
    """Return a session, saved, and the key of that algorithm, which signs from now on."""
    from sessions import signing_keys
    from sessions.models import Session, SigningKey, User

    SigningKey.objects.all().delete()
    signing_keys.generate(algorithm).save()
    signing_keys.forget()
    now = timezone.now()
    user = User.objects.create(name="Alice Archer", email="alice@example.com")
    session = Session.objects.create(
        user=user, provider="github", auth_time=now, expires_at=now + timedelta(days=1)
    )
    session.generation = 1  # one that is worth confirming: most tokens come by a refresh
    return session, signing_keys.ensure_signing_key()


def one_round(session: Any, key: Any) -> dict[str, float]:
    from sessions.session_tokens import issue_session_token, validate_session_token

    claims = issue_session_token(session, session.user).token.claims
    headers = {"kid": key.kid, "typ": "at+jwt"}
    tokens: list[str] = []

    def encode(_: object) -> str:
        return jwt.encode(claims, key.private, key.algorithm, headers)

    def decode(token: str) -> None:
        jwt.decode(
            token, key.public, [key.algorithm], audience=settings.BASE_URL, issuer=settings.BASE_URL
        )

    return {
        "issue": microseconds(
            lambda _: tokens.append(issue_session_token(session, session.user).text), range(TOKENS)
        ),
        "encode": microseconds(encode, range(TOKENS)),
        "first sight": microseconds(validate_session_token, tokens),
        "decode": microseconds(decode, tokens),
        "remembered": microseconds(validate_session_token, tokens * AGAIN),
    }


def microseconds(do: Callable[[Any], object], values: Iterable[Any]) -> float:
    """Return this thread's CPU time for one value: nobody else's work on the core counts."""
    values = list(values)
    began = time.thread_time_ns()
    for value in values:
        do(value)
    return (time.thread_time_ns() - began) / 1000 / len(values)


if __name__ == "__main__":
    main()
