"""How an app says who it is (RFC 6749 §2.3, RFC 7521 §4.2, RFC 7523 §2.2)."""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters, once

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KNOWN = ("client_id", "client_secret", "client_assertion", "client_assertion_type")


@dataclass(frozen=True)
class ClientCredentials:
    """What came. At most one of `secret` and `assertion` is there."""

    client_id: str
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)


def client_credentials(
    parameters: Parameters, authorization: str, client_of_assertion: str = ""
) -> ClientCredentials:
    """Read an app's credentials, of which nothing is verified here.

    `authorization` is the header, "" for none. `client_of_assertion` is the issuer of the
    assertion, not verified either: RFC 7521 §4.2 lets `client_id` be left out beside it.
    """
    found = once(parameters, KNOWN)
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        return _of_header(value.strip(), found)
    if assertion := found.get("client_assertion", ""):
        if "client_secret" in found or found.get("client_assertion_type") != JWT_BEARER:
            raise RefusedRequestError(Refusal.CREDENTIALS_TWICE)
        return ClientCredentials(found.get("client_id", client_of_assertion), assertion=assertion)
    if "client_id" not in found:
        raise RefusedRequestError(Refusal.CLIENT_MISSING)
    return ClientCredentials(found["client_id"], found.get("client_secret", ""))


def _of_header(value: str, found: dict[str, str]) -> ClientCredentials:
    """Read HTTP Basic. Each part may be form-encoded (RFC 6749 §2.3.1) or, as many do it, not.

    Our ids and secrets hold only characters that are the same in both.
    """
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise RefusedRequestError(Refusal.CLIENT_MISSING) from None
    client_id, _, secret = pair.partition(":")
    client_id = unquote_plus(client_id)
    if "client_secret" in found or "client_assertion" in found:
        raise RefusedRequestError(Refusal.CREDENTIALS_TWICE, client_id=client_id)
    if found.get("client_id", client_id) != client_id:
        raise RefusedRequestError(Refusal.CREDENTIALS_TWICE, client_id=client_id)
    return ClientCredentials(client_id, unquote_plus(secret))
