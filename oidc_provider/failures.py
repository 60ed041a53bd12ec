"""A refused request of an app: what is kept of it, and what is answered."""

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse

from attempts.references import new_reference
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from sessions.access import NO_STORE
from web.addresses import AddressLimit

logger = logging.getLogger(__name__)
REFUSED = AddressLimit("refused-apps", limit=60, window=60)
# Answers of the protocol: nothing is wrong with the app
USUAL = {
    Refusal.LOGIN_NEEDED,
    Refusal.CONSENT_NEEDED,
    Refusal.CHOICE_NEEDED,
    Refusal.PERSON_DENIED,
}


def keep(request: HttpRequest, error: RefusedRequestError) -> str:
    """Log the refusal for the admin, and return the reference under which it can be found."""
    reference = new_reference()
    if error.refusal in USUAL:
        return reference
    facts = " ".join(f"{name}={value[:200]!r}" for name, value in error.facts.items())
    logger.warning("app refused: code=%s reference=%s %s", error.refusal, reference, facts)
    return reference


def tell_app(request: HttpRequest, error: RefusedRequestError) -> HttpResponse:
    """Return the error response of the token endpoint and its like (RFC 6749 §5.2).

    An app that keeps failing from one address is asked to wait; one that succeeds never is.
    """
    keep(request, error)
    said = error.said
    if not REFUSED.count(request):
        response = JsonResponse({"error": said.error}, status=429, headers=NO_STORE)
        response["Retry-After"] = str(REFUSED.seconds_left())
        return response
    members = {"error": said.error, "error_description": said.description}
    status = 401 if said.error == "invalid_client" else 400
    response = JsonResponse(members, status=status, headers=NO_STORE)
    if status == 401 and "HTTP_AUTHORIZATION" in request.META:
        response["WWW-Authenticate"] = 'Basic realm="Signet", charset="UTF-8"'
    return response
