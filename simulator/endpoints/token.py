"""The token endpoint: each provider responds in its own way, with faults before and after."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from simulator.endpoints.messages import MalformedRequestError, TokenRequest, token_request
from simulator.faults.fault import Moment
from simulator.faults.misbehaviour import NOTHING
from simulator.providers.base import Provider
from simulator.providers.exchange import authenticate_client
from simulator.providers.refusals import Reason, TokenRefusedError, TokenResponse
from simulator.stage import stage


@require_POST
def token_endpoint(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Turn a code or refresh token into an access token (RFC 6749 §3.2, §4.1.3, §6)."""
    try:
        message = token_request(request)
    except MalformedRequestError:
        return _encoded(request, provider, provider.token_error(Reason.MALFORMED))
    misbehaviour = stage.credentials.misbehaviour_of(message.code)
    if misbehaviour is None:
        # Nobody has this code: a client only tests its credentials. It gets the fault that is armed
        # for the next sign-in.
        is_tried = bool(message.code)
        misbehaviour = stage.faults.attach(provider.slug, Moment.DECISION) if is_tried else NOTHING
    unencoded = misbehaviour.token_answer(_answer(provider, misbehaviour.token_request(message)))
    return misbehaviour.token_response(request, _encoded(request, provider, unencoded))


def _answer(provider: Provider, message: TokenRequest) -> TokenResponse:
    try:
        authenticate_client(provider, message)
        return provider.token_answer(message)
    except TokenRefusedError as refusal:
        return provider.token_error(refusal.reason)


def _encoded(request: HttpRequest, provider: Provider, unencoded: TokenResponse) -> HttpResponse:
    """Write JSON, or the form that GitHub sends to whoever does not ask for JSON."""
    if provider.answers_with_a_form and "json" not in request.headers.get("Accept", ""):
        form = urlencode({name: str(value) for name, value in unencoded.members.items()})
        content_type = "application/x-www-form-urlencoded; charset=utf-8"
        return HttpResponse(form, content_type, unencoded.status)
    response = JsonResponse(unencoded.members, status=unencoded.status)
    if unencoded.status == 401 and "Authorization" in request.headers:
        response.headers["WWW-Authenticate"] = 'Basic realm="token endpoint"'
    return response
