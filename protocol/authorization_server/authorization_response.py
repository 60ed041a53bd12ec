"""The authorization response (RFC 6749 §4.1.2), which says who answers (RFC 9207 §2)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from protocol.authorization_server.authorization_request import Destination
from protocol.authorization_server.errors import Said
from protocol.form_encoding import form_encoded


def code_response(destination: Destination, code: str, issuer: str) -> dict[str, str]:
    """Return what the app gets after consent (RFC 6749 §4.1.2)."""
    return _with_state({"code": code, "iss": issuer}, destination)


def error_response(destination: Destination, said: Said, issuer: str) -> dict[str, str]:
    """Return what an app gets instead of a code (RFC 6749 §4.1.2.1)."""
    members = {"error": said.error, "error_description": said.description, "iss": issuer}
    return _with_state(members, destination)


def _with_state(members: dict[str, str], destination: Destination) -> dict[str, str]:
    return members | ({"state": destination.state} if destination.state else {})


def address_with(uri: str, members: Mapping[str, str]) -> str:
    """Add the members to the query of a URI, which keeps its own (RFC 6749 §3.1.2)."""
    joint = "&" if urlsplit(uri).query else "" if uri.endswith("?") else "?"
    return f"{uri}{joint}{form_encoded(members)}"
