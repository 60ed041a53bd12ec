"""How many sign-ins may begin from one address; more are refused before anything is looked up.

A start stores nothing, so the limit is generous: a whole office may share one address. Each process
counts in its own memory. That costs microseconds, and works without Redis.
"""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from attempts import counting
from oauth_client.pages import with_buttons
from web.address_limit import AddressLimit
from web.addresses import client_address
from web.redirects import safe_next
from web.shown import duration

logger = logging.getLogger(__name__)
STARTS = AddressLimit("starts", limit=300, window=300, cache="starts")


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Count a start, and return the page for one that is too many, None for any other."""
    number = STARTS.number(request)
    if number <= STARTS.limit:
        return None
    counting.count(counting.ANY_PROVIDER, counting.REFUSED)
    if number == STARTS.limit + 1:  # the address once in a window
        logger.warning("too many sign-ins begun: address=%s", client_address(request))
    return _page(request)


def _page(request: HttpRequest) -> HttpResponse:
    """Ask the visitor to wait; the page has the same button again."""
    seconds = STARTS.seconds_left()
    minutes = -(-seconds // 60)
    next_ = safe_next(request.POST.get("next"))
    context = {"wait": duration(minutes * 60), "next": next_, "query": urlencode({"next": next_})}
    response = render(request, "too_many_starts.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "private, no-store"
    return with_buttons(response)
