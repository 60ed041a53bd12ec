"""Fill a database with people and sign-ins to measure with: `python -m bench.seed`.

Takes the settings of the environment, migrates, and writes 90 days of sign-ins that look like life:
several providers, quiet weekends, a few causes of most failures. They are the same at every run,
but for the day they end on. A database with people in it is refused, because nobody
could tell made-up people from real ones afterwards.
"""

import argparse
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
    """Write the rows, table by table; of sign-ins also what the audit log has of them."""
    dice, now = random.Random(7), timezone.now()  # noqa: S311 - nothing here is secret
    began = time.perf_counter()
    _add_providers()
    people = list(_people(dice, users, now))
    _write("signet_sessions.User", people)
    _write("account.EmailAddress", (_address(person) for person in people))
    _write("socialaccount.SocialAccount", (_account(n, person) for n, person in enumerate(people)))
    _write("signet_sessions.Session", _sessions(dice, people, now))
    print(f"{time.perf_counter() - began:6.1f} s  people", flush=True)
    returned: Counter[tuple[Any, str]] = Counter()
    rest = _attempts(dice, people, attempts, now)
    while batch := list(islice(rest, BATCH)):
        _write("attempts.SignInAttempt", batch)
        _write("audit.AuditEvent", (_event(each) for each in batch if each.user_id))
        returned.update((each.created_at.date(), each.provider) for each in batch)
    _write("attempts.SignInCount", _counts(returned))
    print(f"{time.perf_counter() - began:6.1f} s  sign-ins and their events", flush=True)


def _write(name: str, rows: Iterable[Any]) -> None:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        apps.get_model(name)._default_manager.bulk_create(batch)  # noqa: SLF001 - documented by Django


def _add_providers() -> None:
    model: Any = apps.get_model("providers", "Provider")
    for position, (slug, (kind, name, _)) in enumerate(PROVIDERS.items()):
        if not model.objects.filter(slug=slug).exists():
            provider = model(slug=slug, kind=kind, name=name, position=position)
            provider.client_id, provider.client_secret = f"client-of-{slug}", "made up"
            provider.save()


def _people(dice: random.Random, number: int, now: datetime) -> Iterator[Any]:
    model: Any = apps.get_model("signet_sessions", "User")
    for n in range(number):
        joined = now - timedelta(minutes=n + 1)
        about = {"name": f"Person {n}", "email": f"person{n}@example.com"}
        yield model(pk=_uuid(dice), date_joined=joined, last_login=joined, **about)


def _address(person: Any) -> Any:
    model: Any = apps.get_model("account", "EmailAddress")
    return model(user=person, email=person.email, verified=True, primary=True)


def _account(n: int, person: Any) -> Any:
    model: Any = apps.get_model("socialaccount", "SocialAccount")
    return model(user=person, provider=SLUGS[n % len(SLUGS)], uid=str(100_000 + n))


def _sessions(dice: random.Random, people: list[Any], now: datetime) -> Iterator[Any]:
    """Give each person one: half of them have been used within two weeks."""
    model: Any = apps.get_model("signet_sessions", "Session")
    for n, person in enumerate(people):
        used = now - timedelta(days=dice.random() * 28)
        began, ended = used - timedelta(days=1), dice.random() < 0.2
        times = {"auth_time": began, "refreshed_at": used}
        times["expires_at"] = began + timedelta(days=DAYS)
        end = {"revoked_at": used, "end": "signed_out"} if ended else {}
        use = {"user_agent": AGENT, "generation": 3, "confirmed_generation": 3}
        slug = SLUGS[n % len(SLUGS)]
        yield model(pk=_uuid(dice), user=person, provider=slug, **use, **times, **end)


def _attempts(dice: random.Random, people: list[Any], number: int, now: datetime) -> Iterator[Any]:
    """Make the sign-ins in the order of time."""
    model: Any = apps.get_model("attempts", "SignInAttempt")
    conversations = [_conversation(dice) for _ in range(500)]
    for when in _times(dice, number, now):
        cause = dice.choices(CAUSES, WEIGHTS)[0] if dice.random() < FAILING else ""
        is_known = people and cause in ("", "account_suspended")  # it came out who it was
        who = dice.choice(people) if is_known else None
        signs = dice.choices(ALPHABET, k=8)
        yield model(
            id=_uuid(dice),
            reference=f"{''.join(signs[:4])}-{''.join(signs[4:])}",
            created_at=when,
            provider=dice.choices(SLUGS, SHARES)[0],
            process="sign_in",
            diagnosis=cause,
            step=6 if cause else 8,
            status=0 if cause == "timeout" else 200,
            provider_error="access_denied" if cause == "access_denied" else "",
            user=who,
            address=f"198.51.{dice.randrange(256)}.{dice.randrange(256)}",
            user_agent=AGENT,
            **dice.choice(conversations),
        )


def _event(attempt: Any) -> Any:
    """Return what the audit log has of a sign-in whose person is known."""
    person, cause = attempt.user, attempt.diagnosis
    label = f"{person.name} ({person.email})"
    failed = {"action": "sign_in_failed", "result": "refused", "reason": cause}
    failed |= {"target_type": "person", "target_id": str(person.pk), "target_label": label}
    worked = {"action": "signed_in", "target_type": "session", "target_id": str(attempt.pk)}
    return apps.get_model("audit", "AuditEvent")(
        at=attempt.created_at,
        actor_id=str(person.pk),
        actor_label=label,
        ip=attempt.address,
        user_agent=AGENT,
        provider=attempt.provider,
        reference=attempt.reference,
        **(failed if cause else worked | {"target_label": "Firefox on Linux"}),
    )


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


def _counts(returned: Counter[tuple[Any, str]]) -> Iterator[Any]:
    """Return what has no row of its own: how many began, and how many of them came back."""
    model: Any = apps.get_model("attempts", "SignInCount")
    for (day, slug), number in returned.items():
        yield model(day=day, provider=slug, what="returned", number=number)
        yield model(day=day, provider=slug, what="begun", number=round(number * STARTS))


def _uuid(dice: random.Random) -> uuid.UUID:
    return uuid.UUID(int=dice.getrandbits(128), version=4)


if __name__ == "__main__":
    main()
