"""`/account/merge/`: somebody with two accounts here proves both and merges them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.merging import MergeRefusedError, Proof, merge, plan_merge
from accounts.self_service.changed_here import keep_change_made_here
from accounts.self_service.connections import connections_of, known_as, provider_name
from attempts.models import Process
from oauth_client.merge_proof import can_be_asked, forget, other_person, proof_in
from oauth_client.pages import with_buttons
from oauth_client.sign_in_page import buttons, shown_providers
from oauth_client.views import begin, usable_provider
from providers.models import Provider
from sessions.models import User
from sessions.recent_sign_in import recent_sign_in_required
from sessions.session_request import SignedInRequest, actor_of

NOT_UNDERSTOOD = gettext_lazy("Please tick the box first. Nothing was merged.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recent_sign_in_required
def merge_people(request: SignedInRequest) -> HttpResponse:
    """Ask for a proof, then show what a merge does; POST does it."""
    if "prove" in request.POST:
        return _prove(request, request.POST["prove"])
    proof = proof_in(request)
    other = other_person(request, proof) if proof else None
    if proof is None or other is None or "forget" in request.POST:
        forget(request)
        return _ask(request)
    if request.method == "POST":
        return _merge(request, other, proof)
    return _page(request, other)


def _prove(request: SignedInRequest, slug: str) -> HttpResponse:
    found, here = usable_provider(slug), reverse("account_merge")
    if not can_be_asked(found.provider):
        return _ask(request)
    return begin(request, found, here, Process.MERGE, request.session_token.sid)


def _ask(request: SignedInRequest) -> HttpResponse:
    """Offer the providers that can be asked for a proof, and name the others."""
    shown = [(each, Provider(**each._asdict())) for each in shown_providers()]
    askable = [each for each, provider in shown if can_be_asked(provider)]
    others = [each.name for each, provider in shown if not can_be_asked(provider)]
    context = {"providers": buttons(askable), "others": others}
    return with_buttons(render(request, "merge_prove.html", context))


def _merge(request: SignedInRequest, other: User, proof: Proof) -> HttpResponse:
    if request.POST.get("understood") != "yes":
        return _page(request, other, problem=str(NOT_UNDERSTOOD), status=400)
    accounts = list(connections_of(other))
    try:
        seen = request.POST.get("seen", "")
        merge(request.user.pk, other.pk, seen, actor_of(request), proof)
    except MergeRefusedError as error:
        return _page(request, other, problem=str(error), status=409)
    forget(request)
    messages.success(request, _("Your two accounts are one now."))
    response = redirect("account_connections")
    keep_change_made_here(request, response, accounts, is_added=True)
    return response


def _page(
    request: SignedInRequest, other: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Show what moves, or why these two may not be merged."""
    context = {"other": other, "problem": problem, "plan": None}
    try:
        context["plan"] = plan_merge(request.user, other)
    except MergeRefusedError as error:
        context["problem"], status = str(error), 409
    context["accounts"] = [
        f"{provider_name(request, account.provider)} ({known_as(account) or account.uid})"
        for account in connections_of(other)
    ]
    return render(request, "merge.html", context, status=status)
