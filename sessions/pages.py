"""Pages on which people see and end their own sessions, and make tokens for scripts."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit.models import Action, Target
from audit.reading import addresses_of_sessions, unread_replays
from audit.recording import note, record
from sessions.api.endpoints import token_response
from sessions.errors import SessionEndedError, SigningKeyUnreadableError, SignInRefusedError
from sessions.lifetime import alive, alive_since, revoke_all
from sessions.models import Session
from sessions.recent_sign_in import has_recent_sign_in, sign_in_again
from sessions.session_request import SignedInRequest, actor_of
from sessions.session_tokens import CLAIMS_OF_SCOPE
from sessions.signing_keys.keyring import ensure_signing_key
from sessions.starting import IssuedSession
from web import cookies
from web.sealed_cookies import SealedCookie
from web.shown import clean_name, duration

logger = logging.getLogger(__name__)
LIFETIMES = tuple(days * 86_400 for days in (1, 7, 30, 90))  # seconds
NAME_LENGTH = 100  # characters
NO_NAME = gettext_lazy("Please give it a name, such as the machine it is for.")
NOT_OFFERED = gettext_lazy("One of the choices is not offered here any more. Please choose again.")
MAX_SCRIPTS = 50  # with tokens, of one person
SHOWN_FOR = 60  # seconds in which the next page shows what was made
MADE = SealedCookie("script whose tokens are shown")
NO_TOKEN: dict[type[SignInRefusedError], Promise] = {
    SessionEndedError: gettext_lazy("This session has ended. Please sign in again."),
    SigningKeyUnreadableError: gettext_lazy("This site can't create tokens at the moment."),
}
NAMES = {
    "email": gettext_lazy("Email address"),
    "profile": gettext_lazy("Profile"),
    "groups": gettext_lazy("Groups"),
}


# What the owner of a script chooses for its token. Whoever chooses nothing gets the least of each.


def scopes() -> dict[str, list[str]]:
    """Return the words that may be chosen, and which claims each adds on this site."""
    found = {}
    for word, claims in CLAIMS_OF_SCOPE.items():
        if added := [name for name in claims if name in ("groups", *settings.SESSION_CLAIMS)]:
            found[word] = added
    return found


def lifetimes() -> list[int]:
    """Return for how many seconds a token may live, the shortest first."""
    return sorted({min(seconds, settings.SESSION_LIFETIME) for seconds in LIFETIMES})


class TokenForm(forms.Form):
    """The choices for one token. An error in a choice is shown before one in the name."""

    scope = forms.MultipleChoiceField(
        choices=lambda: [
            (word, format_html("{} <code>{}</code>", NAMES[word], ", ".join(claims)))
            for word, claims in scopes().items()
        ],
        required=False,
    )
    audience = forms.MultipleChoiceField(
        choices=lambda: [(name, name) for name in settings.SESSION_AUDIENCE], required=False
    )
    lifetime = forms.TypedChoiceField(
        choices=lambda: [(each, duration(each)) for each in lifetimes()], coerce=int, required=False
    )
    name = forms.CharField(required=False)

    def clean_scope(self) -> str:
        """Return the scope of the session: `openid`, and what was chosen, in our order."""
        chosen = self.cleaned_data["scope"]
        return " ".join(["openid", *(word for word in scopes() if word in chosen)])

    def clean_audience(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["audience"]))

    def clean_lifetime(self) -> int:
        """Return how many seconds the token lives."""
        return int(self.cleaned_data["lifetime"] or lifetimes()[0])

    def clean_name(self) -> str:
        name = clean_name(self.cleaned_data["name"])[:NAME_LENGTH]
        if not name:
            raise ValidationError(NO_NAME)
        return name


def choices_of(session: Session) -> dict[str, Any]:
    """Return what was chosen for a script, and the site still allows."""
    says = [name for word in session.scope.split() for name in scopes().get(word, ())]
    accepted_by = [name for name in settings.SESSION_AUDIENCE if name in session.audience]
    return {"session": session, "says": says, "accepted_by": accepted_by}


# The pages


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: SignedInRequest) -> HttpResponse:
    """List the browsers that are signed in; POST ends one of them, or all others."""
    if "replays" in request.POST:
        record(Action.REPLAY_READ, actor_of(request))
        return redirect("account_sessions")
    browsers = own_sessions(request).filter(holder=Session.Holder.BROWSER)
    if request.method == "POST":
        chosen = request.POST.get("end", "")
        others = browsers.exclude(pk=request.session_token.sid)
        end(request, others if chosen == "others" else with_id(others, chosen))
        return redirect("account_sessions")
    current = UUID(request.session_token.sid)
    shown = sorted(browsers, key=lambda session: session.pk != current)  # this one first
    addresses = addresses_of_sessions(session.pk for session in shown)
    context = {
        "sessions": [(session, addresses.get(str(session.pk), "")) for session in shown],
        "current": current,
        "replays": unread_replays(request.session_token.sub),
    }
    return render(request, "sessions.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: SignedInRequest) -> HttpResponse:
    """List the scripts that have tokens; POST makes a pair, or ends one.

    The next page shows the pair once. Until then, a cookie says whose it is.
    """
    scripts = own_sessions(request).filter(holder=Session.Holder.SCRIPT)
    if "end" in request.POST:
        end(request, with_id(scripts, request.POST["end"]))
        return redirect("account_tokens")
    form = TokenForm(request.POST if request.method == "POST" else None)
    is_late = not has_recent_sign_in(request)
    if is_late and form.is_valid():
        return sign_in_again(request)
    if form.is_bound:
        problem, made = _make(request, form, scripts.count())
        if made:
            return _to_tokens_of(made)
        context: dict[str, Any] = {"problem": problem}
    else:
        context = _just_made(request, scripts)
    context |= {"form": form, "base_url": settings.BASE_URL, "will_ask": is_late}
    context["idle"] = duration(settings.SESSION_IDLE_LIFETIME)
    context["clients"] = [choices_of(session) for session in scripts]
    response = render(request, "tokens.html", context)
    if "made" in context:
        cookies.delete_cookie(response, cookies.MADE)
    return response


def end(request: SignedInRequest, sessions: QuerySet[Session]) -> None:
    if ended := revoke_all(sessions, Session.End.ENDED_ELSEWHERE):
        actor, target = actor_of(request), Target.of(request.user)
        note(Action.SESSIONS_ENDED, actor, target, after={"sessions": ended})


def own_sessions(request: SignedInRequest) -> QuerySet[Session]:
    """Return this person's sessions that have not ended, the latest used first."""
    sessions = Session.objects.filter(user_id=request.session_token.sub)
    return alive(sessions).order_by("-refreshed_at")


