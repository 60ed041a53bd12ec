"""What an app may do for a person: a code, then refresh tokens, while all that it hangs on lives.

A code and a refresh token are `id.generation.mac`; generation 0 is the code. Each is claimed by one
UPDATE, so one of many requests wins. A grant is alive while its session, person and app are, the
person may use the app, and nobody has ended it. One statement reads all of that.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet, UUIDField
from django.utils import timezone
from django.utils.crypto import salted_hmac

from oidc_provider.allowed import is_let_in
from oidc_provider.models import App, Grant
from protocol.authorization_server.authorization_request import AuthorizationRequest
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.token_request import CodeExchange, Refresh, check_verifier
from protocol.jws import base64url
from sessions.groups import groups_of
from sessions.lifetime import is_in_time
from sessions.models import Session, User
from sessions.refresh_tokens import LATE_FOR_SCRIPTS, MAX_LATE_SUCCESSORS
from web.written_sql import find_joined, insert_row, named_columns

CODE_LIFETIME = timedelta(seconds=60)  # RFC 9700 §4.5 and RFC 6749 §4.1.2 want it short
KEPT = timedelta(hours=1)  # that a code which nobody brought stays: why it failed can be seen
USED = timedelta(hours=1)  # a session counts as used at most this often: one UPDATE less
SHAPE = re.compile(r"([0-9a-f-]{36})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")
CODE, REFRESH_TOKEN = "oidc_provider.code", "oidc_provider.refresh_token"
APP_COLUMNS = (
    *("id", "slug", "enabled", "audience", "groups", "claims_in_id_token"),
    *("scopes", "audiences"),
)
SESSION_COLUMNS = (
    "id",
    "user_id",
    "groups",
    "auth_time",
    "refreshed_at",
    "expires_at",
    "revoked_at",
)
PERSON_COLUMNS = ("id", "email", "name", "picture", "handle", "given_groups", "is_active")
# What a second click has in common with the first
SAME = ("app_id", "session_id", "scope", "redirect_uri", "nonce", "code_challenge")
KEY = UUIDField()
# Each request of an app runs the first one, most run the second. Composing them with Django takes
# 2.4 and 0.6 ms, running them 0.2 (SQLite, 2026-12).
FIND = f"""\
SELECT {named_columns(Grant, "held")}, {named_columns(App, "app", APP_COLUMNS)},
    {named_columns(Session, "session", SESSION_COLUMNS)},
    {named_columns(User, "person", PERSON_COLUMNS)},
    (
        SELECT address.email FROM account_emailaddress AS address
        WHERE address.user_id = person.id AND address.verified
        ORDER BY address."primary" DESC, address.id LIMIT 1
    ) AS proven_address,
    EXISTS (
        SELECT 1 FROM oidc_provider_app_people AS named
        WHERE named.app_id = app.id AND named.user_id = person.id
    ) AS is_named
