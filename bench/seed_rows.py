"""The rows that `bench.seed` writes: the same at every run, but for the day they end on."""

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from copy import copy
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

PROVIDERS = (
    ("github", "github", "GitHub"),
    ("google", "google", "Google"),
    ("microsoft", "microsoft", "Microsoft"),
    ("staff", "openid_connect", "Staff"),
)
SHARES = (46, 34, 14, 6)  # of the sign-ins, per cent
FAILURES = {  # what fails, how often of a thousand failures, at which step
    "access_denied": (310, 4),
    "email_in_use": (190, 8),
    "state_expired": (140, 4),
    "timeout": (110, 5),
    "invalid_grant": (70, 6),
    "provider_unavailable": (60, 7),
    "wrong_client_secret": (50, 6),
    "account_suspended": (30, 8),
    "clock_skew": (25, 6),
    "redirect_uri_mismatch": (15, 6),
}
KNOWN_PERSON = ("", "account_suspended")  # it came out who it was
FAILING = 0.06  # of the sign-ins
BAD_WEEKDAY, BAD_PROVIDER, BAD_CAUSE = 2, 1, "wrong_client_secret"  # a secret had run out
UNFINISHED = 0.11  # of those that are begun
DAYS = 90
WEEK = (1.0, 1.08, 1.05, 1.0, 0.86, 0.34, 0.3)  # how much happens, Monday to Sunday
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a reference
Table = tuple[str, tuple[str, ...], Iterable[tuple[Any, ...]]]


def tables(users: int, attempts: int, now: datetime) -> Iterator[Table]:
    """Return each table with its columns and rows, in the order that they can be written in."""
    dice = random.Random(7)  # noqa: S311 - nothing here is secret
    ids = [_uuid(dice) for _ in range(users)]
    yield "signet_sessions_user", USER, _users(ids, now)
    yield "account_emailaddress", ADDRESS, _addresses(ids)
    yield "socialaccount_socialaccount", ACCOUNT, _accounts(ids, now)
    yield "signet_sessions_session", SESSION, _sessions(dice, ids, now)
    begun: dict[tuple[Any, str], int] = {}
    same = copy(dice)  # throws what the other throws: the log has the same sign-ins
    yield "attempts_signinattempt", ATTEMPT, _attempts(dice, ids, attempts, now, begun)
    yield "audit_auditevent", EVENT, _events(ids, _attempts(same, ids, attempts, now, {}))
    yield "attempts_signincount", COUNT, _counts(dice, begun)


