"""`/how-it-works/`: what a sign-in is, for somebody who has never seen one.

The eight steps of the flow's table, as a picture and in plain words, each with what is sent. In the
demo visitors see their own: real endpoints, real timings, no secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http.client import responses

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attempts.drawing.sequence_diagram import Message, SequenceDiagram, duration
from attempts.drawing.steps import IN_GENERAL, LABELS, LABELS_AGAIN, STEPS, meaning
from oauth_client.how_it_works import recordings
from outgoing.trace import Hop, Parameter, Party
from sessions.session_request import SessionRequest

FILE_WIDTH = 440  # px, of the diagram in docs/
MAX_OTHERS = 24  # names of members that are listed without a word


@login_not_required
@require_safe
@never_cache
def how_it_works(request: SessionRequest) -> HttpResponse:
    """Explain a sign-in; to somebody who has just signed in to the demo, by their own."""
    token = request.session_token
    recording = recordings.find(token.sid) if token and settings.DEMO else None
    hops: tuple[Hop, ...] = IN_GENERAL
    claims: list[str] = []
    if recording and token:
        hops, claims = _with_header(recording.hops, token.header), list(token.claims)
    telling = [hop for hop in hops if hop.parameters or hop.status]
    shown = [
        (step, [ShownHop.of(hop) for hop in telling if hop.step == step.number]) for step in STEPS
    ]
    context = {"diagram": diagram(hops), "steps": shown, "recording": recording, "claims": claims}
    return render(request, "how_it_works/page.html", context)


def diagram(
    hops: Sequence[Hop] = IN_GENERAL, title: str = "A sign-in in eight steps"
) -> SequenceDiagram:
    """Return the diagram of one sign-in, or of sign-ins in general."""
    messages = [_message(hop, hops[:index]) for index, hop in enumerate(hops)]
    return SequenceDiagram(title, tuple(Party), tuple(messages))


def diagram_file() -> str:
    """Return `docs/pictures/how-sign-in-works.svg`; `make pictures` writes it."""
    return diagram().file(FILE_WIDTH)


@dataclass(frozen=True)
class ShownHop:
    """A message as the page shows it."""

    hop: Hop
    label: str
    rows: list[tuple[str, str, str]]  # name, value, meaning
    others: list[str]  # names without a meaning
    line: str  # method and address of a request, status of an answer
    duration: str

    @classmethod
    def of(cls, hop: Hop) -> "ShownHop":
        meant = [(each.name, each.value, meaning(hop.step, each.name)) for each in hop.parameters]
        return cls(
            hop,
            _words(hop, ())[0],
            rows=[row for row in meant if row[2]],
            others=[name for name, _, what_for in meant if not what_for][:MAX_OTHERS],
            line=_first_line(hop),
            duration=duration(hop.milliseconds),
        )


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


def _message(hop: Hop, before: Sequence[Hop]) -> Message:
    label, note = _words(hop, before)
    if hop.error and not hop.method:  # it is not what should have come
        label = "answer"
    return Message(
        hop.source,
        hop.target,
        label,
        hop.error or note,
        hop.step,
        failed=bool(hop.error),
        milliseconds=hop.milliseconds,
    )


def _words(hop: Hop, before: Sequence[Hop]) -> tuple[str, str]:
    """Return label and note of a message, for the second of its kind other ones."""
    kind = (hop.step, hop.source, hop.target)
    is_first = kind not in [(other.step, other.source, other.target) for other in before]
    label, note = (LABELS if is_first else LABELS_AGAIN).get(kind, ("", ""))
    if "access_token" in hop.names and "id_token" not in hop.names:
        label = "access token"
    return label or ("request" if hop.method else "answer"), note