FROM oidc_provider_grant AS held
JOIN oidc_provider_app AS app ON app.id = held.app_id
JOIN signet_sessions_session AS session ON session.id = held.session_id
JOIN signet_sessions_user AS person ON person.id = session.user_id
WHERE held.id = %s
"""  # noqa: S608 - our own
MOVE_ON = """\
UPDATE oidc_provider_grant
SET generation = generation + 1, refreshed_at = %s, late_successors = 0
WHERE id = %s AND generation = %s AND ended_at IS NULL
"""
OFFLINE = "offline_access"  # OpenID Connect Core §11


@dataclass(frozen=True)
class Held:
    """A grant with the app, the session and the person that it hangs on."""

    grant: Grant
    app: App
    session: Session
    person: User
    is_named: bool  # whether the app names the person among those who may use it

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return what was granted and the app may still ask for."""
        return tuple(scope for scope in self.grant.scopes if scope in self.app.scopes)

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the same of resources."""
        return tuple(uri for uri in self.grant.resources if uri in self.app.resources)


def start_grant(
    app: App,
    request: AuthorizationRequest,
    scopes: tuple[str, ...],
    session: Session,
    key: UUID | None = None,
) -> str:
    """Store the grant and return its code.

    `key` is that of a form, which somebody may send twice: then both get the same code. A grant
    that has this key already must be the same one.
    """
    grant = Grant(
        id=key or uuid4(),
        app_id=app.pk,
        session_id=session.pk,
        scope=" ".join(scopes),
        resources=[*request.resources],
        redirect_uri=request.destination.redirect_uri,
        nonce=request.nonce,
        code_challenge=request.code_challenge,
        auth_time=session.auth_time,
    )
    if key is None:
        insert_row(grant)
    else:
        Grant.objects.bulk_create([grant], ignore_conflicts=True)
        same = {name: getattr(grant, name) for name in SAME}
        if not Grant.objects.filter(pk=key, generation=0, **same).exists():
            raise RefusedRequestError(Refusal.PERSON_DENIED, client_id=app.client_id)
    return _token(CODE, grant.pk, 0)


def exchange_code(app: App, exchange: CodeExchange) -> Held:
    """Redeem a code for an app that has authenticated (RFC 6749 §4.1.3).

    Whatever does not fit leaves the code as it is. Only the same app's second use ends the grant,
    and all that came of it (RFC 9700 §4.5).
    """
    key, _ = _read(CODE, exchange.code, Refusal.CODE_UNKNOWN)
    held = _of_app(app, key, Refusal.CODE_UNKNOWN, Refusal.CODE_OF_ANOTHER)
    with _named(held):
        _check_exchange(held, exchange)
        check_alive(held)
        if not _moves_on(held.grant):
            _end_by_replay(held, Refusal.CODE_USED)
    return held


def _check_exchange(held: Held, exchange: CodeExchange) -> None:
    """Refuse a code that was used, is too old, or does not fit what the app sends with it."""
    grant = held.grant
    if exchange.redirect_uri != grant.redirect_uri:
        raise RefusedRequestError(Refusal.CODE_REDIRECT_URI)
    check_verifier(grant.code_challenge, exchange.code_verifier)
    if grant.generation:
        _end_by_replay(held, Refusal.CODE_USED)
    if timezone.now() - grant.created_at > CODE_LIFETIME:
        raise RefusedRequestError(Refusal.CODE_EXPIRED)
    _check_resources(held, exchange)


def refresh(app: App, request: Refresh) -> Held:
    """Rotate a refresh token (RFC 6749 §6, RFC 9700 §4.14.2) as a script's session does.

    Of several requests with one token, all get the same successor. A client that lost the answer
    gets it again, for ten minutes and three times at most. Later it is a replay, which ends all.
    """
    key, generation = _read(REFRESH_TOKEN, request.refresh_token, Refusal.REFRESH_TOKEN_UNKNOWN)
    unknown = Refusal.REFRESH_TOKEN_UNKNOWN
    held = _of_app(app, key, unknown, unknown)
    with _named(held):
        check_alive(held)
        _rotate(held, generation, request)
    return held


def _rotate(held: Held, generation: int, request: Refresh) -> None:
    """Begin the next generation, or allow its token again. A replay ends the grant."""
    grant = held.grant
    if not {*request.scope} <= {*grant.scopes}:
        raise RefusedRequestError(Refusal.SCOPE_WIDER)
    _check_resources(held, request)
    if grant.generation == generation and _moves_on(grant):
        _count_as_used(held.session)
        return
    grant.refresh_from_db(fields=["generation", "refreshed_at", "ended_at"])
    if not _may_be_repeated(grant, generation):
        _end_by_replay(held, Refusal.REFRESH_TOKEN_USED)


@contextmanager
def _named(held: Held) -> Iterator[None]:
    """Say in each refusal whose sign-in it is: a genuine code or token has led to the grant."""
    try:
        yield
    except RefusedRequestError as error:
        error.facts |= {"client_id": held.app.client_id, "sub": str(held.person.pk)}
        raise


def _end_by_replay(held: Held, refusal: Refusal) -> NoReturn:
    """End the grant, and all that came of it (RFC 9700 §4.5, §4.14.2)."""
    end_grants(Grant.objects.filter(pk=held.grant.pk))
    raise RefusedRequestError(refusal)


def _check_resources(held: Held, asked: CodeExchange | Refresh) -> None:
    """Refuse a resource that was not granted (RFC 8707 §2.2)."""
    if not {*asked.resources} <= {*held.resources}:
        raise RefusedRequestError(Refusal.TARGET)


def refresh_token(grant: Grant) -> str:
    """Return the refresh token of the present generation, "" if none was asked for."""
    has_one = OFFLINE in grant.scopes
    return _token(REFRESH_TOKEN, grant.pk, grant.generation) if has_one else ""


def grant_of_refresh_token(token: str) -> tuple[UUID, int]:
    """Return the key and the generation; whether they are still good is not checked."""
    return _read(REFRESH_TOKEN, token, Refusal.REFRESH_TOKEN_UNKNOWN)


def find(key: UUID) -> Held | None:
    """Return a grant and all that it hangs on: one statement."""
    parameters = [KEY.get_db_prep_value(key, connection)]
    rows = find_joined(FIND, parameters, held=Grant, app=App, session=Session, person=User)
    if not rows:
        return None
    row = rows[0]
    grant, person = row["held"], row["person"]
    person.proven_addresses = tuple(filter(None, [row["proven_address"]]))
    return Held(grant, row["app"], row["session"], person, bool(row["is_named"]))


def check_alive(held: Held) -> None:
    """Raise `RefusedRequestError` if the grant, or anything that it hangs on, has ended."""
    if not is_alive(held):
        raise RefusedRequestError(Refusal.GRANT_ENDED)


def is_alive(held: Held) -> bool:
    now = timezone.now()
    session = held.session
    has_ended = session.revoked_at is not None or held.grant.ended_at is not None
    if has_ended or not is_in_time(session, now):
        return False
    groups = groups_of(session, held.person)
    may_use = is_let_in(held.app, groups, is_named=held.is_named)
    return held.person.is_active and held.app.enabled and may_use


def end_grants(grants: QuerySet[Grant]) -> int:
    """End these grants: their tokens are refused from now on, by every process."""
    return grants.filter(ended_at=None).update(ended_at=timezone.now())


def remove_ended() -> int:
    """Remove grants that nobody can use again, and codes that nobody brought."""
    now = timezone.now()
    is_over = Q(ended_at__lt=now - KEPT) | Q(session__expires_at__lt=now)
    is_over |= Q(session__revoked_at__lt=now - KEPT) | Q(generation=0, created_at__lt=now - KEPT)
    return Grant.objects.filter(is_over).delete()[0]


def _of_app(app: App, key: UUID, unknown: Refusal, of_another: Refusal) -> Held:
    held = find(key)
    if held is None:
        raise RefusedRequestError(unknown, client_id=app.client_id)
    if held.app.pk != app.pk:
        facts = {"client_id": app.client_id, "sub": str(held.person.pk)}
        raise RefusedRequestError(of_another, **facts)
    return held


def _count_as_used(session: Session) -> None:
    """Count the use of a grant as a use of its session, which would end if it were idle."""
    now = timezone.now()
    rarely = Session.objects.filter(pk=session.pk, refreshed_at__lt=now - USED)
    if session.refreshed_at < now - USED:
        rarely.update(refreshed_at=now)


def _moves_on(grant: Grant) -> bool:
    """Begin the next generation, unless another request has done so."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    key = KEY.get_db_prep_value(grant.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, [now, key, grant.generation])
        moved = bool(cursor.rowcount == 1)
    grant.generation += moved
    return moved


