"""How a client proves who it is to an endpoint of its provider (RFC 6749 §2.3)."""

import base64
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote_plus


class TokenEndpointAuthMethod(StrEnum):
    """How a client secret travels to the token endpoint (RFC 7591 §2, RFC 6749 §2.3.1)."""

    BASIC = "client_secret_basic"  # in the Authorization header
    POST = "client_secret_post"  # in the body


@dataclass(frozen=True)
class Client:
    """Our registration at a provider (RFC 6749 §2): what the admin pasted, and our redirect URI."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scope: tuple[str, ...]
    scope_delimiter: str = " "  # a few providers want a comma
    authorization_parameters: tuple[tuple[str, str], ...] = ()  # beyond the protocol's own
    login_again: tuple[tuple[str, str], ...] = ()  # more of them, with `Demand.LOGIN`
    another_account: tuple[tuple[str, str], ...] = ()  # more, to choose an account
    response_mode: str = ""  # how the response comes, if not in the query of a redirect
    token_endpoint_auth_method: TokenEndpointAuthMethod = TokenEndpointAuthMethod.POST
    client_id_parameter: str = "client_id"
    sends_verifier: bool = True  # to the token endpoint; False for one that refuses PKCE


@dataclass(frozen=True)
class AccessTokenRequest:
    """A POST to the token endpoint, or to another that authenticates clients in the same way."""

    url: str
    headers: dict[str, str] = field(repr=False)
    data: dict[str, str] = field(repr=False)


def authenticated_request(
    endpoint: str, client: Client, data: dict[str, str]
) -> AccessTokenRequest:
    """Add the client's credentials; for Basic, each is form-encoded first (RFC 6749 §2.3.1)."""
    headers = {"Accept": "application/json"}
    if client.token_endpoint_auth_method == TokenEndpointAuthMethod.BASIC:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        data[client.client_id_parameter] = client.client_id
        data["client_secret"] = client.client_secret
    return AccessTokenRequest(endpoint, headers, data)
