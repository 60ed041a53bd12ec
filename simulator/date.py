"""The `Date` header of the providers, by their clock (RFC 9110 §6.6.1)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from simulator.stage import stage

GetResponse = Callable[[HttpRequest], HttpResponse]


def tell_the_time(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Date", http_date(stage.clock.now()))
        return response

    return middleware