def _may_be_repeated(grant: Grant, presented: int) -> bool:
    """Allow the previous token its successor again: within the grace, or a few times after it."""
    if grant.generation != presented + 1 or not presented or grant.ended_at is not None:
        return False
    age = timezone.now() - grant.refreshed_at
    if age <= timedelta(seconds=settings.REFRESH_GRACE):
        return True
    late = Grant.objects.filter(
        pk=grant.pk, generation=grant.generation, late_successors__lt=MAX_LATE_SUCCESSORS
    )
    in_time = age <= LATE_FOR_SCRIPTS
    return in_time and late.update(late_successors=F("late_successors") + 1) == 1


def _token(purpose: str, key: UUID, generation: int) -> str:
    signed = f"{key}.{generation}"
    return f"{signed}.{_mac(purpose, signed, settings.SECRET_KEY)}"


def _read(purpose: str, token: str, refusal: Refusal) -> tuple[UUID, int]:
    """Check the MAC of a code or refresh token; return its key and generation."""
    if match := SHAPE.fullmatch(token):
        key, generation, mac = match.groups()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            if secrets.compare_digest(_mac(purpose, f"{key}.{generation}", secret), mac):
                return UUID(key), int(generation)
    raise RefusedRequestError(refusal)


def _mac(purpose: str, signed: str, secret: str) -> str:
    return base64url.encode(salted_hmac(purpose, signed, secret, algorithm="sha256").digest())
