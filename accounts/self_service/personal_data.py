"""What is kept about a person, in plain words and as one JSON file.

Each kind of data is a part. `personal_data.toml` has the words for the parts of this module; other
rooms add theirs. No part has a secret, a token or another person in it. The file is made row by
row, so that it never has to fit into memory.
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.reading import events_for, in_chunks
from sessions.lifetime import alive
from sessions.models import Session, User
from web.shown import duration

OF_AN_ACCOUNT = ("provider", "uid", "date_joined", "extra_data")
OF_A_TOKEN = ("name", "scope", "audience", "groups")
Row = dict[str, Any]


@dataclass(frozen=True)
class DataPart:
    """One kind of data: its member in the file, and its words on the page."""

    name: str
    title: str | Promise
    words: str | Promise
    kept: Callable[[], str]  # for how long, as the settings are now
    rows: Callable[[User], Iterable[Row]]
    page: str = ""  # name of the URL where it is seen and changed


PARTS: list[DataPart] = []  # as on the page and in the file; the first has one row


def json_of(user: User, now: datetime) -> Iterator[str]:
    """Yield the file in pieces: one JSON object, with a row of a part on each line."""
    profile, *lists = PARTS
    (row,) = profile.rows(user)
    yield _json({"site": settings.BASE_URL, "made_at": now, profile.name: row})[:-1]
    for part in lists:
        yield f',\n"{part.name}": ['
        for number, row in enumerate(part.rows(user)):
            yield f"{',' if number else ''}\n{_json(row)}"
        yield "\n]"
    yield "\n}\n"


def columns(rows: QuerySet[Any], *names: str) -> Iterator[Row]:
    """Yield these columns of the rows, a few rows at a time."""
    return in_chunks(rows.values(*names))


def _json(value: Row) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)


def _profile(user: User) -> list[Row]:
    names = ["name", "handle", "email", "username", "picture", "date_joined", "last_login"]
    row = {"sub": user.pk} | {name: getattr(user, name) for name in names}
    return [row | {"is_admin": user.is_staff, "has_password": user.has_usable_password()}]


def _sessions(user: User, holder: Session.Holder, *names: str) -> Iterator[Row]:
    sessions = Session.objects.filter(user=user, holder=holder).order_by("auth_time", "pk")
    times = ("auth_time", "refreshed_at", "expires_at", "revoked_at")
    return columns(sessions, "id", "provider", *times, "end", *names)


def _groups(user: User) -> list[Row]:
    """Return the groups by rules, each with the provider of the sign-in, and those by hand."""
    given = user.memberships.order_by("group").values("group", "given_at")
    return [*_groups_by_rules(user), *map(dict, given)]


def _groups_by_rules(user: User) -> list[Row]:
    granted = alive(user.sessions.all()).values_list("groups", "provider")
    pairs = {(group, provider) for groups, provider in granted for group in groups}
    return [{"group": group, "provider": provider} for group, provider in sorted(pairs)]


def _kept(words: str) -> str:
    log = settings.AUDIT_RETENTION
    return _(words).format(
        idle=duration(settings.SESSION_IDLE_LIFETIME),
        whole=duration(settings.SESSION_LIFETIME),
        log=duration(log) if log else _("For as long as this site runs"),
    )


ROWS: dict[str, Callable[[User], Iterable[Row]]] = {
    "profile": _profile,
    "addresses": lambda user: columns(
        EmailAddress.objects.filter(user=user).order_by("pk"), "email", "verified", "primary"
    ),
    "connections": lambda user: columns(
        SocialAccount.objects.filter(user=user).order_by("pk"), *OF_AN_ACCOUNT
    ),
    "sessions": lambda user: _sessions(user, Session.Holder.BROWSER, "user_agent", "groups"),
    "tokens": lambda user: _sessions(user, Session.Holder.SCRIPT, *OF_A_TOKEN),
    "groups": _groups,
    "log": lambda user: events_for(user.pk),
}
for name, words in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items():
    kept, page = partial(_kept, words["kept"]), words.get("page", "")
    title, text = gettext_lazy(words["title"]), gettext_lazy(words["words"])
    PARTS.append(DataPart(name, title, text, kept=kept, rows=ROWS[name], page=page))
