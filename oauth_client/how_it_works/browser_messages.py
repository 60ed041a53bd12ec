"""The messages between browser and site; the demo keeps all of a sign-in for ten minutes."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.urls import reverse

from oauth_client.progress import Progress
from outgoing.redaction import Parameter, parameters
from outgoing.trace import Hop, Party, bare, recorder_now
from protocol import flow
from protocol.error_names import hint_of
from providers.clients import sign_in_client
from providers.models import Provider
from web.cookies import cookie_name

LIFETIME = 600  # seconds


@dataclass(frozen=True)
class Recording:
    """The messages of one finished sign-in."""

    provider: str  # its name
    finished_at: datetime
    hops: tuple[Hop, ...]


def note_return(
    request: HttpRequest, progress: Progress, response: flow.AuthorizationResponse
) -> None:
    """Note the authorization response; the secrets of this sign-in are masked from now on."""
    sent = parameters({name: value for name, value in vars(response).items() if value})
    hint = hint_of(request.GET.get("error_description"))
    away = round((time.time() - progress.started_at) * 1000)
    attempt, address = progress.attempt, settings.BASE_URL + request.path
    recorder = recorder_now()
    recorder.secrets |= {attempt.state, attempt.nonce, attempt.code_verifier, response.code}
    recorder.note(
        Hop(4, Party.PROVIDER, Party.BROWSER, url=address, milliseconds=away),
        Hop(4, Party.BROWSER, Party.SIGNET, "GET", address, parameters=sent, hint=hint),
    )


def finish(request: HttpRequest, provider: Provider, progress: Progress, sid: UUID) -> None:
    """Note step 8; the demo keeps the messages for the session that began."""
    recorder = recorder_now()
    cookie = Parameter("Set-Cookie", f"{cookie_name('session')}, not shown")
    taken = recorder.milliseconds_since_an_answer
    step_8 = Hop(8, Party.SIGNET, Party.BROWSER, "", "", 303, (cookie,), taken)
    recorder.note(step_8)
    if settings.DEMO:
        hops = (*_way_there(request, provider, progress), *recorder.hops)
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
    names = ("client_id", "client_secret")
    issued = parameters({name: getattr(registration, name) for name in names})
    start = settings.BASE_URL + reverse("sign_in_start", args=[provider.slug])
    form = (Parameter("csrfmiddlewaretoken", "not shown"),)
    url = flow.authorization_request_url(client.server(), registration, progress.attempt)
    sent = parameters(dict(parse_qsl(urlsplit(url).query)))
    return [
        Hop(1, Party.SIGNET, Party.PROVIDER, parameters=registered),
        Hop(1, Party.PROVIDER, Party.SIGNET, parameters=issued),
        Hop(2, Party.SIGNET, Party.BROWSER),
        Hop(2, Party.BROWSER, Party.SIGNET, "POST", start, parameters=form),
        Hop(3, Party.SIGNET, Party.BROWSER, url=bare(url), status=303, parameters=sent),
        Hop(3, Party.BROWSER, Party.PROVIDER, "GET", bare(url)),
    ]
