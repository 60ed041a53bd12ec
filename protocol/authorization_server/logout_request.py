"""The logout request (OpenID Connect RP-Initiated Logout 1.0 §2)."""

from dataclasses import dataclass, field

from protocol.authorization_server.parameters import Parameters, once

KNOWN = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales")


@dataclass(frozen=True)
class LogoutRequest:
    """Any mix of these may come; none is checked yet."""

    id_token_hint: str = field(repr=False)
    client_id: str
    post_logout_redirect_uri: str
    state: str


def logout_request(parameters: Parameters) -> LogoutRequest:
    """Read what the app asks for. Raises `RefusedRequestError` for a repeated parameter."""
    found = once(parameters, KNOWN)
    return LogoutRequest(
        found.get("id_token_hint", ""),
        found.get("client_id", ""),
        found.get("post_logout_redirect_uri", ""),
        found.get("state", ""),
    )