def with_id(sessions: QuerySet[Session], sid: str) -> QuerySet[Session]:
    """Return the session of that id out of these, or none."""
    try:
        return sessions.filter(pk=UUID(sid))
    except ValueError:
        return sessions.none()


def _make(request: SignedInRequest, form: TokenForm, count: int) -> tuple[str, Session | None]:
    """Start the session of a script; return it, or why not."""
    if not form.is_valid():
        return str(NO_NAME if [*form.errors] == ["name"] else NOT_OFFERED), None
    if count >= MAX_SCRIPTS:
        return _("You already have too many tokens. Revoke one that you no longer use."), None
    try:
        issued = _script_session(request, form.cleaned_data)
    except SignInRefusedError as error:
        logger.info("no token made: %s", error)
        return str(NO_TOKEN[type(error)]), None
    note(Action.TOKENS_MADE, actor_of(request), Target.of(issued.session))
    return "", issued.session


def _to_tokens_of(session: Session) -> HttpResponse:
    """Redirect to the page that shows the tokens: to load it again makes no others."""
    response = redirect("account_tokens")
    MADE.set(response, cookies.MADE, str(session.pk), max_age=SHOWN_FOR)
    return response


def _just_made(request: SignedInRequest, scripts: QuerySet[Session]) -> dict[str, Any]:
    """Return the tokens that were made by the request before; nothing if there are none."""
    for (sid,) in MADE.texts_in(request, cookies.MADE):
        since = timezone.now() - timedelta(seconds=SHOWN_FOR)
        if session := with_id(scripts, sid).filter(generation=0, refreshed_at__gt=since).first():
            lasts = duration(settings.SESSION_TOKEN_LIFETIME)
            made = token_response(IssuedSession.of(session))
            return {"made": made, "name": session.name, "lasts": lasts}
    return {}


def _script_session(request: SignedInRequest, chosen: dict[str, Any]) -> IssuedSession:
    """Start the session of a script, with the part of the owner's rights that they chose.

    A request that ends all sessions of the owner waits until this is done. Raises
    `SessionEndedError`, also if the owner has signed in again since the JWT was issued, and
    `SigningKeyUnreadableError`.
    """
    ensure_signing_key()
    token, now = request.session_token, timezone.now()
    with transaction.atomic():
        locked = own_sessions(request).select_for_update()
        current = alive_since(locked, token.sid, token.claims["gen"]).first()
        if current is None:
            raise SessionEndedError
        inherited = ("user_id", "provider", "account", "auth_time")
        session = Session.objects.create(
            holder=Session.Holder.SCRIPT,
            groups=current.groups if "groups" in chosen["scope"] else [],
            refreshed_at=now,
            expires_at=now + timedelta(seconds=chosen["lifetime"]),
            **{name: chosen[name] for name in ("name", "scope", "audience")},
            **{name: getattr(current, name) for name in inherited},
        )
        return IssuedSession.of(session)
