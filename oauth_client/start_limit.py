"""How many sign-ins may begin from one address? More are refused before any look-up.

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
    """Count a start. For one too many, return a page that asks to wait and has the button again."""
    number = STARTS.number(request)
    if number <= STARTS.limit:
        return None
    counting.count(counting.ANY_PROVIDER, counting.REFUSED)
    if number == STARTS.limit + 1:  # the address once in a window
        logger.warning("too many sign-ins begun: address=%s", client_address(request))
    seconds = STARTS.seconds_left()
    minutes = -(-seconds // 60)
    next_ = safe_next(request.POST.get("next"))
    context = {"wait": duration(minutes * 60), "next": next_, "query": urlencode({"next": next_})}
    response = render(request, "too_many_starts.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "private, no-store"
    return with_buttons(response)
