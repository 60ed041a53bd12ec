"""Is the redirect URI registered? Many providers show it before anybody signs in.

The check sends the authorization request as a browser would, and follows no redirect. If the
response shows nothing, the check sends it again with a wrong URI. A provider that refuses only the
wrong one knows the right one.
"""

import base64
import re
import secrets
from contextlib import suppress
from dataclasses import replace
from enum import Enum, auto
from urllib.parse import SplitResult, parse_qs, urlsplit

import requests
from django.conf import settings

from diagnosis.decide import Facts, diagnose
from oauth_client.doctor.findings import (
    Finding,
    Findings,
    diagnosed,
    no_answer,
    ok,
    problem,
    unknown,
)
from oauth_client.doctor.subject import Subject
from protocol import flow
from protocol.errors import AUTHORIZATION_ERRORS, TOKEN_ERRORS, OutgoingError
from providers.catalogue.entry import Protocol

REGISTER = "Register exactly this value at the provider, letter by letter."
TAKEN = "The provider takes the redirect URI"
MISMATCH = "redirect_uri_mismatch"
# An OpenID Provider answers a wrong URI with its own page and one of these statuses (RFC 6749
# §4.1.2.1). The status of other kinds says nothing: some send it to every client but a browser.
REFUSALS = (400, 403, 422)
# The header of a page that keeps robots out (developers.cloudflare.com, 2026-11)
CHALLENGE = "cf-mitigated"
ERROR_PAGE = re.compile(r"(?:^|[/._-])errors?(?:[/._-]|$)", re.IGNORECASE)  # in a path
ERRORS = {*AUTHORIZATION_ERRORS, *TOKEN_ERRORS}
# Errors that come back to the redirect URI, and say that nobody can sign in.
REFUSALS_OF_ALL = (
    "invalid_scope",
    "invalid_request",
    "unauthorized_client",
    "unsupported_response_type",
)


class Verdict(Enum):
    """What the response to the authorization request shows about the redirect URI."""

    TAKEN = auto()  # the provider sends the browser back there
    UNREGISTERED = auto()  # the provider says that the URI is not registered
    REFUSED = auto()  # the provider refuses the request, and does not say why
    NOTHING = auto()


def redirect_uri(subject: Subject) -> Findings:
    """Send the request that a visitor's browser would send, and judge the response."""
    server, registration = subject.server, subject.registration
    if registration is None or server is None:
        yield _unknown(subject, "Not checked: the endpoints or the secret are missing.")
        return
    try:
        verdict, response = _try(subject, server, registration)
    except OutgoingError as error:
        yield no_answer(subject.provider, error)
        return
    if verdict is Verdict.NOTHING:
        another = f"{registration.redirect_uri}{secrets.token_hex(4)}/"  # nobody registers that
        with suppress(OutgoingError):
            verdict_on_it, _ = _try(subject, server, replace(registration, redirect_uri=another))
            if verdict_on_it in (Verdict.UNREGISTERED, Verdict.REFUSED):
                yield ok(f"{TAKEN}: it refuses another one.")
                return
    yield _finding(subject, verdict, response)


def _try(
    subject: Subject, server: flow.AuthorizationServer, registration: flow.Client
) -> tuple[Verdict, requests.Response]:
    url = flow.authorization_request_url(server, registration, flow.Attempt.new())
    response = subject.get(url, "text/html", keeps_redirect=True)
    return _verdict(subject, response, registration.redirect_uri), response


def _finding(subject: Subject, verdict: Verdict, response: requests.Response) -> Finding:
    if verdict is Verdict.UNREGISTERED:
        return diagnosed(subject.provider, "redirect_uri_not_registered", MISMATCH)
    if verdict is Verdict.REFUSED:
        cause = f"The provider refuses the request before anybody signs in ({response.status_code})"
        fix = f"{REGISTER} If it is registered, the client ID is wrong."
        return problem(f"{cause}: most often the redirect URI.", fix, subject.provider.redirect_uri)
    if verdict is Verdict.TAKEN:
        return _taken(subject, response)
    return _unknown(subject, "The provider does not say before somebody signs in.")


def _taken(subject: Subject, response: requests.Response) -> Finding:
    """Say what else is wrong, if the browser comes back with a known error."""
    error = _error(_parts(response.headers.get("Location", "")))
    if error in REFUSALS_OF_ALL:
        facts = Facts(AUTHORIZATION_ERRORS[error], 4, subject.kind.id, provider_error=error)
        found = diagnosed(subject.provider, diagnose(facts).code, error)
        return replace(found, cause=f"{TAKEN}. {found.cause}")
    return ok(f"{TAKEN}: it sends the browser back there.")


def _verdict(subject: Subject, response: requests.Response, sent_uri: str) -> Verdict:
    location = response.headers.get("Location", "")
    parts = _parts(location)
    if _mismatch(parts):
        return Verdict.UNREGISTERED
    if location.startswith(f"{settings.BASE_URL}/"):
        is_there = location.startswith((f"{sent_uri}?", f"{sent_uri}#"))
        return Verdict.TAKEN if is_there else Verdict.NOTHING
    is_guarded = CHALLENGE in response.headers
    speaks_openid = subject.kind.protocol is Protocol.OPENID_CONNECT
    if speaks_openid and response.status_code in REFUSALS and not is_guarded:
        return Verdict.REFUSED
    is_error = ERROR_PAGE.search(parts.path) or _error(parts) in ERRORS
    return Verdict.REFUSED if is_error else Verdict.NOTHING


def _unknown(subject: Subject, cause: str) -> Finding:
    return unknown(cause, REGISTER, subject.provider.redirect_uri)


def _parts(location: str) -> SplitResult:
    """Return the parts of a Location header, all of them empty if it is no URL."""
    try:
        return urlsplit(location)
    except ValueError:
        return urlsplit("")


def _error(parts: SplitResult) -> str:
    """Return the first error that a redirect carries, in its query or its fragment."""
    members = parse_qs(f"{parts.query}&{parts.fragment}")
    return next(iter(members.get("error", ())), "")


def _mismatch(parts: SplitResult) -> bool:
    """Tell whether the redirect has this error: GitHub in `error`, Google in `authError`.

    Google's value is a message in base64. The message contains the error code.
    """
    encoded = "".join(parse_qs(parts.query).get("authError", ()))
    try:
        message = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        message = b""
    return _error(parts) == MISMATCH or MISMATCH.encode() in message
