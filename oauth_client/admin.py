"""Step 1 in the admin: paste what the provider's developer console shows."""

from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from oauth_client import catalogue
from oauth_client.access_rules.admin import AccessRuleInline
from oauth_client.catalogue.extra import FIELD_PREFIX
from oauth_client.models import Provider

HELP = "Kept encrypted and never shown again."
KEEP = "Leave empty to keep the one that is stored."
# What is typed is remembered by no browser and sent to no spelling service.
UNHELPED = {"rows": 6, "autocomplete": "off", "spellcheck": "false"}


class SecretTextarea(forms.Textarea):
    """Takes several lines, and shows nothing of them again."""

    def format_value(self, value: object) -> str:
        return ""


def _kinds() -> list[tuple[str, str]]:
    return [(kind.id, kind.name) for kind in catalogue.addable_kinds()]


def _field(key: catalogue.ExtraKey) -> forms.CharField:
    text = key.help[0].upper() + key.help[1:]
    return forms.CharField(
        label=key.label,
        required=False,
        help_text=f"{text} {HELP}" if key.is_secret else text,
        widget=SecretTextarea(attrs=UNHELPED) if key.is_secret else forms.TextInput(),
    )


# The keys of all kinds, each as a field of the form.
KINDS_WITH_EXTRA = [kind for kind in catalogue.FIRST_CLASS if kind.extra]
EXTRA_FIELDS = {FIELD_PREFIX + key.name: key for kind in KINDS_WITH_EXTRA for key in kind.extra}
ExtraFields = type(
    "ExtraFields", (forms.Form,), {name: _field(key) for name, key in EXTRA_FIELDS.items()}
)


class WholeRowForm(forms.ModelForm):
    """A form with some of the fields of a row that is judged as a whole."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Show above all fields what is wrong with one that this form has not."""
        if not hasattr(error, "error_dict"):
            super().add_error(field, error)
            return
        for name, problems in error.error_dict.items():
            super().add_error(name if name in self.fields else None, problems)


class ProviderForm(ExtraFields, WholeRowForm):  # type: ignore[misc, valid-type]
    """A provider's fields. Secrets go in and never come out."""

    kind = forms.ChoiceField(choices=_kinds)
    client_secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=1000,
        help_text=HELP,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = Provider
        fields = (
            "kind",
            "slug",
            "name",
            "client_id",
            "client_secret",
            "token_endpoint_auth_method",
            "base_url",
            "scope",
            "allow_private_network",
            "who_may_sign_in",
            "enabled",
            "position",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = self.instance.destination
        if self.instance.sealed_client_secret and "client_secret" in self.fields:
            self.fields["client_secret"].help_text = f"{HELP} {KEEP}"
        for name, key in EXTRA_FIELDS.items():
            self._show_stored(name, key)

    def _show_stored(self, name: str, key: catalogue.ExtraKey) -> None:
        """Begin with what is stored; of a secret, say only that there is one."""
        value = self.instance.readable_extra.get(key.name, "")
        if key.is_secret and value:
            self.fields[name].help_text += f" {KEEP}"
        elif value:
            self.initial[name] = value

    def clean(self) -> dict[str, Any]:
        """Put the extra values together, and ask for the secret where it has to be entered."""
        cleaned = super().clean() or {}
        kind = catalogue.kinds().get(cleaned.get("kind") or self.instance.kind)
        self.instance.extra = self._extra(cleaned)
        problem = self._secret_problem(cleaned, kind) if kind else ""
        if problem:
            self.add_error("client_secret", problem)
        return cleaned

    def _extra(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """Return what was entered; an empty secret keeps the one that is stored."""
        stored = self.instance.readable_extra
        entered = {key.name: cleaned.get(name, "") for name, key in EXTRA_FIELDS.items()}
        kept = {
            key.name: stored.get(key.name, "") for key in EXTRA_FIELDS.values() if key.is_secret
        }
        return kept | {name: value for name, value in entered.items() if value}

    def _secret_problem(self, cleaned: dict[str, Any], kind: catalogue.Kind) -> str:
        """Say what is wrong with the secret: it goes to no new address without being entered."""
        is_new = self.instance._state.adding  # noqa: SLF001 - Django's documented way to ask
        if not kind.takes_secret:
            none = f"{kind.name} takes none; leave this empty."
            return none if cleaned.get("client_secret") else ""
        if cleaned.get("client_secret"):
            return ""
        if is_new:
            return "Please enter the secret."
        base_url = cleaned.get("base_url", self.instance.base_url)
        after = replace(self.instance.destination, kind=kind.id, base_url=base_url)
        return "" if after == self.before else "Enter the secret again for a new address."

    def save(self, commit: bool = True) -> Provider:
        if self.cleaned_data.get("client_secret"):
            self.instance.client_secret = self.cleaned_data["client_secret"]
        saved: Provider = super().save(commit)
        return saved


def _fieldset(kind: catalogue.Kind) -> tuple[str, dict[str, Any]]:
    """Return the part of the form that one kind alone needs."""
    secret = "" if kind.takes_secret else " Leave the client secret above empty."
    return (
        f"Only for {kind.name}",
        {
            "fields": [FIELD_PREFIX + key.name for key in kind.extra],
            "description": f"Fill this in when the kind above is {kind.name}.{secret}",
            "classes": ["collapse"],
        },
    )


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):
    """The providers that visitors may sign in through."""

    form = ProviderForm
    inlines = (AccessRuleInline,)
    list_display = ("name", "slug", "kind", "enabled", "position")
    list_editable = ("enabled", "position")

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Show what the kind needs; on the page that adds one, what any kind needs, by its name."""
        fields = ["redirect_uri", *ProviderForm.Meta.fields]
        if obj is None:
            return [(None, {"fields": fields}), *map(_fieldset, KINDS_WITH_EXTRA)]
        kind = catalogue.kinds().get(obj.kind)
        if kind is None:
            return [(None, {"fields": fields})]
        takes = {
            "client_secret": kind.takes_secret,
            "token_endpoint_auth_method": kind.takes_secret,
            "base_url": kind.takes_base_url,
        }
        fields = [name for name in fields if takes.get(name, True)]
        after = fields.index("client_id") + 1
        fields[after:after] = [FIELD_PREFIX + key.name for key in kind.extra]
        return [(None, {"fields": fields})]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": WholeRowForm} | kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> list[str]:
        """Fix slug and kind once they are part of somebody's identity."""
        return ["redirect_uri", "slug", "kind"] if obj else ["redirect_uri"]

    @admin.display(description="redirect URI")
    def redirect_uri(self, provider: Provider) -> str:
        """Show what has to be registered at the provider."""
        if provider._state.adding:  # noqa: SLF001 - Django's documented way to ask
            address = f"{settings.BASE_URL}/sign-in/<slug>/callback/"
            return format_html("<code>{}</code> with the slug that you enter below", address)
        return format_html("<code>{}</code>", provider.redirect_uri)

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        """Removing one decides over its accounts: `manage.py provider remove` asks about them."""
        return False
