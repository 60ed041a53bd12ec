"""What is kept about a person, in plain words and as one JSON file.

Each kind of data is a part, and other rooms add theirs to the list. No part has a secret, a token
or another person in it. The file is made row by row, so that it never has to fit into memory.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from audit.reading import events_for
from sessions.models import Session, User
from sessions.sessions import alive
from web.shown import duration

CHUNK = 500  # rows that are in memory at a time
Row = dict[str, Any]


@dataclass(frozen=True)
class DataPart:
    """One kind of data: its member in the file, and its words on the page."""

    name: str
    title: str
    words: str
    kept: Callable[[], str]  # for how long, as the settings are now
    rows: Callable[[User], Iterable[Row]]
    page: str = ""  # name of the URL where it is seen and changed


_parts: dict[str, DataPart] = {}


def in_personal_data(part: DataPart) -> None:
    """Add a part to the page and to the file."""
    _parts[part.name] = part


def parts() -> list[DataPart]:
    return [PROFILE, *_parts.values()]


def json_of(user: User, now: datetime) -> Iterator[str]:
    """Yield the file in pieces: one JSON object, with a row of a part on each line."""
    (profile,) = PROFILE.rows(user)
    yield _json({"site": settings.BASE_URL, "made_at": now, PROFILE.name: profile})[:-1]
    for part in _parts.values():
        yield f',\n"{part.name}": ['
        for number, row in enumerate(part.rows(user)):
            yield f"{',' if number else ''}\n{_json(row)}"
        yield "\n]"
    yield "\n}\n"


def columns(rows: QuerySet[Any], *names: str) -> Iterator[Row]:
    """Yield these columns of the rows, a few rows at a time."""
    return rows.values(*names).iterator(chunk_size=CHUNK)


def _json(value: Row) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)


def _profile(user: User) -> list[Row]:
    names = ["name", "email", "username", "picture", "date_joined", "last_login"]
    row = {"sub": user.pk} | {name: getattr(user, name) for name in names}
    return [row | {"is_admin": user.is_staff, "has_password": user.has_usable_password()}]


def _addresses(user: User) -> Iterator[Row]:
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    return columns(addresses, "email", "verified", "primary")


def _connections(user: User) -> Iterator[Row]:
    accounts = SocialAccount.objects.filter(user=user).order_by("pk")
    return columns(accounts, "provider", "uid", "date_joined", "extra_data")


def _browsers(user: User) -> Iterator[Row]:
    return _sessions(user, Session.Holder.BROWSER, "user_agent", "groups")


def _scripts(user: User) -> Iterator[Row]:
    return _sessions(user, Session.Holder.SCRIPT, "name", "scope", "audience", "groups")


def _sessions(user: User, holder: Session.Holder, *names: str) -> Iterator[Row]:
    sessions = Session.objects.filter(user=user, holder=holder).order_by("auth_time", "pk")
    times = ("auth_time", "refreshed_at", "expires_at", "revoked_at")
    return columns(sessions, "id", "provider", *times, "end", *names)


def _groups(user: User) -> list[Row]:
    granted = alive(user.sessions.all()).values_list("groups", "provider")
    pairs = {(group, provider) for groups, provider in granted for group in groups}
    return [{"group": group, "provider": provider} for group, provider in sorted(pairs)]


def _until_deleted() -> str:
    return "Until you delete your account."


def _as_sessions() -> str:
    idle, whole = duration(settings.SESSION_IDLE_LIFETIME), duration(settings.SESSION_LIFETIME)
    return f"Ends after {idle} without use, after {whole} at the latest. Removed a day later."


def _as_log() -> str:
    retention = settings.AUDIT_RETENTION
    return f"{duration(retention)}." if retention else "For as long as this site runs."


PROFILE = DataPart(  # the one that is a row and not a list of them
    "profile",
    "Your profile",
    "Your name, address and picture as your provider last sent them, and when you first and last "
    "signed in.",
    _until_deleted,
    _profile,
    "account",
)
ADDRESSES = DataPart(
    "addresses",
    "Email addresses",
    "The addresses that a provider has verified as yours.",
    _until_deleted,
    _addresses,
)
CONNECTIONS = DataPart(
    "connections",
    "Connected accounts",
    "Your accounts at providers: your id, name, user name and address there.",
    lambda: "Until you disconnect it, or delete your account.",
    _connections,
    "account_connections",
)
BROWSERS = DataPart(
    "sessions",
    "Sessions",
    "Where you are signed in: the name of the browser, since when, and when it was last seen.",
    _as_sessions,
    _browsers,
    "account_sessions",
)
SCRIPTS = DataPart(
    "tokens",
    "Tokens for scripts",
    "The names that you gave them, what they may say and to whom, and when they were used. The"
    " tokens themselves are not kept.",
    _as_sessions,
    _scripts,
    "account_tokens",
)
GROUPS = DataPart(
    "groups",
    "Groups",
    "The groups that the rules of this site gave you when you signed in.",
    lambda: "As long as the session.",
    _groups,
    "account",
)
LOG = DataPart(
    "log",
    "The log",
    "What you did here, what was done to your account, and when. For what you did, also the IP "
    "address and the browser.",
    _as_log,
    lambda user: events_for(user.pk),
)
for own in (ADDRESSES, CONNECTIONS, BROWSERS, SCRIPTS, GROUPS, LOG):
    in_personal_data(own)
