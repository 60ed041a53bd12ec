"""The page that a visitor sees while a provider is slow.

A browser shows the provider's page until we answer. Where the provider was slow lately, the way
back is answered at once by a page that says so and loads the same address again. The sign-in goes
on there. Some browsers do not load it by themselves, so the page has a link, too. It appears when
the sign-in would be over: a second request for the same sign-in would end in a failure.
"""

import math
import time
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from attempts.counting import slow_at
from providers.models import Provider
from web.cookies import PRIVATE

LATELY = 120  # seconds after which a provider may be fast again
WAITED = "waited"  # in the address that goes on, which does not wait again
View = Callable[[HttpRequest, str], HttpResponse]


def says_when_slow(view: View) -> View:
    """Let the callback of a provider that was slow lately begin with a page that says so."""

    @wraps(view)
    def watched(request: HttpRequest, slug: str) -> HttpResponse:
        return _page_to_wait(request, slug) or view(request, slug)

    return watched


def _page_to_wait(request: HttpRequest, slug: str) -> HttpResponse | None:
    """Return the page; None for other providers, and for the address that goes on.

    Nothing is read or used up here. A response that came by POST is forwarded first.
    """
    is_slow = time.monotonic() - slow_at.get(slug, -math.inf) <= LATELY
    if not is_slow or request.method != "GET" or WAITED in request.GET:
        return None
    provider, query = Provider.objects.filter(slug=slug).first(), request.GET.copy()
    query[WAITED] = "1"
    address = f"{request.path}?{query.urlencode()}"
    page = render_to_string("signing_in.html", {"provider": provider, "address": address})
    headers = {"Refresh": f"0; url={address}", "Referrer-Policy": "no-referrer"}
    return HttpResponse(page, headers=headers | {"Cache-Control": PRIVATE})
