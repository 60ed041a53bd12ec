"""The access token of a request to a resource (RFC 6750 §2)."""

from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters, once


def bearer_token(authorization: str, body: Parameters) -> str:
    """Return the token of the header or the form, never of a query. "" if none came.

    Raises `RefusedRequestError` if it came twice (§3.1).
    """
    scheme, _, value = authorization.partition(" ")
    in_header = value.strip() if scheme.lower() == "bearer" else ""
    in_body = once(body, ("access_token",)).get("access_token", "")
    if in_header and in_body:
        raise RefusedRequestError(Refusal.PARAMETER_REPEATED, parameter="access_token")
    return in_header or in_body
