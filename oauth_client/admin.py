"""The list of providers, and the page of each, with a guide beside the form; the list of rules."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access_rules.admin import AccessRuleInline
from access_rules.lock_out import BUTTON
from access_rules.models import AccessRule
from accounts.admin_pages.audited import AuditedAdmin
from attempts.panels import failures_panel
from oauth_client import dry_run_page as dry_run
from oauth_client.admin_pages import asking, guide, who_may_sign_in
from oauth_client.admin_pages.form import SECRETS, ListedForm, ProviderForm
from oauth_client.admin_pages.kind_choice import chosen
from oauth_client.admin_pages.rules import AskingRuleAdmin
from oauth_client.doctor import admin as doctor
from oauth_client.doctor.findings import last_report
from providers import catalogue
from providers.catalogue.entry import FIELD_PREFIX
from providers.models import Provider
from providers.next_secret import expiry_of
from sessions.recent_sign_in import asking as confirming

admin.site.register(AccessRule, AskingRuleAdmin)
RARE = ("scope", "token_endpoint_auth_method", "allow_private_network", "position")
ROTATION = gettext_lazy("Client secret rotation")
MORE = gettext_lazy("More")
OF_A_SECRET = {
    *("client_secret", "next_client_secret", "forget_next", "secret_expires_on"),
    "token_endpoint_auth_method",
}
DRAFTED = ("kind", "scope", "base_url", "vouches_for")  # fields of a draft for the guide
SPACE = gettext_lazy(
    "The client secret contains a space. If the provider rejects it, copy it again, in full."
)


@admin.register(Provider)
class ProviderAdmin(AuditedAdmin):
    """The providers that visitors may sign in through."""

    form = ProviderForm
    inlines = (AccessRuleInline,)
    list_display = ("name", "slug", "kind_name", "secret", "enabled", "position")
    list_editable = ("enabled", "position")
    change_list_template = "admin/when_empty.html"
    when_empty = gettext_lazy(
        "No providers yet, so only admins with a password can sign in. To add a provider, you need "
        "a client ID and a client secret from it."
    )

    class Media:
        css = {"all": ["signet/providers.css", "signet/doctor.css"]}  # noqa: RUF012 - as Django documents it
        js = (forms.Script("signet/provider.js", defer=True),)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the kind first, then for what that kind needs."""
        kind = guide.kind_of(request)
        if kind is None:
            return guide.choice(self, request)
        title = {"title": _("Add {kind}").format(kind=kind.name)}
        return super().add_view(request, form_url, title | (extra_context or {}))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Go on with a form that waited; ask the provider what only it knows about the admin."""
        provider = self.get_object(request, unquote(object_id))
        went_on = provider is not None and asking.go_on(request, provider)
        response = super().change_view(request, object_id, *args, **kwargs)
        if provider is None or went_on or request.method != "POST":
            return response
        rules = guide.rules_to_ask_about(response)
        return asking.ask(request, provider, rules) if rules else response

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        """Fill in name and slug only: a link that fills in addresses could steal a secret."""
        kind = catalogue.kind(request.GET.get("kind", ""))
        return {"kind": kind.id, "name": kind.name, "slug": guide.free_slug(kind)}

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        """Show only what the kind needs. If the kind is gone, show what every provider has."""
        kind = guide.kind_of(request, obj)
        if kind is None:
            gone = ["kind_name", "slug", "name", "client_id", "base_url", "enabled", *RARE]
            return [(None, {"fields": gone})]
        return _fieldsets(kind, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> list[str]:
        """Make slug and kind read-only, because people's identities depend on them."""
        return ["slug", "kind", "kind_name"] if obj else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the guide beside the form, and warnings about a stored provider above it."""
        stored: Provider | None = kwargs.get("obj")
        kind = guide.kind_of(request, stored)
        provider = stored or _draft(context["adminform"].form, chosen(request))
        context["guide"] = guide.guide_for(kind, provider, request) if kind else None
        context["show_save_and_add_another"] = context["show_save_and_continue"] = False
        if context["errors"]:
            context["adminform"].form.ask_for_secrets_again()
        if stored:
            may_change = self.has_change_permission(request, stored)
            context["tools"] = [doctor.tool(stored), dry_run.tool(stored)] if may_change else []
            context["report"] = last_report(stored)
            context["expiring"] = expiry_of(stored)
            context["warned_rules"] = [each for each in stored.access_rules.all() if each.warnings]
            context["failures_panel"] = failures_panel(request, stored)
            context |= guide.draft(request, context)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        if "who_may_sign_in" in form.changed_data:
            obj.access_decided = True
        super().save_model(request, obj, form, change)
        if any(" " in form.cleaned_data.get(name, "") for name in SECRETS):
            messages.warning(request, SPACE)
        if not doctor.UNCHECKED.issuperset(form.changed_data):
            doctor.check_after_saving(obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return guide.unsaved(form) if BUTTON in request.POST else form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if formsets:  # of the page; the list has none
            guide.warn_of_refusals(request, form, formsets)

    def get_urls(self) -> list[URLPattern]:
        access = path(
            "<uuid:pk>/who-may-sign-in/",
            confirming(self, partial(who_may_sign_in.page, self)),
            name="providers_provider_access",
        )
        return [*doctor.urls(self), *dry_run.urls(self), access, *super().get_urls()]

    def response_post_save_add(self, request: HttpRequest, obj: Provider) -> HttpResponseRedirect:
        """Show the page of the provider: it says what the check has found, and leads to a trial."""
        if not self.has_view_or_change_permission(request, obj):
            return super().response_post_save_add(request, obj)
        return HttpResponseRedirect(reverse("admin:providers_provider_change", args=[obj.pk]))

    response_post_save_change = response_post_save_add

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": ListedForm} | kwargs)

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_name(self, provider: Provider) -> str:
        return provider.catalogued.name

    @admin.display(description=gettext_lazy("client secret"), ordering="secret_expires_on")
    def secret(self, provider: Provider) -> str | SafeString:
        """Say when it expires; once that is near, in colour and in words."""
        expiring = expiry_of(provider)
        if expiring:
            state = "error" if expiring.has_expired else "warning"
            return format_html('<span class="expiry {}">{}</span>', state, expiring.words)
        if provider.secret_expires_on:
            day = date_format(provider.secret_expires_on, _("j M Y"))
            return _("Expires on {day}").format(day=day)
        return ""

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        """Forbid it: `manage.py provider remove` asks what to do with the accounts."""
        return False


def _fieldsets(kind: catalogue.Kind, provider: Provider | None) -> list[Any]:
    """Return what must be pasted, then what is filled in already. Fold what few people need."""
    required = [FIELD_PREFIX + key.name for key in kind.extra if not key.is_optional]
    optional = [FIELD_PREFIX + key.name for key in kind.extra if key.is_optional]
    needed, own = (["base_url"], []) if kind.needs_base_url else ([], ["base_url"])
    pasted = ["client_id", *required, "client_secret", *needed, "name"]
    rare = [*own, *optional, *RARE]
    access = (_("Who may sign in"), ["who_may_sign_in", "vouches_for"])
    if provider:
        rotation = (ROTATION, ["next_client_secret", "forget_next", "secret_expires_on"])
        more = (MORE, ["slug", "kind_name", *rare])
        parts = [(None, [*pasted, "enabled"]), access, rotation, more]
    else:
        more = (MORE, ["secret_expires_on", "enabled", *rare])
        parts = [(None, ["kind", *pasted, "slug"]), access, more]
    has_next = kind.takes_secret and bool(provider and provider.sealed_next_client_secret)
    offered = dict.fromkeys(OF_A_SECRET, kind.takes_secret) | {
        "base_url": kind.takes_base_url,
        "vouches_for": bool(kind.verified_claim),
        "forget_next": has_next,
    }
    return [
        (title, {"fields": shown, "classes": ["collapse"] if title in (ROTATION, MORE) else []})
        for title, fields in parts
        if (shown := [name for name in fields if offered.get(name, True)])
    ]


def _draft(form: ProviderForm, kind: str) -> Provider:
    """Return the provider as it has been typed so far, with a slug that it could have."""
    typed = {name: form[name].value() or "" for name in DRAFTED if name in form.fields}
    draft = Provider(**typed | {"kind": kind})
    slug = Provider._meta.get_field("slug")  # noqa: SLF001 - documented by Django
    try:
        draft.slug = slug.clean(form["slug"].value(), draft)
    except ValidationError:
        draft.slug = guide.free_slug(catalogue.kind(kind))
    return draft
