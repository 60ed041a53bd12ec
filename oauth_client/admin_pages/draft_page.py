"""Preview the page of a provider: show whom the draft would refuse, and save nothing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from access_rules.admin import AccessRuleFormSet
from access_rules.lock_out import BUTTON, forecast
from oauth_client.admin_pages.form import is_secret

JUDGED = {"who_may_sign_in", "vouches_for"}  # fields that decide about people, beside the rules


def is_asked_for(request: HttpRequest) -> bool:
    return BUTTON in request.POST


def unsaved(form: type[Any]) -> type[Any]:
    """Return the form as one that is validated and then shown again, never saved."""

    class Unsaved(form):  # type: ignore[misc]
        def is_valid(self) -> bool:
            super().is_valid()
            return False

    return Unsaved


def context_of(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return what the page says about a draft without errors."""
    if not is_asked_for(request) or context["errors"]:
        return {}
    form = context["adminform"].form
    formset = _rules_in(inline.formset for inline in context["inline_admin_formsets"])
    return {
        "what_if": forecast(form.instance, formset.all_rules()),
        "typed_secret": any(field.data for field in form if is_secret(field)),
        "may_see_people": request.user.has_perm("signet_sessions.view_user"),
    }


def tell_after_saving(request: HttpRequest, form: Any, formsets: Any) -> None:
    """Warn of people whom the changed rules would refuse."""
    formset = _rules_in(formsets)
    if not (JUDGED.intersection(form.changed_data) or formset.has_changed()):
        return
    outlook = forecast(form.instance, formset.all_rules())
    if outlook.refused or outlook.unknown:
        messages.warning(request, outlook.words)


def _rules_in(formsets: Any) -> AccessRuleFormSet:
    return next(formset for formset in formsets if isinstance(formset, AccessRuleFormSet))
