"""Step 1 in the admin: paste what the provider's developer console shows."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from oauth_client import catalogue
from oauth_client.models import Provider

HELP = "Kept encrypted and never shown again."
KEEP = "Leave empty to keep the one that is stored."


def _kinds() -> list[tuple[str, str]]:
    return [(kind.id, kind.name) for kind in catalogue.addable_kinds()]


class ProviderForm(forms.ModelForm):
    """A provider's fields. The secret goes in and never comes out."""

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
            "enabled",
            "position",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.sealed_client_secret and "client_secret" in self.fields:
            self.fields["client_secret"].help_text = f"{HELP} {KEEP}"

    def clean(self) -> dict[str, Any]:
        """Ask for the secret again when it would be sent to another address."""
        cleaned = super().clean() or {}
        is_new = self.instance._state.adding  # noqa: SLF001 - Django's documented way to ask
        if not cleaned.get("client_secret") and (is_new or "base_url" in self.changed_data):
            why = (
                "Please enter the secret."
                if is_new
                else "Enter the secret again for a new address."
            )
            self.add_error("client_secret", why)
        return cleaned

    def save(self, commit: bool = True) -> Provider:
        if self.cleaned_data.get("client_secret"):
            self.instance.client_secret = self.cleaned_data["client_secret"]
        saved: Provider = super().save(commit)
        return saved


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):
    """The providers that visitors may sign in through."""

    form = ProviderForm
    list_display = ("name", "slug", "kind", "enabled", "position")
    list_editable = ("enabled", "position")
    fields = ("redirect_uri", *ProviderForm.Meta.fields)

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
