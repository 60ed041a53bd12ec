"""What is noted of a sign-in beside our own requests. The demo keeps it for ten minutes."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.urls import reverse

from oauth_client.progress import Progress
from outgoing import trace
from outgoing.trace import Hop, Parameter, Party
from protocol import flow
from providers.clients import ProviderClient
from web.cookies import cookie_name

LIFETIME = 600  # seconds


@dataclass(frozen=True)
class Recording:
    """The messages of one finished sign-in."""

    provider: str  # its name
    finished_at: datetime
    hops: tuple[Hop, ...]


def note_return(
    client: ProviderClient,
    server: flow.AuthorizationServer,
    begun: Progress,
    query: dict[str, list[str]],
    hint: str,
) -> None:
    """Note with what the visitor came back; in the demo, the way there too.

    `hint` is what the provider's description of an error is about.
    """
    recorder = trace.recorder_now()
    attempt = begun.attempt
    came_with = {name: values[0] for name, values in query.items() if values}
    recorder.learn(attempt.state, attempt.nonce, attempt.code_verifier, came_with.get("code"))
    if settings.DEMO:
        recorder.note(*_way_there(client, server, begun))
    redirect_uri = client.provider.redirect_uri
    recorder.note(*_authorization_response_hops(redirect_uri, came_with, begun.started_at, hint))


def _way_there(
    client: ProviderClient, server: flow.AuthorizationServer, begun: Progress
) -> list[Hop]:
    """Return steps 1 to 3. The request is made once more, from the values kept since."""
    registration = client.client()
    asked = flow.authorization_request_url(server, registration, begun.attempt)
    return [
        *_registration_hops(registration),
        *_question_hops(client.provider.slug),
        *_authorization_request_hops(asked),
    ]


def finish(provider: str, sid: UUID) -> None:
    """Note step 8; the demo keeps the recording for the session that has started."""
    recorder = trace.recorder_now()
    cookie = Parameter("Set-Cookie", f"{cookie_name('session')}, not shown")
    recorder.note(
        Hop(
            8,
            Party.SIGNET,
            Party.BROWSER,
            status=303,
            parameters=(cookie,),
            milliseconds=trace.since(recorder.entered_at),
        )
    )
    if settings.DEMO:
        recording = Recording(provider, datetime.now(UTC), tuple(recorder.hops))
        caches["traces"].set(f"trace:{sid}", recording, LIFETIME)


def find(sid: str) -> Recording | None:
    """Return the recording of the sign-in that a session began with, None when it is gone."""
    recording: Recording | None = caches["traces"].get(f"trace:{sid}")
    return recording


def _registration_hops(client: flow.Client) -> list[Hop]:
    given = {"client_id": client.client_id, "client_secret": client.client_secret}
    told = trace.parameters({"redirect_uri": client.redirect_uri})
    return [
        Hop(1, Party.SIGNET, Party.PROVIDER, parameters=told),
        Hop(1, Party.PROVIDER, Party.SIGNET, parameters=trace.parameters(given)),
    ]


def _question_hops(slug: str) -> list[Hop]:
    start = settings.BASE_URL + reverse("sign_in_start", args=[slug])
    sent = (Parameter("csrfmiddlewaretoken", "not shown"),)
    return [
        Hop(2, Party.SIGNET, Party.BROWSER),
        Hop(2, Party.BROWSER, Party.SIGNET, "POST", start, parameters=sent),
    ]


def _authorization_request_hops(asked: str) -> list[Hop]:
    endpoint = trace.bare(asked)
    sent = trace.parameters(dict(parse_qsl(urlsplit(asked).query)))
    return [
        Hop(3, Party.SIGNET, Party.BROWSER, url=endpoint, status=303, parameters=sent),
        Hop(3, Party.BROWSER, Party.PROVIDER, "GET", endpoint),
    ]


def _authorization_response_hops(
    redirect_uri: str, came_with: dict[str, str], began_at: float, hint: str
) -> list[Hop]:
    away = round((time.time() - began_at) * 1000)
    sent = trace.parameters(came_with)
    return [
        Hop(4, Party.PROVIDER, Party.BROWSER, url=redirect_uri, milliseconds=away),
        Hop(4, Party.BROWSER, Party.SIGNET, "GET", redirect_uri, parameters=sent, hint=hint),
    ]
