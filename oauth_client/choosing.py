"""Step 2: the visitor chooses how to sign in."""

import time
from functools import lru_cache

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods, require_safe

from oauth_client import straight_through
from oauth_client.pages import Visit, sign_in_page
from oauth_client.views import begin, start, usable_provider
from sessions.recent_sign_in import AGAIN
from sessions.session_request import SessionRequest, with_session
from web.redirects import next_page, note_refused_next, tell_later

# What Django's `never_cache` says; composing it takes 17 µs more (measured 2026-11).
NEVER = "max-age=0, no-cache, no-store, must-revalidate, private"


@login_not_required
@require_safe
def sign_in(request: SessionRequest) -> HttpResponse:
    """Ask the visitor how to sign in, or go to the only provider, where the site wants that."""
    return _never_cached(_asking(request))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_provider(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the button of one provider, for a link that leads there. POST presses it."""
    if request.method == "POST":
        return start(request, slug)
    return _never_cached(_asking(with_session(request), slug))


def _asking(request: SessionRequest, slug: str = "") -> HttpResponse:
    page = next_page(request.GET.get("next"))
    if page.problem:
        note_refused_next(page)
    is_signed_in = request.session_token is not None and request.user.is_authenticated
    again = AGAIN in request.GET  # what comes next needs a more recent sign-in
    if is_signed_in and not again:
        tell_later(request, page)
        return redirect(page.url)
    may_go_on = not (slug or is_signed_in or page.problem)
    if may_go_on and (only := straight_through.only_provider(request, page.url)):
        return begin(request, usable_provider(only), page.url)
    return sign_in_page(request, Visit(page.url, is_signed_in, page.words, slug))


def _never_cached(response: HttpResponse) -> HttpResponse:
    response["Expires"] = _date(int(time.time()))
    response["Cache-Control"] = NEVER
    return response


_date = lru_cache(maxsize=1)(http_date)  # of a second: it takes 5 µs
