"""`/account/merge/`: somebody with two accounts here proves both and merges them."""

from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.merging import CHANGED, MergeRefusedError, Proof, merge, plan_merge
from accounts.self_service.changed_here import keep_change_made_here
from accounts.self_service.connections import connections_of, known_as, provider_name
from attempts.models import Process
from oauth_client.merge_proof import can_be_asked, forget, proof_in, proven_account, proven_at
from oauth_client.pages import with_buttons
from oauth_client.sign_in_page import buttons, shown_providers
from oauth_client.views import begin, usable_provider
from providers.models import Provider
from sessions.recent_sign_in import recent_sign_in_required, shown_again_after_sign_in
from sessions.session_request import SignedInRequest, actor_of

NOT_UNDERSTOOD = gettext_lazy("Please tick the box first. Nothing was merged.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def merge_people(request: SignedInRequest) -> HttpResponse:
    """Ask for a proof, then show what a merge does; POST does it."""
    view = _prove if "prove" in request.POST else _prove_or_merge
    return cast("HttpResponse", view(request))


@shown_again_after_sign_in
def _prove_or_merge(request: SignedInRequest) -> HttpResponse:
    proof = proof_in(request)
    proven = proven_account(request, proof) if proof else None
    if proof is None or proven is None or "forget" in request.POST:
        forget(request)
        return _ask(request)
    if request.method == "POST":
        return _merge(request, proven, proof)
    return _page(request, proven)


@recent_sign_in_required
def _prove(request: SignedInRequest) -> HttpResponse:
    found, here = usable_provider(request.POST["prove"]), reverse("account_merge")
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


def _merge(request: SignedInRequest, proven: SocialAccount, proof: Proof) -> HttpResponse:
    if request.POST.get("understood") != "yes":
        return _page(request, proven, problem=str(NOT_UNDERSTOOD), status=400)
    if request.POST.get("proven") != str(proven.pk):  # another one than the form showed
        return _page(request, proven, problem=str(CHANGED), status=409)
    accounts = list(connections_of(proven.user))
    try:
        seen = request.POST.get("seen", "")
        merge(request.user.pk, proven.user_id, seen, actor_of(request), proof)
    except MergeRefusedError as error:
        return _page(request, proven, problem=str(error), status=409)
    forget(request)
    messages.success(request, _("Your two accounts are one now."))
    response = redirect("account_connections")
    keep_change_made_here(request, response, accounts, is_added=True)
    return response


def _page(
    request: SignedInRequest, proven: SocialAccount, *, problem: str = "", status: int = 200
) -> HttpResponse:
    """Show what moves and what proves it, or why these two may not be merged."""
    other = proven.user
    context = {"other": other, "problem": problem, "plan": None}
    try:
        context["plan"] = plan_merge(request.user, other)
    except MergeRefusedError as error:
        context["problem"], status = str(error), 409
    context["accounts"] = [_named(request, account) for account in connections_of(other)]
    context |= {"proven": proven, "proven_as": _named(request, proven)}
    return render(request, "merge.html", context | {"at": proven_at(request)}, status=status)


def _named(request: SignedInRequest, account: SocialAccount) -> str:
    return f"{provider_name(request, account.provider)} ({known_as(account) or account.uid})"
