"""The list of all access rules. It asks the provider what only it knows about the admin."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from access_rules.admin import AccessRuleAdmin, with_others
from access_rules.lock_out import BUTTON, is_only_unknown, used_provider
from access_rules.models import AccessRule
from oauth_client.admin_pages import asking, guide


class AskingRuleAdmin(AccessRuleAdmin):
    """The rules, and the question to the provider of the admin's session."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Go on with a form that waited; ask the provider if that could settle a refusal."""
        provider = used_provider(request)
        went_on = provider is not None and asking.go_on(request, provider)
        response = super().changeform_view(request, *args, **kwargs)
        if provider is None or went_on or request.method != "POST":
            return response
        rules = _to_ask_about(response)
        return asking.ask(request, provider, rules) if rules else response

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return guide.unsaved(form) if BUTTON in request.POST else form


def _to_ask_about(response: HttpResponse) -> list[AccessRule]:
    """Return all rules, if the provider could say that they are about the admin."""
    context = getattr(response, "context_data", None) or {}
    if "adminform" not in context:
        return []
    form = context["adminform"].form
    errors = (each for texts in form.errors.as_data().values() for each in texts)
    return with_others(form.instance) if is_only_unknown(errors) else []
