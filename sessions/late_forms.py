"""A form that was sent without a recent sign-in goes on by itself after one, in the same tab."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from sessions.kept_forms import fields_of, go_on_with
from sessions.recent_sign_in import (
    GOES_ON,
    LATE,
    has_recent_sign_in,
    secrets_of,
    sign_in_again,
    sign_in_again_url,
)
from sessions.session_request import with_session
from web.cookies import PRIVATE

SEND = "send_form"  # the field of the page that asks first


class LateFormMiddleware:
    """Make the request for the address of a kept form the one that was posted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], *_: Any
    ) -> HttpResponse | None:
        """Act after the checks of the sign-in and of CSRF: the form has passed both before."""
        if LATE.parameter not in request.META.get("QUERY_STRING", ""):
            return None
        token = with_session(request).session_token
        if LATE.parameter not in request.GET or token is None or not token.is_of_browser:
            return None
        if request.method == "GET" or SEND in request.POST:
            return self._go_on(request)
        _unmark(request)
        return None

    def _go_on(self, request: HttpRequest) -> HttpResponse | None:
        if not has_recent_sign_in(request):
            return _sign_in_first(request)
        waiting = LATE.find(request, request.get_full_path(), secrets_of(request))
        if waiting and waiting.about != GOES_ON and request.method == "GET":
            return _ask(request)
        form = LATE.take(request, secrets_of(request))
        _unmark(request)
        if form is None:
            response = render(request, "form_lost.html", {"page": request.get_full_path()})
            response.status_code, response["Cache-Control"] = 410, PRIVATE
            return response
        go_on_with(request, fields_of(form))
        return None


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return sign_in_again(request)
    return HttpResponseRedirect(sign_in_again_url(request.get_full_path()), status=303)


def _ask(request: HttpRequest) -> HttpResponse:
    """Ask before a form is sent for which nobody has just signed in."""
    page = LATE.unmarked(request.get_full_path())
    response = render(request, "form_waits.html", {"page": page})
    response["Cache-Control"] = PRIVATE
    return response


def _unmark(request: HttpRequest) -> None:
    """Let the view see the address to which the form was posted."""
    _, _, query = LATE.unmarked(request.get_full_path()).partition("?")
    request.META["QUERY_STRING"] = query
    request.GET = QueryDict(query)
