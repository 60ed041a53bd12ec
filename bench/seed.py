"""Fill a database with people and sign-ins to measure with: `python -m bench.seed`.

Uses the settings of the environment, migrates, and writes 90 days of realistic sign-ins: several
providers, quiet weekends, a few causes for most failures. Each run writes the same ones, except for
the day they end on. It refuses a database that has people in it, because afterwards nobody could
distinguish invented people from real ones.
"""

import argparse
import itertools
import json
import os
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

PROVIDERS = {  # kind, name, and per cent of the sign-ins
    "github": ("github", "GitHub", 46),
    "google": ("google", "Google", 34),
    "microsoft": ("microsoft", "Microsoft", 14),
    "staff": ("openid_connect", "Staff", 6),
}
SLUGS, SHARES = list(PROVIDERS), [share for _, _, share in PROVIDERS.values()]
CAUSES = (
    *("access_denied", "email_in_use", "state_expired", "timeout", "invalid_grant"),
    *("provider_unavailable", "wrong_client_secret", "account_suspended", "clock_skew"),
)
WEIGHTS = (320, 190, 140, 110, 75, 60, 50, 30, 25)  # of a thousand failures
FAILING = 0.06  # of the sign-ins
STARTS = 1.12  # for each that comes back
DAYS = 90
WEEK = (1.0, 1.08, 1.05, 1.0, 0.86, 0.34, 0.3)  # how much happens, Monday to Sunday
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a reference
BATCH = 5000  # rows
Fields = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.seed", description=__doc__)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--attempts", type=int, default=1_000_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    if apps.get_model("signet_sessions", "User").objects.exists():
        sys.exit("There are people in this database. Take another one.")
    seed(options.users, options.attempts)
    with connection.cursor() as cursor:  # the database learns how the rows are spread
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def seed(users: int, attempts: int) -> None:
    """Write the rows, table by table. For sign-ins, also write their events in the audit log."""
    dice, now = random.Random(7), timezone.now()  # noqa: S311 - nothing here is secret
    began = time.perf_counter()
    _add_providers()
    people = list(_made("signet_sessions.User", _people(dice, users, now)))
    _write(people)
    _write(_made("account.EmailAddress", map(_address, people)))
    _write(_made("socialaccount.SocialAccount", map(_account, people, itertools.count())))
    _write(_made("signet_sessions.Session", (_session(dice, person, now) for person in people)))
    print(f"{time.perf_counter() - began:6.1f} s  people", flush=True)
    returned: Counter[tuple[Any, str]] = Counter()
    rest = _made("attempts.SignInAttempt", _attempts(dice, people, attempts, now))
    while batch := list(islice(rest, BATCH)):
        _write(batch)
        _write(_made("audit.AuditEvent", (_event(each) for each in batch if each.user_id)))
        returned.update((each.created_at.date(), each.provider) for each in batch)
    _write(_made("attempts.SignInCount", _counts(returned)))
    print(f"{time.perf_counter() - began:6.1f} s  sign-ins and their events", flush=True)


def _made(model: str, rows: Iterable[Fields]) -> Iterator[Any]:
    return (apps.get_model(model)(**row) for row in rows)


def _write(rows: Iterable[Any]) -> None:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        type(batch[0])._default_manager.bulk_create(batch)  # noqa: SLF001 - documented by Django


def _add_providers() -> None:
    model: Any = apps.get_model("providers", "Provider")
    for position, (slug, (kind, name, _)) in enumerate(PROVIDERS.items()):
        if not model.objects.filter(slug=slug).exists():
            provider = model(slug=slug, kind=kind, name=name, position=position)
            provider.client_id, provider.client_secret = f"client-of-{slug}", "made up"
            provider.save()


def _people(dice: random.Random, number: int, now: datetime) -> Iterator[Fields]:
    for n in range(number):
        about = {"name": f"Person {n}", "email": f"person{n}@example.com"}
        yield about | {"pk": _uuid(dice), "date_joined": now - timedelta(minutes=n + 1)}


def _address(person: Any) -> Fields:
    return {"user": person, "email": person.email, "verified": True, "primary": True}


def _account(person: Any, n: int) -> Fields:
    return {"user": person, "provider": SLUGS[n % len(SLUGS)], "uid": str(100_000 + n)}


def _session(dice: random.Random, person: Any, now: datetime) -> Fields:
    """Return the session of a person: half of them have been used within two weeks."""
    used = now - timedelta(days=dice.random() * 28)
    began = used - timedelta(days=1)
    times = {"auth_time": began, "refreshed_at": used, "expires_at": began + timedelta(days=DAYS)}
    end = {"revoked_at": used, "end": "signed_out"} if dice.random() < 0.2 else {}
    use = {"user_agent": AGENT, "generation": 3, "confirmed_generation": 3}
    provider = {"provider": dice.choices(SLUGS)[0]}
    return {"pk": _uuid(dice), "user": person} | provider | use | times | end


