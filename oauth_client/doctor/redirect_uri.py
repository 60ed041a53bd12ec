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
# Kinds that answer a wrong one with a page of their own and without a redirect, as RFC 6749
# §4.1.2.1 wants it, and by which statuses.
REFUSALS = {
    "auth0": (400, 403),  # 2026-11, auth0.com/docs, "Error pages"
    "authentik": (400,),
    "google": (400,),  # 2016-08, yegor256/netbout #1116
    "keycloak": (400,),  # 2023-10, mauriciovigolo/keycloak-angular #516
    "okta": (400,),
    "openid_connect": (400,),
}
# Those that show the page to sign in on only after they have checked it.
GOOD_PAGES = frozenset(
    {
        "keycloak",  # 2022-08, keycloak/keycloak-benchmark #159: 400 in place of that page
    }
)


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
    if status in REFUSALS.get(subject.kind.id, ()):
        cause = f"The provider refuses the request before anybody signs in ({status})"
        fix = f"{REGISTER} If it is registered, the client ID is wrong."
        return problem(f"{cause}: most often the redirect URI.", fix, subject.provider.redirect_uri)
    if status == 200 and subject.kind.id in GOOD_PAGES:
        return ok("The provider takes the redirect URI, and asks the visitor to sign in.")
    return _unknown(subject, "The provider does not say before somebody signs in.")


def _unknown(subject: Subject, cause: str) -> Finding:
    return unknown(cause, REGISTER, subject.provider.redirect_uri)


def _mismatch(location: str) -> bool:
    """Tell whether the redirect carries that error: GitHub in `error`, Google in `authError`.

    Google's is base64 of a message in which the code stands; where it is not, nothing is said.
    """
    query = parse_qs(urlsplit(location).query)
    told = _decoded("".join(query.get("authError", ())))
    return MISMATCH in query.get("error", ()) or MISMATCH.encode() in told


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
