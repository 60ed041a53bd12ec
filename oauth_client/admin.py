"""The list of providers, and the page of each, with a guide beside the form."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access_rules.admin import AccessRuleInline
from accounts.admin_pages.audited import AuditedAdmin
from oauth_client import dry_run_page as dry_run
from oauth_client.admin_pages import catalogue_page, draft_page
from oauth_client.admin_pages.form import ListedForm, ProviderForm
from oauth_client.admin_pages.guide import guide, panels
from oauth_client.doctor import admin as doctor
from providers import catalogue
from providers.catalogue.entry import FIELD_PREFIX
from providers.models import Provider
from providers.next_secret import expiry_of

DRAFTED = ("kind", "scope", "base_url", "vouches_for")  # fields of a draft for the guide
SPACE = (
    "The secret has a space inside. If the provider refuses it, copy it again, from its first "
    "character to its last."
)


@admin.register(Provider)
class ProviderAdmin(AuditedAdmin):
    """The providers that visitors may sign in through."""

    form = ProviderForm
    inlines = (AccessRuleInline,)
    list_display = ("name", "slug", "kind_name", "secret", "enabled", "position")
    list_editable = ("enabled", "position")
    change_list_template = "admin/when_empty.html"
    when_empty = (
        "No provider yet: only admins with a password can sign in. To add one, you paste two "
        "values."
    )

    class Media:
        css = {"all": ["signet/providers.css"]}  # noqa: RUF012 - as Django documents it
        js = (forms.Script("signet/provider.js", defer=True),)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the kind first, then for what that kind needs."""
        kind = catalogue_page.chosen_kind(request)
        if kind is None:
            return catalogue_page.show(self, request)
        title = {"title": f"Add {kind.name}"}
        return super().add_view(request, form_url, title | (extra_context or {}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        """Fill in name and slug only: a link that fills in addresses could steal a secret."""
        kind = catalogue.kind(request.GET.get("kind", ""))
        return {"kind": kind.id, "name": kind.name, "slug": catalogue_page.free_slug(kind)}

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Show only what the kind needs."""
        kind = _kind_of(request, obj)
        if kind is None:
            return of_a_kind_that_is_gone()
        return for_changing(kind, obj) if obj else for_adding(kind)

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> list[str]:
        """Make slug and kind read-only, because people's identities depend on them."""
        return ["slug", "kind", "kind_name"] if obj else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the guide beside the form, and warnings about a stored provider above it."""
        stored: Provider | None = kwargs.get("obj")
        provider = stored or _draft(context["adminform"].form)
        kind = _kind_of(request, stored)
        context["guide"] = guide(kind, provider, request) if kind else None
        context["show_save_and_add_another"] = False
        if context["errors"]:
            context["adminform"].form.ask_for_secrets_again()
        if stored:
            context |= {"panels": panels(request, stored)} | draft_page.context_of(request, context)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if getattr(form, "has_a_space_inside", False):
            messages.warning(request, SPACE)
        if not doctor.UNCHECKED.issuperset(form.changed_data):
            doctor.check_after_saving(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return draft_page.unsaved(form) if draft_page.is_asked_for(request) else form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if formsets:  # of the page; the list has none
            draft_page.tell_after_saving(request, form, formsets)

    def get_urls(self) -> list[URLPattern]:
        return [*doctor.urls(self), *dry_run.urls(self), *super().get_urls()]

    def response_post_save_add(self, request: HttpRequest, obj: Provider) -> HttpResponseRedirect:
        """Show the page of the new provider: its redirect URI is final, and it can be tried."""
        if not self.has_view_or_change_permission(request, obj):
            return super().response_post_save_add(request, obj)
        return HttpResponseRedirect(reverse("admin:providers_provider_change", args=[obj.pk]))

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": ListedForm} | kwargs)

    @admin.display(description="kind", ordering="kind")
    def kind_name(self, provider: Provider) -> str:
        return provider.catalogued.name

    @admin.display(description="client secret", ordering="secret_expires_on")
    def secret(self, provider: Provider) -> str | SafeString:
        """Say when it expires; once that is near, in colour and in words."""
        expiring = expiry_of(provider)
        if expiring:
            state = "error" if expiring.has_expired else "warning"
            return format_html('<span class="expiry {}">{}</span>', state, expiring.words)
        if provider.secret_expires_on:
            return f"until {date_format(provider.secret_expires_on, 'j M Y')}"
        return ""

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        """Forbid it: `manage.py provider remove` asks what to do with the accounts."""
        return False


def _kind_of(request: HttpRequest, provider: Provider | None) -> catalogue.Kind | None:
    if provider is None:
        return catalogue_page.chosen_kind(request)
    return catalogue.kinds().get(provider.kind)


def _draft(form: ProviderForm) -> Provider:
    """Return the provider as it has been typed so far, with a slug that it could have."""
    typed = {name: form[name].value() or "" for name in DRAFTED if name in form.fields}
    draft = Provider(**typed)
    slug = Provider._meta.get_field("slug")  # noqa: SLF001 - documented by Django
    try:
        draft.slug = slug.clean(form["slug"].value(), draft)
    except ValidationError:
        draft.slug = catalogue_page.free_slug(catalogue.kind(form["kind"].value()))
    return draft


RARE = ("scope", "token_endpoint_auth_method", "allow_private_network", "position")
Fieldset = tuple[str | None, dict[str, Any]]


def for_adding(kind: catalogue.Kind) -> list[Fieldset]:
    """Show what must be pasted, then what is filled in already; fold the rest."""
    more = ["enabled", *_rare(kind)]
    if kind.takes_secret:
        more.insert(0, "secret_expires_on")
    return [
        (None, {"fields": ["kind", *_pasted(kind), "name", "slug"]}),
        *_access(kind),
        _folded("More", more),
    ]


def for_changing(kind: catalogue.Kind, provider: Provider) -> list[Fieldset]:
    """Show the same, with a place for the next secret."""
    parts: list[Fieldset] = [
        (None, {"fields": [*_pasted(kind), "name", "enabled"]}),
        *_access(kind),
    ]
    if kind.takes_secret:
        forget = ["forget_next"] if provider.sealed_next_client_secret else []
        rotation = ["next_client_secret", *forget, "secret_expires_on"]
        parts.append(_folded("When the secret changes or expires", rotation))
    return [*parts, _folded("More", ["slug", "kind_name", *_rare(kind)])]


def of_a_kind_that_is_gone() -> list[Fieldset]:
    """Show the fields of every provider, so that the row can be read."""
    fields = ["kind_name", "slug", "name", "client_id", "base_url", "enabled", *RARE]
    return [(None, {"fields": fields})]


def _pasted(kind: catalogue.Kind) -> list[str]:
    extra = [FIELD_PREFIX + key.name for key in kind.extra if not key.is_optional]
    secret = ["client_secret"] if kind.takes_secret else []
    return ["client_id", *extra, *secret, *(["base_url"] if kind.needs_base_url else [])]


def _rare(kind: catalogue.Kind) -> list[str]:
    """Return the fields that few need, such as an address of one's own server."""
    base_url = ["base_url"] if kind.takes_base_url and not kind.needs_base_url else []
    extra = [FIELD_PREFIX + key.name for key in kind.extra if key.is_optional]
    unused = () if kind.takes_secret else ("token_endpoint_auth_method",)
    return [*base_url, *extra, *(name for name in RARE if name not in unused)]


def _access(kind: catalogue.Kind) -> list[Fieldset]:
    """Show who may sign in. If the provider can vouch for addresses, show for which ones."""
    vouching = ["vouches_for"] if kind.verified_claim else []
    return [("Who may sign in", {"fields": ["who_may_sign_in", *vouching]})]


def _folded(title: str, fields: list[str]) -> Fieldset:
    return title, {"fields": fields, "classes": ["collapse"]}
