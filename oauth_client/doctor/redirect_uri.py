"""Is the redirect URI registered? Some providers say so before anybody signs in.

The authorization request is sent as a browser would, and no redirect is followed. Few providers say
at this point that all is well, and those are listed; that of the others is unknown.
"""

import base64
import binascii
from urllib.parse import parse_qs, urlsplit

import requests

from oauth_client import flow
from oauth_client.doctor.causes import no_answer
from oauth_client.doctor.findings import Finding, Findings, ok, problem, unknown
from oauth_client.doctor.subject import Subject
from oauth_client.errors import OutgoingError

REGISTER = "Register exactly this value at the provider, letter by letter."
MISMATCH = "redirect_uri_mismatch"
UNREGISTERED = "The provider says that this redirect URI is not registered"
# Kinds that check it before they ask who somebody is, and answer 400 or 403 to a wrong one: as RFC
# 6749 §4.1.2.1 wants it, with a page of their own and without a redirect.
CHECKED_FIRST = frozenset(
    {
        "auth0",  # 2026-11, auth0.com/docs, "Callback URL mismatch"
        "authentik",  # 2026-11, goauthentik/authentik, "Redirect URI Error"
        "google",
        "keycloak",  # 2026-11, keycloak/keycloak, "Invalid parameter: redirect_uri"
        "okta",  # 2026-11, developer.okta.com, "redirect_uri must be a Login redirect URI"
        "openid_connect",
    }
)
# Of these, a page to sign in on says that it is registered.
GOOD_PATHS = {
    # 2026-11, developers.google.com, "Using OAuth 2.0 for web server applications"
    "google": ("/signin/identifier", "/ServiceLogin", "/oauthchooseaccount"),
}
GOOD_PAGES = frozenset({"keycloak"})


def redirect_uri(subject: Subject) -> Findings:
    """Ask as a visitor's browser would, and read the answer."""
    if subject.client is None or subject.server is None:
        yield _unknown(subject, "Not asked: the endpoints or the secret are not there.")
        return
    url = flow.authorization_request_url(subject.server, subject.client, flow.Attempt.new())
    try:
        response = subject.get(url, "text/html", keeps_redirect=True)
    except OutgoingError as error:
        yield no_answer(error)
        return
    yield read(subject, response)


def read(subject: Subject, response: requests.Response) -> Finding:
    """Judge by the status and by where the answer leads."""
    status, location = response.status_code, response.headers.get("Location", "")
    if _mismatch(location):
        return problem(f"{UNREGISTERED} ({MISMATCH}).", REGISTER, subject.provider.redirect_uri)
    if status in (400, 403) and subject.kind.id in CHECKED_FIRST:
        cause = f"The provider refuses the request before anybody signs in ({status})"
        fix = f"{REGISTER} If it is registered, the client ID is wrong."
        return problem(f"{cause}: most often the redirect URI.", fix, subject.provider.redirect_uri)
    if _is_good(subject.kind.id, status, location):
        return ok("The provider takes the redirect URI, and asks the visitor to sign in.")
    return _unknown(subject, "The provider does not say before somebody signs in.")


def _unknown(subject: Subject, cause: str) -> Finding:
    return unknown(cause, REGISTER, subject.provider.redirect_uri)


def _is_good(kind: str, status: int, location: str) -> bool:
    path = urlsplit(location).path
    leads_on = any(part in path for part in GOOD_PATHS.get(kind, ()))
    return (status == 200 and kind in GOOD_PAGES) or (300 <= status < 400 and leads_on)


def _mismatch(location: str) -> bool:
    """Tell whether the redirect carries that error: GitHub in `error`, Google in `authError`.

    Google's is base64 of a message in which the code stands (2026-11, as its error page has it).
    """
    query = parse_qs(urlsplit(location).query)
    told = _decoded("".join(query.get("authError", ())))
    return MISMATCH in query.get("error", ()) or MISMATCH.encode() in told


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
