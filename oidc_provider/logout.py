"""Sign out of this site, as an app asks for it (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from oidc_provider.authorization_pages import ADDRESS, page, see_other
from oidc_provider.models import App
from oidc_provider.tokens import read_id_token_hint
from protocol.authorization_server.authorization_response import address_with
from protocol.authorization_server.errors import RefusedRequestError
from protocol.authorization_server.logout_request import KNOWN, LogoutRequest, logout_request
from protocol.authorization_server.metadata import PATHS
from protocol.authorization_server.parameters import Parameters
from sessions.access import has_header
from sessions.session_cookies import delete_session_cookies, end_session
from sessions.session_request import SessionRequest, actor_of, with_session

PATH = PATHS["end_session_endpoint"]
NOTHING = LogoutRequest("", "", "", "")


@csrf_exempt  # a POST only becomes a GET
@login_not_required
@require_http_methods(["GET", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out at once with an ID token of this session; otherwise ask the person (§2)."""
    if request.method == "POST":
        return _by_get(request.POST)
    message = _message(dict(request.GET.lists()))
    session_token = with_session(request).session_token
    hint = read_id_token_hint(message.id_token_hint) or {}
    app = _app(message, hint)
    address = _address(app, message)
    if session_token is None or has_header(request):
        return see_other(address) if address else redirect("sign_out")
    if hint and hint.get("sid") == session_token.sid and app:
        return _sign_out(with_session(request), address)
    context = {"app": app, "asked": message, "returns": bool(address)}
    return page(request, "app_logout.html", context)


def _by_get(sent: QueryDict) -> HttpResponse:
    """Redirect to the same request by GET: a browser sends no Lax cookie with a POST of an app.

    Of a request too long for an address, the first shorter one that fits is answered.
    """
    address = f"{PATH}?{sent.urlencode()}"
    if len(address) > ADDRESS:
        shorter = (f"{PATH}?{urlencode(each, doseq=True)}" for each in _shorter(sent))
        address = next((each for each in shorter if len(each) <= ADDRESS), PATH)
    return see_other(address)


def _shorter(sent: QueryDict) -> Iterator[Parameters]:
    """Yield what may be left of a request that is too long, the most useful first.

    Without a hint that names this session, the person is asked. Without the rest, nobody is sent
    back to the app: it may not come back without its `state`.
    """
    known = {name: values for name, values in sent.lists() if name in KNOWN}
    yield known
    hint = read_id_token_hint(sent.get("id_token_hint", "")) or {}
    app = {"client_id": known.get("client_id") or [str(hint.get("aud", ""))]}
    yield {name: values for name, values in known.items() if name != "id_token_hint"} | app
    yield {"id_token_hint": known.get("id_token_hint", []), **app}
    yield app


@login_not_required
@require_POST
def confirm(request: SessionRequest) -> HttpResponse:
    """Sign out after the person has confirmed it. `address` has to be the app's, once more."""
    app = _enabled(request.POST.get("client_id", ""))
    message = LogoutRequest("", "", request.POST.get("address", ""), request.POST.get("state", ""))
    return _sign_out(request, _address(app, message))


def _sign_out(request: SessionRequest, address: str) -> HttpResponse:
    if request.session_token:
        end_session(request.session_token, actor_of(request))
    request.session.flush()
    response = see_other(address) if address else redirect("sign_out")
    delete_session_cookies(request, response)
    return response


def _message(parameters: Parameters) -> LogoutRequest:
    """Return the request; one with a repeated parameter asks for nothing but the signing out."""
    try:
        return logout_request(parameters)
    except RefusedRequestError:
        return NOTHING


def _app(message: LogoutRequest, hint: dict[str, object]) -> App | None:
    """Return the app of the hint or of `client_id`; None if they differ."""
    named = {str(name) for name in (hint.get("aud"), message.client_id) if name}
    return _enabled(named.pop()) if len(named) == 1 else None


def _enabled(client_id: str) -> App | None:
    return App.objects.filter(slug=client_id, enabled=True).first()


def _address(app: App | None, message: LogoutRequest) -> str:
    """Return where the browser goes afterwards: only to an address that the app has registered."""
    uri = message.post_logout_redirect_uri
    if app is None or uri not in app.post_logout_redirect_uris:
        return ""
    return address_with(uri, {"state": message.state}) if message.state else uri
