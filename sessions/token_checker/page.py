"""`/api/token/`: the token checker as a page. The token comes in a form and goes nowhere else."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from sessions.claim_meanings import explained
from sessions.token_checker.explanation import explain, pasted
from web.shown import pretty


@login_not_required  # it costs no more than a refused request, and says no more than the token
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("token")
def token_checker(request: HttpRequest) -> HttpResponse:
    """Ask for a token. Say what a posted one is, whose it is, and why it would be refused."""
    if request.method != "POST":
        return render(request, "token_checker.html")
    explanation = explain(pasted(request.POST.get("token", "")))
    context = {
        "explanation": explanation,
        "header": pretty(explanation.header),
        "claims": explained(explanation.claims),
        "payload": pretty(explanation.claims),
    }
    return render(request, "token_checker.html", context)
