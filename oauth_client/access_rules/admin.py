"""The rules in the admin: on the page of their provider, and all of them in one list."""

from typing import Any

from django import forms
from django.contrib import admin

import accounts
from oauth_client.access_rules.models import AccessRule, check_budget

FIELDS = ("kind", "value", "groups", "position")


class AccessRuleFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The rules of one provider, saved together and so judged together."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form.instance for form in self.forms if self._is_kept(form)]
        elsewhere = AccessRule.objects.exclude(provider=self.instance.pk)
        check_budget([*elsewhere, *kept])

    def _is_kept(self, form: Any) -> bool:
        return bool(form.instance.value) and form not in self.deleted_forms


class AccessRuleInline(admin.TabularInline):  # type: ignore[type-arg]
    model = AccessRule
    formset = AccessRuleFormSet
    fields = FIELDS
    extra = 0


@admin.register(AccessRule)
class AccessRuleAdmin(accounts.AuditedAdmin):
    """Every rule, also those for all providers."""

    list_display = ("__str__", "provider", "groups", "position")
    list_filter = ("provider", "kind")
    search_fields = ("value", "groups")
    fields = ("provider", *FIELDS)
