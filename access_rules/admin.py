"""The rules in the admin: on the page of their provider, and all of them in one list."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access_rules import lock_out
from access_rules.decision import BY_ADDRESS
from access_rules.lock_out import refuse_lock_out
from access_rules.models import AccessRule
from access_rules.room_for_groups import check_budget
from accounts.admin_pages.audited import AuditedAdmin
from providers.models import Provider

TRUSTED_PROVIDERS = gettext_lazy("Providers trusted for this domain")
FIELDS = ("kind", "value", "groups", "position")


class AccessRuleFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    request: HttpRequest

    def add_fields(self, form: Any, index: int | None) -> None:
        """Label each field, because screen readers do not read the heading of a column."""
        super().add_fields(form, index)
        for field in form.fields.values():
            if not field.widget.is_hidden:
                field.widget.attrs["aria-label"] = field.label

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rules = self.all_rules()
        check_budget(rules)
        if lock_out.BUTTON not in self.request.POST:
            refuse_lock_out(self.request, rules, self.instance)

    def all_rules(self) -> list[AccessRule]:
        """Return all rules as they would be: these, and those of other providers."""
        remaining = [form.instance for form in self.forms if form not in self.deleted_forms]
        kept = [rule for rule in remaining if rule.value]
        return [*AccessRule.objects.exclude(provider=self.instance.pk), *kept]


class AccessRuleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AccessRule
    formset = AccessRuleFormSet
    fields = FIELDS
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show the rules to everybody who sees the provider: they decide who may sign in."""
        return True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.request = request  # a class made for this request
        return formset


class AccessRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    request: HttpRequest

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        draft = AccessRule(pk=self.instance.pk, **cleaned)
        try:
            draft.clean()
        except ValidationError:  # the form itself shows later what is wrong with the rule
            return cleaned
        if not self.errors:
            refuse_lock_out(self.request, with_others(draft))
        return cleaned


def with_others(draft: AccessRule) -> list[AccessRule]:
    """Return all rules as they would be: this one, and the others."""
    return [*AccessRule.objects.exclude(pk=draft.pk), draft]


def vouchers_of(rule: AccessRule, enabled: Iterable[Provider]) -> str:
    """Name the enabled providers through which a rule on an address can let somebody in."""
    domain = rule.value.rpartition("@")[2]
    if rule.kind not in BY_ADDRESS:
        return ""
    applying = [provider for provider in enabled if rule.applies_to(provider.pk)]
    names = [provider.name for provider in applying if provider.may_vouch_for(domain)]
    nobody = _("None: no enabled provider is trusted for {domain}").format(domain=domain)
    return ", ".join(names) or nobody


class AccessRuleAdmin(AuditedAdmin):
    """The list of all rules. `oauth_client` registers it, and lets a provider be asked."""

    list_display = ("__str__", "provider", "groups", "position")
    list_filter = ("provider", "kind")
    search_fields = ("value", "groups")
    fields = ("provider", *FIELDS, "vouched_for_by", "organisation", "warnings")
    readonly_fields = ("vouched_for_by", "organisation", "warnings")
    form = AccessRuleForm
    change_list_template = "admin/when_empty.html"
    when_empty = gettext_lazy(
        "No rules yet. A rule decides who may sign in with a provider, or adds people to groups. "
        "The page of each provider shows its own rules."
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        """Add who may vouch. One query finds the providers for all rules in the list."""
        enabled = Provider.objects.filter(enabled=True)  # lazy: the query runs at its first use

        @admin.display(description=TRUSTED_PROVIDERS)
        def vouched_for_by(rule: AccessRule) -> str:
            return vouchers_of(rule, enabled)

        return [*super().get_list_display(request), vouched_for_by, "warnings"]

    @admin.display(description=TRUSTED_PROVIDERS)
    def vouched_for_by(self, rule: AccessRule) -> str:
        return vouchers_of(rule, Provider.objects.filter(enabled=True))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.request = request  # a class made for this request
        return form

    def save_model(self, request: HttpRequest, obj: AccessRule, form: Any, change: bool) -> None:
        """Save once no sign-in is about to end by the old rules."""
        Provider.objects.lock()
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: AccessRule) -> None:
        Provider.objects.lock()
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AccessRule]) -> None:
        with transaction.atomic():
            Provider.objects.lock()
            super().delete_queryset(request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Protect the rules without which the admin would be locked out."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        others = AccessRule.objects.exclude(pk__in=[rule.pk for rule in objs])
        try:
            refuse_lock_out(request, others)
        except ValidationError as error:
            protected = [*protected, *error.messages]
        return found, counts, lacking, protected
