"""Authorization requests that are kept for a while: pushed by an app (RFC 9126), or too long.

The address of a page to return to after a sign-in has at most 2,048 bytes. A longer request waits
here meanwhile, as one that was pushed does.
"""

import secrets

from django.core.cache import caches

from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters, once

URN = "urn:ietf:params:oauth:request_uri:"  # RFC 9126 §2.2
LIFETIME = 600  # seconds: a person may have to sign in first


def push(client_id: str, parameters: Parameters) -> str:
    """Keep the request of this client, and return its `request_uri`."""
    name = secrets.token_urlsafe(32)
    kept = {key: [*values] for key, values in parameters.items()}
    caches["pushed"].set(name, (client_id, kept), LIFETIME)
    return URN + name


def pushed(parameters: Parameters) -> Parameters:
    """Return the request that a `request_uri` of ours stands for, or the parameters as they came.

    All but `client_id` has to be in the pushed request (RFC 9126 §4).
    """
    found = once(parameters, ("request_uri", "client_id"))
    request_uri = found.get("request_uri", "")
    if not request_uri.startswith(URN):
        return parameters
    client_id, kept = caches["pushed"].get(request_uri.removeprefix(URN), (None, {}))
    if client_id is None or client_id != found.get("client_id"):
        unknown = Refusal.REQUEST_URI_UNKNOWN
        raise RefusedRequestError(unknown, client_id=found.get("client_id", "")[:100])
    return {"client_id": [client_id], **kept}


def forget(parameters: Parameters) -> None:
    """Let the `request_uri` of these parameters be used no more: it has led to an answer."""
    for request_uri in parameters.get("request_uri", ())[:1]:
        caches["pushed"].delete(request_uri.removeprefix(URN))