def batches(rows: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


USER = (
    *("id", "password", "is_superuser", "username", "email", "name", "picture"),
    *("is_active", "is_staff", "date_joined", "last_login"),
)


def _users(ids: list[uuid.UUID], now: datetime) -> Iterator[tuple[Any, ...]]:
    for number, pk in enumerate(ids):
        joined = now - timedelta(minutes=number + 1)
        name, email = f"Person {number}", f"person{number}@example.com"
        yield pk, "", False, None, email, name, "", True, False, joined, joined


ADDRESS = ("user_id", "email", "verified", '"primary"')


def _addresses(ids: list[uuid.UUID]) -> Iterator[tuple[Any, ...]]:
    for number, pk in enumerate(ids):
        yield pk, f"person{number}@example.com", True, True


ACCOUNT = ("user_id", "provider", "uid", "extra_data", "date_joined", "last_login")


def _accounts(ids: list[uuid.UUID], now: datetime) -> Iterator[tuple[Any, ...]]:
    for number, pk in enumerate(ids):
        slug = PROVIDERS[number % len(PROVIDERS)][0]
        yield pk, slug, str(100_000 + number), "{}", now, now


SESSION = (
    *("id", "user_id", "provider", "holder", "name", "user_agent", "generation"),
    *("confirmed_generation", "late_successors", "auth_time", "refreshed_at", "expires_at"),
    *("revoked_at", '"end"', "groups", "scope", "audience"),
)


def _sessions(
    dice: random.Random, ids: list[uuid.UUID], now: datetime
) -> Iterator[tuple[Any, ...]]:
    """Give each person one: half of them have been used within two weeks."""
    for number, pk in enumerate(ids):
        slug = PROVIDERS[number % len(PROVIDERS)][0]
        used = now - timedelta(days=dice.random() * 28)
        ended = (used, "signed_out") if dice.random() < 0.2 else (None, "")
        began = used - timedelta(days=1)
        times = (began, used, began + timedelta(days=DAYS))
        said = ("[]", "openid", "[]")
        yield _uuid(dice), pk, slug, "browser", "", AGENT, 3, 3, 0, *times, *ended, *said


ATTEMPT = (
    *("id", "reference", "created_at", "provider", "process", "diagnosis", "step", "status"),
    *("provider_error", "hint", "retry_after", "user_id", "address", "user_agent"),
    *("milliseconds", "hops"),
)


def _attempts(
    dice: random.Random,
    ids: list[uuid.UUID],
    attempts: int,
    now: datetime,
    begun: dict[tuple[Any, str], int],
) -> Iterator[tuple[Any, ...]]:
    """Make the sign-ins in the order of time, and note in `begun` how many came back."""
    conversations = [_hops(dice) for _ in range(500)]
    causes, weights = list(FAILURES), [share for share, _ in FAILURES.values()]
    for ago, when in _times(dice, attempts, now):
        index = dice.choices(range(len(PROVIDERS)), SHARES)[0]
        is_bad = 7 < ago <= 14 and when.weekday() == BAD_WEEKDAY and index == BAD_PROVIDER
        cause = BAD_CAUSE if is_bad and dice.random() < 0.45 else ""
        if not cause and dice.random() < FAILING:
            cause = dice.choices(causes, weights)[0]
        slug = PROVIDERS[index][0]
        begun[when.date(), slug] = begun.get((when.date(), slug), 0) + 1
        milliseconds, hops = dice.choice(conversations)
        reference = (
            "".join(dice.choices(ALPHABET, k=4)) + "-" + "".join(dice.choices(ALPHABET, k=4))
        )
        step = FAILURES[cause][1] if cause else 8
        who = dice.choice(ids) if ids and cause in KNOWN_PERSON else None
        status = 0 if cause == "timeout" else 200
        error = "access_denied" if cause == "access_denied" else ""
        address = f"198.51.{dice.randrange(256)}.{dice.randrange(256)}"
        what = (_uuid(dice), reference, when, slug, "sign_in", cause, step, status, error, "", 0)
        yield *what, who, address, AGENT, milliseconds, hops


EVENT = (
    *("at", "action", "result", "reason", "actor_id", "actor_label", "target_type", "target_id"),
    *("target_label", "ip", "user_agent", "provider", "reference", "before", "after"),
)


def _events(ids: list[uuid.UUID], attempts: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Return what the audit log has of these sign-ins: an event of each whose person is known."""
    numbers = {pk: number for number, pk in enumerate(ids)}
    for row in attempts:
        attempt = dict(zip(ATTEMPT, row, strict=True))
        who, cause = attempt["user_id"], attempt["diagnosis"]
        if who:
            label = f"Person {numbers[who]} (person{numbers[who]}@example.com)"
            session = ("session", str(attempt["id"]), "Firefox on Linux")
            what = ("sign_in_failed", "refused", cause) if cause else ("signed_in", "success", "")
            target = ("person", str(who), label) if cause else session
            rest = (attempt["address"], AGENT, attempt["provider"], attempt["reference"])
            yield attempt["created_at"], *what, str(who), label, *target, *rest, "{}", "{}"


def _times(dice: random.Random, attempts: int, now: datetime) -> Iterator[tuple[int, datetime]]:
    """Spread the sign-ins over the days, growing a little; gives how many days ago, and when."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - timedelta(days=ago) for ago in reversed(range(DAYS))]
    much = [WEEK[day.weekday()] * (1 + at / DAYS / 2) for at, day in enumerate(days)]
    much[-1] *= (now - midnight) / timedelta(days=1)  # today is not over
    for at, day in enumerate(days):
        number = round(attempts * much[at] / sum(much))
        end = min(day + timedelta(days=1), now)
        seconds = sorted(dice.random() * (end - day).total_seconds() for _ in range(number))
        yield from ((DAYS - 1 - at, day + timedelta(seconds=second)) for second in seconds)


def _hops(dice: random.Random) -> tuple[int, str]:
    """Return how long a sign-in took in all, and its messages as a row keeps them."""
    token = round(dice.lognormvariate(5.0, 0.35))  # milliseconds
    profile = round(dice.lognormvariate(4.6, 0.4))
    own = dice.randrange(6, 30)
    hidden = [["code", "40 characters, not shown"], ["state", "43 characters, not shown"]]
    asked = [["grant_type", "authorization_code"], ["client_id", "client-1"], *hidden]
    given = [["access_token", "40 characters, not shown"], ["token_type", "bearer"]]
    site, provider = "http://localhost:8000/sign-in/github/callback/", "https://provider.example"
    hops = [
        [3, 1, 0, "GET", f"{provider}/authorize", 303, asked, None, "", ""],
        [4, 0, 1, "GET", site, 0, hidden, None, "", ""],
        [5, 1, 2, "POST", f"{provider}/token", 0, asked, None, "", ""],
        [6, 2, 1, "", "", 200, given, token, "", ""],
        [7, 1, 2, "GET", f"{provider}/user", 0, given[:1], None, "", ""],
        [7, 2, 1, "", "", 200, [["id", "not shown"], ["login", "not shown"]], profile, "", ""],
        [8, 1, 0, "", "", 303, [], None, "", ""],
    ]
    return token + profile + own, json.dumps(hops)


COUNT = ("day", "provider", "what", "number")


def _counts(dice: random.Random, begun: dict[tuple[Any, str], int]) -> Iterator[tuple[Any, ...]]:
    """Return what makes no row of its own: how many began, and how many of them came back."""
    for (day, slug), returned in begun.items():
        yield day, slug, "returned", returned
        yield day, slug, "begun", round(returned / (1 - UNFINISHED * (0.7 + 0.6 * dice.random())))


def _uuid(dice: random.Random) -> uuid.UUID:
    return uuid.UUID(int=dice.getrandbits(128), version=4)
