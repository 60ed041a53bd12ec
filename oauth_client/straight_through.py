"""Straight through: where there is one provider, nobody has to press its button (a setting).

A link on any site can begin such a sign-in. It ends in the browser in which it began, because
`state` is bound to that browser. And it ends as whoever is signed in at the provider there.
"""

from django.conf import settings
from django.http import HttpRequest

from oauth_client.pages import may_start, offers_password
from oauth_client.sign_in_page import shown_providers
from sessions.recent_sign_in import AGAIN
from sessions.session_cookies import is_just_signed_out
from web import cookies


def only_provider(request: HttpRequest, next_: str) -> str:
    """Return the slug of the provider that this visitor goes to at once, "" if the page asks.

    The page also asks on the way to the admin while there is a password form, for somebody who has
    just signed out, and after a failure. This counts as a start.
    """
    is_asking = AGAIN in request.GET or offers_password(next_)
    if not settings.STRAIGHT_THROUGH or is_asking or not _opens_a_page(request):
        return ""
    if is_just_signed_out(request) or cookies.values_of(request, cookies.FAILED):
        return ""
    slugs = [provider.slug for provider in shown_providers()]
    return slugs[0] if len(slugs) == 1 and may_start(request) else ""


def _opens_a_page(request: HttpRequest) -> bool:
    """Tell whether a person opens this address: no frame, picture or prefetch (Fetch Metadata)."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    is_ahead = "prefetch" in purpose.lower()
    is_page = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return request.method == "GET" and is_page and not is_ahead
