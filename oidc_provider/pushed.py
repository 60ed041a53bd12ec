"""Authorization requests that are kept for a while: pushed by an app (RFC 9126), or too long.

The address of a page to return to after a sign-in has at most 2,048 bytes. A longer request waits
here meanwhile, as one that was pushed does. Strangers can fill only the cache of their own.
"""

import re
import secrets

from django.core.cache import caches

from oidc_provider.models import App
from protocol.authorization_server.authorization_request import KNOWN
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import SEVERAL, Parameters, once
from protocol.limits import REQUEST_LINE

URN = "urn:ietf:params:oauth:request_uri:"  # RFC 9126 §2.2
LIFETIME = 600  # seconds: a person may have to sign in first
NAME = re.compile(r"[ps]\.[A-Za-z0-9_-]{43}")
CACHES = {"p": "pushed", "s": "long-requests"}  # of apps that have authenticated, and of strangers


def push(app: App, parameters: Parameters, *, is_proven: bool = False) -> str:
    """Keep the request of this app, and return its `request_uri`.

    Only parameters that mean something here are kept. `is_proven`: the app has authenticated with
    a secret or a key. Raises `RefusedRequestError` if it is longer than a request line.
    """
    kept = {name: [*parameters[name]] for name in (*KNOWN, *SEVERAL) if parameters.get(name)}
    if sum(len(value) for values in kept.values() for value in values) > REQUEST_LINE:
        raise RefusedRequestError(Refusal.TOO_LONG, client_id=app.client_id)
    kind = "p" if is_proven else "s"
    name = f"{kind}.{secrets.token_urlsafe(32)}"
    caches[CACHES[kind]].set(name, (app.client_id, kept), LIFETIME)
    return URN + name


def pushed(parameters: Parameters) -> Parameters:
    """Return the request that a `request_uri` of ours stands for, or the parameters as they came.

    All but `client_id` has to be in the pushed request (RFC 9126 §4).
    """
    found = once(parameters, ("request_uri", "client_id"))
    request_uri = found.get("request_uri", "")
    if not request_uri.startswith(URN):
        return parameters
    name = request_uri.removeprefix(URN)
    client_id, kept = None, {}
    if NAME.fullmatch(name):
        client_id, kept = caches[CACHES[name[0]]].get(name, (None, {}))
    if client_id is None or client_id != found.get("client_id"):
        unknown = Refusal.REQUEST_URI_UNKNOWN
        raise RefusedRequestError(unknown, client_id=found.get("client_id", "")[:100])
    return {"client_id": [client_id], **kept}


def forget(parameters: Parameters) -> None:
    """Let the `request_uri` of these parameters be used no more: it has led to an answer."""
    for request_uri in filter(None, parameters.get("request_uri", ())):
        name = request_uri.removeprefix(URN)  # `pushed` has found it
        caches[CACHES[name[0]]].delete(name)
