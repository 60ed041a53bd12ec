"""The resources for which an app wants access tokens (RFC 8707 §2)."""

import re

from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters

MOST_RESOURCES = 10
RESOURCE = re.compile(r"[a-z][a-z0-9+.-]*:[!-\"$-\[\]-~]+")  # an absolute URI without a fragment


def resources_of(parameters: Parameters) -> tuple[str, ...]:
    """Return the resources, each once. Raises `RefusedRequestError` for what is none."""
    resources = tuple(dict.fromkeys(filter(None, parameters.get("resource", ()))))
    if len(resources) > MOST_RESOURCES or not all(map(RESOURCE.fullmatch, resources)):
        raise RefusedRequestError(Refusal.TARGET)
    return resources
