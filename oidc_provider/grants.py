"""What an app may do for a person: a code, then refresh tokens, until the grant ends.

Each is claimed by one UPDATE, so one of many requests wins.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NoReturn
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from oidc_provider.grant_tokens import issue_code, read_code, read_refresh_token
from oidc_provider.held_grant import Held, check_alive, find
from oidc_provider.models import App, Grant
from protocol.authorization_server.authorization_request import AuthorizationRequest
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.token_request import CodeExchange, Refresh, check_verifier
from sessions.models import Session
from sessions.refresh_tokens import LATE_FOR_SCRIPTS, MAX_LATE_SUCCESSORS
from web.written_sql import insert_row, stored_key

CODE_LIFETIME = timedelta(seconds=60)  # RFC 9700 §4.5 and RFC 6749 §4.1.2 want it short
KEPT = timedelta(hours=1)  # that a code which nobody brought stays: why it failed can be seen
USED = timedelta(hours=1)  # a session counts as used at most this often: one UPDATE less
# What a second click has in common with the first
SAME = ("app_id", "session_id", "scope", "redirect_uri", "nonce", "code_challenge")
# Each request of an app runs it. Composing it with Django takes 0.6 ms, running it 0.2
# (SQLite, 2026-12).
MOVE_ON = """\
UPDATE oidc_provider_grant
SET generation = generation + 1, refreshed_at = %s, late_successors = 0
WHERE id = %s AND generation = %s AND ended_at IS NULL
"""


def start_grant(
    app: App,
    request: AuthorizationRequest,
    scopes: tuple[str, ...],
    session: Session,
    key: UUID | None,
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
        _insert_once(app, grant)
    return issue_code(grant)


def _insert_once(app: App, grant: Grant) -> None:
    """Insert the grant of a form, unless the form's first click has done so."""
    Grant.objects.bulk_create([grant], ignore_conflicts=True)
    same = {name: getattr(grant, name) for name in SAME}
    if not Grant.objects.filter(pk=grant.pk, generation=0, **same).exists():
        raise RefusedRequestError(Refusal.PERSON_DENIED, client_id=app.client_id)


def exchange_code(app: App, exchange: CodeExchange) -> Held:
    """Redeem a code for an app that has authenticated (RFC 6749 §4.1.3).

    Whatever does not fit leaves the code as it is. Only the same app's second use ends the grant,
    and all that came of it (RFC 9700 §4.5).
    """
    key = read_code(exchange.code)
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
    key, generation = read_refresh_token(request.refresh_token)
    unknown = Refusal.REFRESH_TOKEN_UNKNOWN
    held = _of_app(app, key, unknown, unknown)
    with _named(held):
        check_alive(held)
        _check_offline(held)
        _rotate(held, generation, request)
    return held


def _rotate(held: Held, generation: int, request: Refresh) -> None:
    """Begin the next generation, or allow its token again. A replay ends the grant."""
    grant = held.grant
    _check_scope(held, request)
    _check_resources(held, request)
    if grant.generation == generation and _moves_on(grant):
        _count_as_used(held.session)
        return
    _read_again(grant)
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


def _check_resources(held: Held, request: CodeExchange | Refresh) -> None:
    """Refuse a resource that was not granted (RFC 8707 §2.2)."""
    if not {*request.resources} <= {*held.resources}:
        raise RefusedRequestError(Refusal.TARGET)


def _check_offline(held: Held) -> None:
    """Refuse an app that has lost `offline_access` since."""
    if not held.has_refresh_tokens:
        raise RefusedRequestError(Refusal.GRANT_ENDED)


def _check_scope(held: Held, request: Refresh) -> None:
    """Refuse a scope that was not granted (RFC 6749 §6), or of which the app may have nothing."""
    wanted = {*request.scope}
    has_nothing = bool(wanted) and wanted.isdisjoint(held.scopes)
    if has_nothing or not wanted <= {*held.grant.scopes}:
        raise RefusedRequestError(Refusal.SCOPE_WIDER)


def _read_again(grant: Grant) -> None:
    """Read what another request may have changed, or removed."""
    try:
        grant.refresh_from_db(fields=["generation", "refreshed_at", "ended_at"])
    except Grant.DoesNotExist:
        raise RefusedRequestError(Refusal.GRANT_ENDED) from None


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
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, [now, stored_key(grant.pk), grant.generation])
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
