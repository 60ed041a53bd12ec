"""`/how-it-works/`: what a sign-in is, for somebody who has never seen one.

It shows the eight steps of the flow's table as a picture and in plain words, with the messages of
each. In the demo, visitors see their own sign-in: real endpoints, real timings, no secret.
"""

from http.client import responses
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attempts.drawing.diagram import diagram, label_of
from attempts.drawing.sequence_diagram import duration
from attempts.drawing.steps import IN_GENERAL, STEPS, meaning
from oauth_client.how_it_works import browser_messages
from outgoing.redaction import Parameter
from outgoing.trace import Hop
from sessions.session_request import SessionRequest

MAX_OTHERS = 24  # names of members that are listed without a word


@login_not_required
@require_safe
@never_cache
def how_it_works(request: SessionRequest) -> HttpResponse:
    """Explain a sign-in. After a sign-in to the demo, that sign-in is the example."""
    token = request.session_token
    recording = browser_messages.find(token.sid) if token and settings.DEMO else None
    hops: tuple[Hop, ...] = IN_GENERAL
    claims: list[str] = []
    if recording and token:
        hops, claims = _with_header(recording.hops, token.header), list(token.claims)
    telling = [hop for hop in hops if hop.parameters or hop.status]
    steps = [(each, [_shown(hop) for hop in telling if hop.step == each.number]) for each in STEPS]
    context = {"diagram": diagram(hops), "steps": steps, "recording": recording, "claims": claims}
    return render(request, "how_it_works/page.html", context)


def _shown(hop: Hop) -> dict[str, Any]:
    """Return a message as the page shows it; members without a meaning are only named."""
    members = [(each.name, each.value, meaning(hop.step, each.name)) for each in hop.parameters]
    return {
        "way": f"{hop.source.name.title()} to {hop.target.name.title()}",
        "label": label_of(hop),
        "rows": [member for member in members if member[2]],
        "others": [name for name, _, words in members if not words][:MAX_OTHERS],
        "line": _first_line(hop),
        "duration": duration(hop.milliseconds),
    }


def _first_line(hop: Hop) -> str:
    """Return how a message begins: `POST https://...`, `200 OK`, `303 See Other to https://...`."""
    if hop.method:
        return f"{hop.method} {hop.url}"
    status = f"{hop.status} {responses.get(hop.status, '')}" if hop.status else ""
    return f"{status} to {hop.url}" if hop.url else status


def _with_header(hops: tuple[Hop, ...], header: dict[str, str]) -> tuple[Hop, ...]:
    """Return the hops, the last with the header of the session JWT that it brought."""
    members = tuple(Parameter(name, value) for name, value in header.items())
    return *hops[:-1], hops[-1]._replace(parameters=hops[-1].parameters + members)
