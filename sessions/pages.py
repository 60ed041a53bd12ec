"""What somebody can see and end themselves: the browsers and clients that are signed in as them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit.actor import Target
from audit.events import Action
from audit.reading import unread_replays
from audit.recording import note, record
from sessions.actors import actor_of
from sessions.api.endpoints import token_response
from sessions.models import Session
from sessions.recent_sign_in import has_recent_sign_in, opened_with_an_old_one, sent_with_an_old_one
from sessions.session_request import SignedInRequest, with_session
from sessions.sessions import alive, revoke_all
from sessions.token_choices import Choices, Client, NotOfferedError, options
from web.shown import clean_name, duration

MAX_CLIENTS = 50  # of one person
END = Session.End.ENDED_ELSEWHERE
NOT_OFFERED = "One of the choices is not offered here any more. Please choose again."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List the browsers that are signed in; POST ends one of them, or all others."""
    ours = signed_in(request)
    if "replays" in request.POST:
        record(Action.REPLAY_READ, actor_of(request))
        return redirect("account_sessions")
    browsers = mine(ours).filter(holder=Session.Holder.BROWSER)
    if request.method == "POST":
        chosen = request.POST.get("end", "")
        others = browsers.exclude(pk=ours.session_token.sid)
        end(ours, others if chosen == "others" else one(others, chosen))
        return redirect("account_sessions")
    context = {
        "sessions": list(browsers),
        "current": UUID(ours.session_token.sid),
        "replays": unread_replays(ours.session_token.sub),
    }
    return render(request, "sessions.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List the clients that have tokens; POST makes a pair, which is shown once, or ends one."""
    ours = signed_in(request)
    clients = mine(ours).filter(holder=Session.Holder.SCRIPT)
    if "end" in request.POST:
        end(ours, one(clients, request.POST["end"]))
        return redirect("account_tokens")
    context: dict[str, Any] = {}
    if request.method == "POST":
        context = _made(ours, clients.count())
    elif not has_recent_sign_in(request):
        context = {"problem": opened_with_an_old_one(request)}
    shown = {
        "clients": [Client(session) for session in clients],
        "options": options(context.get("chosen", Choices())),
        "idle": duration(settings.SESSION_IDLE_LIFETIME),
        "site": settings.BASE_URL,
    }
    return render(request, "tokens.html", context | shown)


def end_all_others(request: SignedInRequest) -> None:
    """End every session of this person but the one that asks, and the tokens of scripts too."""
    end(request, request.user.sessions.exclude(pk=request.session_token.sid))


def end(request: SignedInRequest, sessions: QuerySet[Session]) -> None:
    ended = revoke_all(sessions, END)
    if ended:
        actor, target = actor_of(request), Target.of(request.user)
        note(Action.SESSIONS_ENDED, actor, target, after={"sessions": ended})


def signed_in(request: HttpRequest) -> SignedInRequest:
    """Return the request of somebody whom the middleware has let through."""
    return with_session(request)  # type: ignore[return-value]


def mine(request: SignedInRequest) -> QuerySet[Session]:
    """Return this person's sessions that have not ended, the latest used first."""
    sessions = Session.objects.filter(user_id=request.session_token.sub)
    return alive(sessions).order_by("-refreshed_at")


def one(sessions: QuerySet[Session], sid: str) -> QuerySet[Session]:
    """Return the session of that id out of these, or none."""
    try:
        return sessions.filter(pk=UUID(sid))
    except ValueError:
        return sessions.none()


def _made(request: SignedInRequest, count: int) -> dict[str, Any]:
    """Make a client and its two tokens, or say why not; what was typed and chosen is kept."""
    name = clean_name(request.POST.get("name", ""))[:100]
    try:
        chosen = Choices.of(request.POST)
    except NotOfferedError:
        return {"problem": NOT_OFFERED, "typed": name}
    kept = {"typed": name, "chosen": chosen}
    if not name:
        return kept | {"problem": "Please give it a name, such as the machine it is for."}
    if not has_recent_sign_in(request):
        return kept | {"problem": sent_with_an_old_one(request)}
    if count >= MAX_CLIENTS:
        return kept | {"problem": "There are too many already. End one that is not used any more."}
    session = _begun_by(request, name, chosen)
    if session is None:  # it has ended, perhaps a second ago in another browser
        return kept | {"problem": "This session has ended. Please sign in again."}
    note(Action.TOKENS_MADE, actor_of(request), Target.of(session))
    lasts = duration(settings.SESSION_TOKEN_LIFETIME)
    made = token_response(session)
    return {"made": made, "name": name, "lasts": lasts}


@transaction.atomic
def _begun_by(request: SignedInRequest, name: str, chosen: Choices) -> Session | None:
    """Begin a script's session, unless the one that asks has ended: who ends all waits for this."""
    asks = mine(request).filter(pk=request.session_token.sid).select_for_update().first()
    return _client_of(asks, name, chosen) if asks else None


def _client_of(owners: Session, name: str, chosen: Choices) -> Session:
    """Begin the session of a script, with what its owner chose of their own."""
    now = timezone.now()
    return Session.objects.create(
        user_id=owners.user_id,
        holder=Session.Holder.SCRIPT,
        name=name,
        provider=owners.provider,
        account=owners.account,
        groups=owners.groups if "groups" in chosen.scope else [],
        auth_time=owners.auth_time,
        refreshed_at=now,
        expires_at=now + timedelta(seconds=chosen.lifetime),
        **chosen.fields,
    )
