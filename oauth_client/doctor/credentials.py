"""Are client ID and secret right? Send a code that is wrong on purpose, and read the answer."""

import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import requests

from encryption import SealBrokenError
from jws.strict_json import NotStrictJsonError, json_object
from oauth_client import flow
from oauth_client.doctor.causes import no_answer
from oauth_client.doctor.findings import Finding, Findings, ok, problem, unknown
from oauth_client.doctor.readings import SHOWN, Reading, reading_of
from oauth_client.doctor.subject import Subject
from oauth_client.errors import ErrorCode, OutgoingError

COPY = "Copy both again at the provider, each from its first character to its last, and save them."
NEW = "Make a new secret at the provider, and enter it here."
SIGN_IN = "Sign in once through this provider: that shows it."
# By reading: the cause, and the fix.
WORDS: dict[Reading, tuple[str, str]] = {
    Reading.CREDENTIALS: ("The provider refuses the client ID or the secret.", COPY),
    Reading.CLIENT_ID: (
        "The provider does not know this client ID.",
        "Copy the client ID again at the provider; see that it is of this very server.",
    ),
    Reading.SECRET: (
        "The provider knows the client ID and refuses the secret.",
        "Copy the secret again; where it has an ID too, copy its value and not its ID.",
    ),
    Reading.EXPIRED: ("The client secret has expired.", NEW),
    Reading.DELETED: (
        "The application has been deleted or disabled at the provider.",
        "Restore or enable it there, or register a new one and enter its ID and secret here.",
    ),
    Reading.REDIRECT_URI: (
        "The redirect URI is not registered at the provider.",
        "Register exactly this value there.",
    ),
    Reading.TENANT: (
        "There is no such tenant.",
        "Copy the directory (tenant) ID from the application's overview at the provider.",
    ),
    Reading.NOT_ALLOWED: (
        "The provider does not let this application use the authorization code flow.",
        "Register it there as a web application with the grant authorization_code.",
    ),
}
NOT_SENT = unknown("Not asked: the endpoints or the secret are not there.", "Mend that first.")


def credentials(subject: Subject) -> Findings:
    """Judge the secret, and the one that waits to follow it."""
    if subject.client is None or subject.server is None:
        yield NOT_SENT
        return
    yield _asked(subject, subject.client)
    if subject.provider.sealed_next_client_secret:
        yield _next(subject, subject.client)


def _next(subject: Subject, client: flow.Client) -> Finding:
    try:
        secret = subject.provider.next_client_secret
    except SealBrokenError:
        return unknown("The next secret cannot be opened.", "Enter it again.")
    found = _asked(subject, replace(client, client_secret=secret))
    return replace(found, cause=f"Of the next secret: {found.cause}")


def _asked(subject: Subject, client: flow.Client) -> Finding:
    server = subject.server or flow.AuthorizationServer("", "")
    code = secrets.token_hex(10)  # nobody has ever been given it
    request = flow.access_token_request(server, client, flow.Attempt.new(), code)
    try:
        response = subject.post(request)
    except OutgoingError as error:
        return no_answer(error)
    return read(subject, response)


def read(subject: Subject, response: requests.Response) -> Finding:
    """Say what the answer means; never what stands in it beyond the codes that we know."""
    marks = _marks(response)
    if response.status_code == 429:
        return no_answer(OutgoingError(ErrorCode.RATE_LIMITED))
    if response.status_code >= 500:
        detail = f"status {response.status_code}"
        return no_answer(OutgoingError(ErrorCode.PROVIDER_UNAVAILABLE, detail))
    found = reading_of(subject.kind.id, marks)
    shown = next((mark for mark in marks if mark in SHOWN), "no error code that is known")
    if found is None:
        cause = f"The answer to a wrong code is not understood: {response.status_code}, {shown}."
        return unknown(cause, SIGN_IN)
    reading, mark = found
    if reading is Reading.GOOD:
        return ok(f"Client ID and secret are right: a wrong code is all it refuses ({mark}).")
    if reading is Reading.CODE_FIRST:
        cause = f"The provider refuses the wrong code, and may not have looked further ({mark})."
        return unknown(cause, SIGN_IN)
    cause, fix = WORDS[reading]
    value = subject.provider.redirect_uri if reading is Reading.REDIRECT_URI else ""
    return problem(f"{cause} ({mark})", fix, value)


def _marks(response: requests.Response) -> list[str]:
    """Return what tells answers apart, the most exact first. Nothing of it is shown unlooked."""
    members = _members(response)
    error = members.get("error")
    inner = error if isinstance(error, dict) else {}
    numbers = members.get("error_codes")
    listed = numbers if isinstance(numbers, list) else []
    marks = [f"AADSTS{number}" for number in listed if type(number) is int]
    marks += [f"number {inner['code']}"] if type(inner.get("code")) is int else []
    message = members.get("message")
    marks += [message.lower()] if isinstance(message, str) else []
    marks += [error] if isinstance(error, str) else []
    return [*marks, f"status {response.status_code}"]


def _members(response: requests.Response) -> dict[str, Any]:
    """Read JSON, or the form encoding that some providers have kept."""
    if "x-www-form-urlencoded" in response.headers.get("Content-Type", ""):
        return dict(parse_qsl(response.content.decode("ascii", "replace")))
    try:
        return json_object(response.content)
    except NotStrictJsonError:
        return {}
