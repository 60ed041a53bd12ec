"""Messages about tokens that no sign-in needs: refresh, client credentials, revocation."""

from protocol.client_authentication import AccessTokenRequest, Client, authenticated_request
from protocol.errors import AccessTokenError, ErrorCode, outage_of
from protocol.flow import AuthorizationServer


def refresh_request(
    server: AuthorizationServer, client: Client, refresh_token: str
) -> AccessTokenRequest:
    """Make the request for a new access token of the scope that was granted (RFC 6749 §6)."""
    data = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return authenticated_request(server.token_endpoint, client, data)


def client_credentials_request(
    server: AuthorizationServer, client: Client, scope: str
) -> AccessTokenRequest:
    """Make the request for a token of the application itself (RFC 6749 §4.4.2).

    No sign-in sends it: it only shows whether the client secret is right.
    """
    data = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    return authenticated_request(server.token_endpoint, client, data)


def revocation_request(
    server: AuthorizationServer, client: Client | None, token: str, token_type_hint: str
) -> AccessTokenRequest:
    """Make the request that revokes a token (RFC 7009 §2.1); without a client, unauthenticated."""
    data = {"token": token}
    if client is None:
        return AccessTokenRequest(server.revocation_endpoint, {"Accept": "application/json"}, data)
    return authenticated_request(
        server.revocation_endpoint, client, data | {"token_type_hint": token_type_hint}
    )


def revocation_response(status: int) -> None:
    """Judge the status (RFC 7009 §2.2). An unknown token is no error. Raises `AccessTokenError`."""
    if status not in (200, 204):
        code = outage_of(status) or ErrorCode.TOKEN_REFUSED
        raise AccessTokenError(code, f"revocation answers {status}")
