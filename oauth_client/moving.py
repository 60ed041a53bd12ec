"""`/connect/`: somebody who has lost their account connects a new one, by the link of an admin."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import link_of_secret
from attempts.models import Process
from oauth_client.pages import too_many_starts, with_buttons
from oauth_client.sign_in_page import buttons, shown_providers
from oauth_client.views import begin, usable_provider
from sessions.session_request import SessionRequest

KEY = "connection-link"
LONGEST = 64  # characters of a secret that are worth keeping


@login_not_required
@require_safe
@never_cache
def open_link(request: SessionRequest, secret: str) -> HttpResponse:
    """Take the secret out of the address. That does not use the link: mail programs open it, too.

    A wrong secret is redirected as well: the log of errors would have its address.
    """
    request.session[KEY] = secret[:LONGEST]
    response = redirect("connect")
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def connect_by_link(request: SessionRequest) -> HttpResponse:
    """Say for whom the link is, and offer the providers; POST goes to one of them."""
    link = link_of_secret(request.session.get(KEY, ""))
    token = request.session_token
    is_other = link is not None and token is not None and token.sub != str(link.person_id)
    if link is None or is_other or not link.person.is_active:
        context = {"link": None, "other": request.user if is_other else None}
        return render(request, "connect.html", context, status=403 if is_other else 404)
    if request.POST.get("link") == str(link.pk):  # else another link was opened in another tab
        if refusal := too_many_starts(request):
            return refusal
        provider, here = usable_provider(request.POST.get("connect", "")), "account_connections"
        return begin(request, provider, reverse(here), Process.MOVE, str(link.pk))
    return with_buttons(
        render(request, "connect.html", {"link": link, "providers": buttons(shown_providers())})
    )
