"""One question about a provider: who may sign in with it?"""

from copy import copy
from itertools import chain
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access_rules.lock_out import BUTTON, forecast, is_only_unknown, refuse_lock_out
from access_rules.models import AccessRule
from access_rules.rule_kinds import RuleKind
from audit.models import Action, Target
from audit.recording import difference, record, snapshot
from oauth_client.admin_pages import asking
from providers.models import Policy, Provider
from sessions.session_request import actor_of

POLICIES = {
    "organisation": Policy.MATCHING,
    "known": Policy.KNOWN,
    "anyone": Policy.ANYONE,
}
# The kind of rule for the people of an organisation, by kind of provider, and its label
ORGANISATIONS = {
    "github": (RuleKind.GITHUB, gettext_lazy("GitHub organisation, or organisation/team")),
    "google": (RuleKind.HOSTED_DOMAIN, gettext_lazy("Google Workspace domain")),
}
BY_DOMAIN = (RuleKind.EMAIL_DOMAIN, gettext_lazy("Email domain"))
NO_ORGANISATION = gettext_lazy("Enter your organisation or its domain.")
NO_PERMISSION = gettext_lazy(
    "This adds an access rule, and you do not have permission for that. Ask another admin."
)
NOT_VOUCHED_FOR = gettext_lazy(
    "{domain} is not a trusted email domain of {provider} yet. First add it to the trusted email "
    "domains on the page of {provider}."
)


class AccessForm(forms.Form):
    """The three answers. `rule` and `provider` are what the chosen one would save."""

    answer = forms.ChoiceField(choices=[(name, name) for name in POLICIES])
    organisation = forms.CharField(required=False, max_length=400)

    def __init__(self, request: HttpRequest, provider: Provider, *args: Any) -> None:
        super().__init__(*args)
        self.request, self.provider = request, copy(provider)
        self.rule: AccessRule | None = None
        self.fields["organisation"].label = ORGANISATIONS.get(provider.kind, BY_DOMAIN)[1]

    def clean_organisation(self) -> str:
        """Make the rule, and refuse one that could let in nobody."""
        value: str = self.cleaned_data["organisation"]
        if self.cleaned_data.get("answer") != "organisation":
            return value
        if not self.request.user.has_perm("access_rules.add_accessrule"):
            raise ValidationError(NO_PERMISSION)
        if not value.strip():
            raise ValidationError(NO_ORGANISATION)
        kind = ORGANISATIONS.get(self.provider.kind, BY_DOMAIN)[0]
        rule = AccessRule(provider=self.provider, kind=kind, value=value)
        try:
            rule.full_clean()
        except ValidationError as error:
            raise ValidationError(error.messages) from None
        if kind is RuleKind.EMAIL_DOMAIN and not self.provider.may_vouch_for(rule.value):
            words = NOT_VOUCHED_FOR.format(provider=self.provider.name, domain=rule.value)
            raise ValidationError(words)
        self.rule = rule
        return value

    def clean(self) -> None:
        super().clean()
        if not self.errors:
            self.provider.who_may_sign_in = POLICIES[self.cleaned_data["answer"]]
            self.provider.access_decided = True
            refuse_lock_out(self.request, self.rules(), self.provider)

    def rules(self) -> list[AccessRule]:
        """Return all rules as they would be."""
        return [*AccessRule.objects.all(), *([self.rule] if self.rule else [])]

    def save(self) -> None:
        """Save and record the policy and the rule, while no sign-in can finish."""
        actor, rule = actor_of(self.request), self.rule
        with transaction.atomic():
            Provider.objects.lock()
            stored = Provider.objects.get(pk=self.provider.pk)
            before = snapshot(stored)
            stored.who_may_sign_in = self.provider.who_may_sign_in
            stored.access_decided = True
            stored.save()
            was, now = difference(before, snapshot(stored))
            record(Action.CHANGED, actor, Target.of(stored), before=was, after=now)
            if rule and not stored.access_rules.filter(kind=rule.kind, value=rule.value).exists():
                rule.save()
                columns = difference({}, snapshot(rule))[1]
                record(Action.ADDED, actor, Target.of(rule), after=columns)


def page(model_admin: ModelAdmin, request: HttpRequest, provider: Provider) -> HttpResponse:
    """Ask by GET, with the answer of the address chosen already; save by POST."""
    went_on = asking.go_on(request, provider)
    form = AccessForm(request, provider, request.POST if request.method == "POST" else None)
    if BUTTON not in request.POST and form.is_valid():
        form.save()
        outlook = forecast(form.provider, form.rules())
        words = _("Saved who may sign in with {provider}.")
        messages.success(request, words.format(provider=provider.name))
        if outlook.refused or outlook.unknown:
            messages.warning(request, outlook.words)
        return HttpResponseRedirect(reverse("admin:index"))
    if not went_on and is_only_unknown(chain(*form.errors.as_data().values())):
        return asking.ask(request, provider, form.rules())
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": _("Who may sign in with {provider}?").format(provider=provider.name),
        "provider": provider,
        "row": provider,
        "form": form,
        "chosen": form["answer"].value() or request.GET.get("answer", ""),
    }
    name = "admin/providers/provider/who_may_sign_in.html"
    return TemplateResponse(request, name, context)
