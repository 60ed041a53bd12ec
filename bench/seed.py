"""Fill a database with people and 90 days of sign-ins, the same each time but for the day."""

import json
import random
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from django.apps import apps
from django.utils import timezone

PROVIDERS = {"github": 46, "google": 34, "microsoft": 14, "staff": 6}  # per cent of the sign-ins
SLUGS, SHARES = list(PROVIDERS), list(PROVIDERS.values())
CAUSES = ["access_denied", "email_in_use", "state_expired", "timeout", "invalid_grant"]
CAUSES += ["provider_unavailable", "wrong_client_secret", "account_suspended", "clock_skew"]
WEIGHTS = (320, 190, 140, 110, 75, 60, 50, 30, 25)  # of a thousand failures
DAYS, FAILING, STARTS = 90, 0.06, 1.12  # the last: for each that comes back
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a reference
BATCH = 5000  # rows
DICE = random.Random()  # noqa: S311 - nothing here is secret
Fields = dict[str, Any]


def seed(users: int, attempts: int) -> None:
    """Write the rows, table by table. For sign-ins, also write their events in the audit log."""
    DICE.seed(7)
    _add_providers()
    people = _written("signet_sessions.User", map(_person, range(users)))
    proven = {"verified": True, "primary": True}
    addresses = ({"user": each, "email": each.email} | proven for each in people)
    _written("account.EmailAddress", addresses)
    accounts = ({"user": each, "provider": DICE.choice(SLUGS), "uid": each.pk} for each in people)
    _written("socialaccount.SocialAccount", accounts)
    _written("signet_sessions.Session", map(_session, people))
    returned: Counter[tuple[Any, str]] = Counter()
    rest = _attempts(people, attempts)
    while batch := _written("attempts.SignInAttempt", islice(rest, BATCH)):
        _written("audit.AuditEvent", (_event(each) for each in batch if each.user_id))
        returned.update((each.created_at.date(), each.provider) for each in batch)
    for what, often in (("returned", 1), ("begun", STARTS)):
        counts = (
            {"day": day, "provider": slug, "what": what, "number": round(number * often)}
            for (day, slug), number in returned.items()
        )
        _written("attempts.SignInCount", counts)


def _written(model: str, rows: Iterable[Fields]) -> list[Any]:
    table: Any = apps.get_model(model)
    made = [table(**row) for row in rows]
    table.objects.bulk_create(made, batch_size=BATCH)
    return made


def _add_providers() -> None:
    model: Any = apps.get_model("providers.Provider")
    for position, slug in enumerate(SLUGS):
        if not model.objects.filter(slug=slug).exists():
            kind = "openid_connect" if slug == "staff" else slug
            provider = model(slug=slug, kind=kind, name=slug.title(), position=position)
            provider.client_id, provider.client_secret = f"client-of-{slug}", "made up"
            provider.save()


def _person(number: int) -> Fields:
    handle = f"person{number}"
    address = f"{handle}@example.com"
    return {"pk": _uuid(), "handle": handle, "name": f"Person {number}", "email": address}


def _session(person: Any) -> Fields:
    """Return the session of a person: half of them have been used within two weeks."""
    used = timezone.now() - timedelta(days=DICE.random() * 28)
    began = used - timedelta(days=1)
    times = {"auth_time": began, "refreshed_at": used, "expires_at": began + timedelta(days=DAYS)}
    end = {"revoked_at": used, "end": "signed_out"} if DICE.random() < 0.2 else {}
    use = {"user_agent": AGENT, "generation": 3, "confirmed_generation": 3}
    return {"pk": _uuid(), "user": person, "provider": DICE.choice(SLUGS)} | use | times | end


def _attempts(people: list[Any], number: int) -> Iterator[Fields]:
    """Make the sign-ins in the order of time."""
    conversations, now = [_conversation() for _ in range(500)], timezone.now()
    for ago in sorted((DICE.random() * DAYS for _ in range(number)), reverse=True):
        cause = DICE.choices(CAUSES, WEIGHTS)[0] if DICE.random() < FAILING else ""
        is_known = people and cause in ("", "account_suspended")  # the person was identified
        signs = "".join(DICE.choices(ALPHABET, k=8))
        row = DICE.choice(conversations) | {"id": _uuid(), "diagnosis": cause, "process": "sign_in"}
        row |= {"created_at": now - timedelta(days=ago), "user_agent": AGENT}
        row |= {"reference": f"{signs[:4]}-{signs[4:]}", "step": 6 if cause else 8}
        row |= {"provider": DICE.choices(SLUGS, SHARES)[0], "status": 0 if cause else 200}
        row |= {"address": f"198.51.{DICE.randrange(256)}.{DICE.randrange(256)}"}
        yield row | {"user": DICE.choice(people) if is_known else None}


def _event(attempt: Any) -> Fields:
    """Return what the audit log has of a sign-in whose person is known."""
    person, cause = attempt.user, attempt.diagnosis
    label, pk = f"{person.name} ({person.email})", str(person.pk)
    event = {"at": attempt.created_at, "actor_id": pk, "actor_label": label, "ip": attempt.address}
    event |= {"provider": attempt.provider, "reference": attempt.reference, "user_agent": AGENT}
    if cause:
        event |= {"action": "sign_in_failed", "result": "refused", "reason": cause}
        return event | {"target_type": "person", "target_id": pk, "target_label": label}
    return event | {"action": "signed_in", "target_type": "session", "target_id": str(attempt.pk)}


def _conversation() -> Fields:
    """Return how long a sign-in took in all, and its messages as a row keeps them."""
    token, profile = (round(DICE.lognormvariate(5.0, 0.4)) for _ in range(2))  # milliseconds
    some = [["code", "40 characters, not shown"], ["state", "43 characters, not shown"]]
    op, back = "https://provider.example", "http://localhost:8000/sign-in/github/callback/"
    sent = [(3, 1, 0, "GET", f"{op}/authorize", 303), (4, 0, 1, "GET", back, 0)]
    sent += [(5, 1, 2, "POST", f"{op}/token", 0), (7, 1, 2, "GET", f"{op}/user", 0)]
    hops = [[*each, some, None, "", ""] for each in sent]
    hops.insert(3, [6, 2, 1, "", "", 200, some, token, "", ""])
    hops += [
        [7, 2, 1, "", "", 200, some, profile, "", ""],
        [8, 1, 0, "", "", 303, [], None, "", ""],
    ]
    return {"milliseconds": token + profile + DICE.randrange(6, 30), "hops": json.dumps(hops)}


def _uuid() -> uuid.UUID:
    return uuid.UUID(int=DICE.getrandbits(128), version=4)