def _attempts(
    dice: random.Random, people: list[Any], number: int, now: datetime
) -> Iterator[Fields]:
    """Make the sign-ins in the order of time."""
    conversations = [_conversation(dice) for _ in range(500)]
    for when in _times(dice, number, now):
        cause = dice.choices(CAUSES, WEIGHTS)[0] if dice.random() < FAILING else ""
        is_known = people and cause in ("", "account_suspended")  # the person was identified
        signs = dice.choices(ALPHABET, k=8)
        yield dice.choice(conversations) | {
            "id": _uuid(dice),
            "reference": f"{''.join(signs[:4])}-{''.join(signs[4:])}",
            "created_at": when,
            "provider": dice.choices(SLUGS, SHARES)[0],
            "process": "sign_in",
            "diagnosis": cause,
            "step": 6 if cause else 8,
            "status": 0 if cause == "timeout" else 200,
            "user": dice.choice(people) if is_known else None,
            "address": f"198.51.{dice.randrange(256)}.{dice.randrange(256)}",
            "user_agent": AGENT,
        }


def _event(attempt: Any) -> Fields:
    """Return what the audit log has of a sign-in whose person is known."""
    person, cause = attempt.user, attempt.diagnosis
    label = f"{person.name} ({person.email})"
    failed = {"action": "sign_in_failed", "result": "refused", "reason": cause}
    failed |= {"target_type": "person", "target_id": str(person.pk), "target_label": label}
    worked = {"action": "signed_in", "target_type": "session", "target_id": str(attempt.pk)}
    who = {"actor_id": str(person.pk), "actor_label": label, "ip": attempt.address}
    what = {"provider": attempt.provider, "reference": attempt.reference, "user_agent": AGENT}
    return {"at": attempt.created_at} | who | what | (failed if cause else worked)


def _times(dice: random.Random, attempts: int, now: datetime) -> Iterator[datetime]:
    """Spread the sign-ins over the days, growing a little."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - timedelta(days=ago) for ago in reversed(range(DAYS))]
    much = [WEEK[day.weekday()] * (1 + at / DAYS / 2) for at, day in enumerate(days)]
    much[-1] *= (now - midnight) / timedelta(days=1)  # today is not over
    for at, day in enumerate(days):
        number = round(attempts * much[at] / sum(much))
        end = min(day + timedelta(days=1), now)
        seconds = sorted(dice.random() * (end - day).total_seconds() for _ in range(number))
        yield from (day + timedelta(seconds=second) for second in seconds)


def _conversation(dice: random.Random) -> dict[str, Any]:
    """Return how long a sign-in took in all, and its messages as a row keeps them."""
    token = round(dice.lognormvariate(5.0, 0.35))  # milliseconds
    profile = round(dice.lognormvariate(4.6, 0.4))
    hidden = [["code", "40 characters, not shown"], ["state", "43 characters, not shown"]]
    sent = [["grant_type", "authorization_code"], ["client_id", "client-1"], *hidden]
    tokens = [["access_token", "40 characters, not shown"], ["token_type", "bearer"]]
    site, provider = "http://localhost:8000/sign-in/github/callback/", "https://provider.example"
    hops = [
        [3, 1, 0, "GET", f"{provider}/authorize", 303, sent, None, "", ""],
        [4, 0, 1, "GET", site, 0, hidden, None, "", ""],
        [5, 1, 2, "POST", f"{provider}/token", 0, sent, None, "", ""],
        [6, 2, 1, "", "", 200, tokens, token, "", ""],
        [7, 1, 2, "GET", f"{provider}/user", 0, tokens[:1], None, "", ""],
        [7, 2, 1, "", "", 200, [["id", "not shown"], ["login", "not shown"]], profile, "", ""],
        [8, 1, 0, "", "", 303, [], None, "", ""],
    ]
    return {"milliseconds": token + profile + dice.randrange(6, 30), "hops": json.dumps(hops)}


def _counts(returned: Counter[tuple[Any, str]]) -> Iterator[Fields]:
    """Return the counts of sign-ins: how many began, and how many of them came back."""
    for (day, slug), number in returned.items():
        for what, often in (("returned", number), ("begun", round(number * STARTS))):
            yield {"day": day, "provider": slug, "what": what, "number": often}


def _uuid(dice: random.Random) -> uuid.UUID:
    return uuid.UUID(int=dice.getrandbits(128), version=4)


if __name__ == "__main__":
    main()
