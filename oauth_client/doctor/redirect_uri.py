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
from urllib.parse import SplitResult, parse_qs, urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext_noop as _

from diagnosis.decide import Facts, diagnose
from oauth_client.doctor.findings import (
    NOT_CHECKED,
    Finding,
    Findings,
    diagnosed,
    ok,
    problem,
    unknown,
)
from oauth_client.doctor.subject import Subject
from protocol import flow
from protocol.client_authentication import Client
from protocol.errors import AUTHORIZATION_ERRORS, TOKEN_ERRORS, OutgoingError
from providers.catalogue.entry import Protocol

REGISTER = _("Check that exactly this redirect URI is registered at the provider:")
REFUSED = _("The provider refuses the request. The redirect URI may not be registered.")
REFUSED_FIX = _(
    "Check the client ID, and check that exactly this redirect URI is registered at the provider:"
)
MISMATCH = "redirect_uri_mismatch"
# An OpenID Provider answers a wrong URI with its own page and one of these statuses (RFC 6749
# §4.1.2.1). The status of other kinds says nothing: some send it to every client but a browser.
REFUSALS = (400, 403, 422)
# The header of a page that keeps robots out (developers.cloudflare.com, 2026-11)
CHALLENGE = "cf-mitigated"
ERROR_PAGE = re.compile(r"(?:^|[/._-])errors?(?:[/._-]|$)", re.IGNORECASE)  # in a path
ERRORS = {*AUTHORIZATION_ERRORS, *TOKEN_ERRORS}
# Errors that come back to the redirect URI, and say that nobody can sign in.
FATAL = ("invalid_scope", "invalid_request", "unauthorized_client", "unsupported_response_type")


def redirect_uri(subject: Subject) -> Findings:
    """Send the request that a visitor's browser would send, and judge the response."""
    provider, server, registration = subject.provider, subject.server, subject.registration
    if registration is None or server is None:
        yield unknown(NOT_CHECKED, REGISTER, provider.redirect_uri)
        return
    response = _sent(subject, server, registration)
    found = _refusal(subject, response) or _return(subject, response)
    if found is None:
        another = f"{registration.redirect_uri}{secrets.token_hex(4)}/"  # nobody registers that
        with suppress(OutgoingError):
            response = _sent(subject, server, replace(registration, redirect_uri=another))
            if _refusal(subject, response):
                found = ok(_("The provider accepts this redirect URI and refuses a different one."))
    nothing = _("The provider doesn't check the redirect URI until somebody signs in.")
    yield found or unknown(nothing, REGISTER, provider.redirect_uri)


def _sent(
    subject: Subject, server: flow.AuthorizationServer, registration: Client
) -> requests.Response:
    url = flow.authorization_request_url(server, registration, flow.Attempt.new())
    return subject.get(url, "text/html", keeps_redirect=True)


def _refusal(subject: Subject, response: requests.Response) -> Finding | None:
    """Say why the provider refuses the redirect URI, None if it does not refuse it."""
    location = response.headers.get("Location", "")
    try:
        parts = urlsplit(location)
    except ValueError:
        parts = urlsplit("")
    error = _error(parts)
    if error == MISMATCH or _google_says_mismatch(parts):
        return diagnosed(subject.provider, "redirect_uri_not_registered", MISMATCH)
    if location.startswith(f"{settings.BASE_URL}/"):
        return None
    is_refused = (
        subject.provider.catalogued.protocol is Protocol.OPENID_CONNECT
        and response.status_code in REFUSALS
        and CHALLENGE not in response.headers
    )
    if not (is_refused or ERROR_PAGE.search(parts.path) or error in ERRORS):
        return None
    status = f"status {response.status_code}"
    return problem(REFUSED, REFUSED_FIX, subject.provider.redirect_uri, detail=status)


def _return(subject: Subject, response: requests.Response) -> Finding | None:
    """Judge the redirect back to the redirect URI, None if the browser is not sent back."""
    location = response.headers.get("Location", "")
    if not re.match(f"{re.escape(subject.provider.redirect_uri)}[?#]", location):
        return None
    error = _error(urlsplit(location))
    if error not in FATAL:
        return ok(_("The provider accepts this redirect URI and sends the browser back to it."))
    facts = Facts(AUTHORIZATION_ERRORS[error], 4, subject.provider.kind, provider_error=error)
    return diagnosed(subject.provider, diagnose(facts).code, error)


def _error(parts: SplitResult) -> str:
    """Return the first error that a redirect carries, in its query or its fragment."""
    members = parse_qs(f"{parts.query}&{parts.fragment}")
    return next(iter(members.get("error", ())), "")


def _google_says_mismatch(parts: SplitResult) -> bool:
    """Tell whether `authError`, a message in base64, contains the error."""
    encoded = "".join(parse_qs(parts.query).get("authError", ()))
    try:
        message = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return False
    return MISMATCH.encode() in message
