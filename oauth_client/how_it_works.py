"""`/how-it-works/`: what a sign-in is, for somebody who has never seen one.

It shows the eight steps of the flow's table as a picture and in plain words, with the messages of
each. In the demo, visitors see their own sign-in: real endpoints, real timings, no secret.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attempts.drawing import IN_GENERAL, NAMES, STEPS, diagram, duration, meaning, words_of
from oauth_client.progress import Progress
from outgoing.redaction import Parameter, parameters
from outgoing.trace import Hop, Party, recorder_now
from protocol import flow
from protocol.errors import hint_of
from providers.clients import sign_in_client
from providers.models import Provider
from sessions.session_request import SessionRequest
from web.cookies import cookie_name

LIFETIME = 600  # seconds that the demo keeps the messages of a sign-in
MAX_OTHERS = 24  # names of members that are listed without a word


@dataclass(frozen=True)
class Recording:
    """The messages of one finished sign-in."""

    provider: str  # its name
    finished_at: datetime
    hops: tuple[Hop, ...]


@login_not_required
@require_safe
@never_cache
def how_it_works(request: SessionRequest) -> HttpResponse:
    """Explain a sign-in. After a sign-in to the demo, that sign-in is the example."""
    token = request.session_token
    recording = find(token.sid) if token and settings.DEMO else None
    hops: tuple[Hop, ...] = IN_GENERAL
    claims: list[str] = []
    if recording and token:
        header = tuple(Parameter(name, value) for name, value in token.header.items())
        last = recording.hops[-1]  # it brought the session JWT
        last = last._replace(parameters=last.parameters + header)
        hops, claims = (*recording.hops[:-1], last), list(token.claims)
    telling = [hop for hop in hops if hop.parameters or hop.status]
    steps = [(each, [_shown(hop) for hop in telling if hop.step == each.number]) for each in STEPS]
    context = {"diagram": diagram(hops), "steps": steps, "recording": recording, "claims": claims}
    return render(request, "how_it_works/page.html", context)


def _shown(hop: Hop) -> dict[str, Any]:
    """Return a message as the page shows it; members without a meaning are only named."""
    members = [(each.name, each.value, meaning(hop.step, each.name)) for each in hop.parameters]
    return {
        "way": _("{source} to {target}").format(source=NAMES[hop.source], target=NAMES[hop.target]),
        "label": words_of(hop)[0],
        "rows": [member for member in members if member[2]],
        "others": [name for name, _value, words in members if not words][:MAX_OTHERS],
        "line": _first_line(hop),
        "duration": duration(hop.milliseconds),
    }


def _first_line(hop: Hop) -> str:
    """Return how a message begins: `POST https://...`, `200 OK`, `303 See Other to https://...`."""
    if hop.method:
        return f"{hop.method} {hop.url}"
    status = f"{hop.status} {responses.get(hop.status, '')}" if hop.status else ""
    return f"{status} {hop.url}".strip()


def note_return(
    request: HttpRequest, progress: Progress, response: flow.AuthorizationResponse
) -> None:
    """Note the authorization response; the secrets of this sign-in are masked from now on."""
    sent = parameters({name: value for name, value in vars(response).items() if value})
    described = request.GET.get("error_description")
    hint = hint_of(described) if described else ""
    away = round((time.time() - progress.started_at) * 1000)
    attempt, address = progress.attempt, settings.BASE_URL + request.path
    recorder = recorder_now()
    recorder.secrets |= {attempt.state, attempt.nonce, attempt.code_verifier, response.code}
    recorder.messages += (
        Hop(4, Party.PROVIDER, Party.BROWSER, url=address, milliseconds=away),
        Hop(4, Party.BROWSER, Party.SIGNET, "GET", address, parameters=sent, hint=hint),
    )


def finish(request: HttpRequest, provider: Provider, progress: Progress, sid: UUID) -> None:
    """Note step 8; the demo keeps the messages for the session that began."""
    recorder = recorder_now()
    cookie = Parameter("Set-Cookie", f"{cookie_name('session')}, not shown")
    taken = round((time.perf_counter() - recorder.answered_at) * 1000)
    recorder.messages.append(Hop(8, Party.SIGNET, Party.BROWSER, "", "", 303, (cookie,), taken))
    if settings.DEMO:
        _keep(sid, provider, (*_way_there(request, provider, progress), *recorder.hops))


def _keep(sid: UUID, provider: Provider, hops: tuple[Hop, ...]) -> None:
    recording = Recording(provider.name, datetime.now(UTC), hops)
    caches["traces"].set(f"trace:{sid}", recording, LIFETIME)


def find(sid: str) -> Recording | None:
    """Return the messages of the sign-in that a session began with, None when they are gone."""
    recording: Recording | None = caches["traces"].get(f"trace:{sid}")
    return recording


def _way_there(request: HttpRequest, provider: Provider, progress: Progress) -> list[Hop]:
    """Return steps 1 to 3. The request is made once more, from the values in `progress`."""
    client = sign_in_client(provider, request)
    registration = client.registration()
    registered = parameters({"redirect_uri": registration.redirect_uri})
    secret = registration.client_secret
    issued = parameters({"client_id": registration.client_id, "client_secret": secret})
    start = settings.BASE_URL + reverse("sign_in_start", args=[provider.slug])
    form = (Parameter("csrfmiddlewaretoken", "not shown"),)
    url = flow.authorization_request_url(client.server(), registration, progress.attempt)
    address, sent = url.partition("?")[0], parameters(dict(parse_qsl(urlsplit(url).query)))
    return [
        Hop(1, Party.SIGNET, Party.PROVIDER, parameters=registered),
        Hop(1, Party.PROVIDER, Party.SIGNET, parameters=issued),
        Hop(2, Party.SIGNET, Party.BROWSER),
        Hop(2, Party.BROWSER, Party.SIGNET, "POST", start, parameters=form),
        Hop(3, Party.SIGNET, Party.BROWSER, url=address, status=303, parameters=sent),
        Hop(3, Party.BROWSER, Party.PROVIDER, "GET", address),
    ]
