"""Whose site is it? The one row of `web.models.Site`, in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin_pages.audited import AuditedAdmin
from web.models import ONLY, Site, site_row
from web.site_files import URL
from web.whose_site import MARK_SIZE

CHANGE = "admin:web_site_change"


class SiteForm(forms.ModelForm):  # type: ignore[type-arg] # Django's takes none
    """The fields of the row, and a file for the logo."""

    picture = forms.FileField(
        label=_("New logo"),
        required=False,
        help_text=_(
            "PNG, JPEG, WebP or SVG, at most 48 KiB. It is shown 32 pixels high, on white and on"
            " black."
        ),
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp,.svg"}),
    )
    without_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Site
        fields = ("name", "accent", "support", "terms", "privacy")

    def clean_picture(self) -> Any:
        """Take the picture. Raises `ValidationError`."""
        picture = self.cleaned_data["picture"]
        if picture:
            self.instance.set_logo(picture.read())
        return picture

    def clean_without_logo(self) -> bool:
        """Remove the logo, unless a new one has come."""
        removes = bool(self.cleaned_data["without_logo"])
        if removes and self.cleaned_data.get("picture"):
            raise ValidationError(_("Choose a new logo or remove the old one, not both."))
        if removes:
            self.instance.set_logo(b"")
        return removes


@admin.register(Site)
class SiteAdmin(AuditedAdmin):
    """One page without a list: there is one site."""

    form = SiteForm
    readonly_fields = ("logo_now",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        of_logo = ["logo_now", "picture", "without_logo"] if obj.logo_name else ["picture"]
        return ["name", *of_logo, "accent", "support", "terms", "privacy"]

    @admin.display(description=_("Logo"))
    def logo_now(self, site: Site) -> str:
        address = URL + site.logo_name
        return format_html(
            '<img src="{}" alt="" width="{}" height="{}">', address, site.mark_width, MARK_SIZE
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return the row, also before it is saved for the first time."""
        return site_row() if object_id == str(ONLY) else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect(CHANGE, ONLY)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        extra = {"title": _("Name and look"), "subtitle": None, "show_save_and_continue": False}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))
