"""The list of apps, and the page of each, with what to paste in the app beside the form."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_pages.audited import AuditedAdmin
from oauth_client.admin_pages.form import ListedForm
from oauth_client.admin_pages.kind_choice import chosen
from oidc_provider import catalogue, living, setting_up
from oidc_provider.admin_pages import PANELS, TOOLS, URLS, guide, rotation, who_may_use
from oidc_provider.admin_pages.form import AppForm
from oidc_provider.first_key import make_first_key
from oidc_provider.models import App, Authentication
from sessions.recent_sign_in import asking
from web import cookies

FOUND = 302  # the status after a form that was saved
MORE = gettext_lazy("More")
RARE = (
    *("post_logout_redirect_uris", "is_of_team", "scopes", "claims_in_id_token", "pkce"),
    *("authentication", "jwks", "audiences"),
)
NOT_OF_PUBLIC = ("pkce",)  # an app without a secret has no choice


@admin.register(App)
class AppAdmin(AuditedAdmin):
    """The apps that people may sign in to."""

    form = AppForm
    list_display = ("name", "enabled", "who", "signed_in", "last_used", "kind_name", "slug")
    list_editable = ("enabled",)
    actions = None
    when_empty = gettext_lazy(
        "No apps yet. An app is something that your team signs in to, such as Grafana or "
        "Nextcloud. To add it, you need its address."
    )

    class Media:
        css = {  # noqa: RUF012 - as Django documents it
            "all": [f"signet/{name}.css" for name in ("providers", "narrow", "doctor", "apps")]
        }
        js = (forms.Script("signet/provider.js", defer=True),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[App]:
        return living.with_use(super().get_queryset(request))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the kind first, then for what that kind needs.

        The key for ID tokens is made after the transaction, because that takes long.
        """
        kind = catalogue.kind(chosen(request))
        if kind is None:
            return guide.choice(self, request)
        title = {"title": _("Add app: {kind}").format(kind=kind.shown_name)}
        response = super().add_view(request, form_url, title | (extra_context or {}))
        if request.method == "POST" and response.status_code == FOUND:
            make_first_key()  # it can be read, or nobody would be signed in here
        return response

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Show a new secret once."""
        response: Any = super().change_view(request, object_id, *args, **kwargs)
        about = getattr(response, "context_data", None) or {}
        if about.get("secret"):
            cookies.delete_cookie(response, cookies.JUST_MADE)
        return response

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        """Fill in what the kind knows. A link fills in nothing else: it could add an address."""
        kind = catalogue.kind(request.GET.get("kind", "")) or catalogue.ANY
        return {
            "kind": kind.id,
            "name": "" if kind.is_general else kind.name,
            "launch_url": kind.usual_address,
            "slug": "" if kind.is_general else setting_up.free_slug(kind.id),
            "label": setting_up.usual_name(),
            "scopes": kind.scopes_of_app,
            "pkce": kind.pkce,
            "authentication": Authentication.NONE if kind.public else Authentication.SECRET,
        }

    def get_fieldsets(self, request: HttpRequest, obj: App | None = None) -> Any:
        """Show what has to be entered, and fold what few people need."""
        if obj:
            first, more = ["name", "launch_url", "redirect_uris", "enabled"], ["slug", "kind_name"]
        else:
            kind = catalogue.kind(chosen(request)) or catalogue.ANY
            label = ["label"] if kind.takes_name else []
            uris = ["launch_url", *label, "redirect_uris"]
            if not kind.redirect_uri_templates:
                uris.reverse()  # the address follows from them
            first = ["kind", *uris, "name", "slug"]
            more = ["only_groups"]
        is_public = obj.is_public if obj else kind.public
        rare = [name for name in RARE if not (is_public and name in NOT_OF_PUBLIC)]
        folded = {"fields": [*more, *rare], "classes": ["collapse"]}
        return [(None, {"fields": first}), (MORE, folded)]

    def get_readonly_fields(self, request: HttpRequest, obj: App | None = None) -> list[str]:
        """Make slug and kind read-only: the app knows its client ID."""
        return ["slug", "kind", "kind_name"] if obj else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put beside the form what to paste, and what other modules know of the app."""
        stored: App | None = kwargs.get("obj")
        context["show_save_and_add_another"] = context["show_save_and_continue"] = False
        if stored:
            context["secret"] = secret = rotation.just_made(request, stored)
            context["guide"] = guide.guide_for(stored, request, secret)
            context["who"] = self.who(stored)
            context["panels"] = [panel(request, stored) for panel in PANELS]
            context["tools"] = [tool for tools in TOOLS for tool in tools(request, stored)]
        else:
            kind = catalogue.kind(chosen(request)) or catalogue.ANY
            draft = guide.drafted_as(kind, context["adminform"].form)
            context["guide"] = guide.guide_for(draft, request, "")
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: App, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and not obj.enabled and "enabled" in form.changed_data:
            living.end_all(obj)

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "secret": rotation.make,
            "use-next": rotation.use_next,
            "who-may-use": who_may_use.page,
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                asking(self, partial(page, self)),
                name=f"oidc_provider_app_{name.replace('-', '_')}",
            )
            for name, page in pages.items()
        ]
        added = [pattern for urls in URLS for pattern in urls(self)]
        return [*own, *added, *super().get_urls()]

    def response_post_save_add(self, request: HttpRequest, obj: App) -> HttpResponseRedirect:
        """Make the secret, and show the page of the app, which has it."""
        if not self.has_view_or_change_permission(request, obj):
            return super().response_post_save_add(request, obj)
        return rotation.made(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: App) -> HttpResponseRedirect:
        return HttpResponseRedirect(rotation.page_of(obj))

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": ListedForm} | kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """List nothing: the page says in words what ends."""
        return [], {}, set(), []

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_name(self, app: App) -> str:
        return app.catalogued.shown_name

    @admin.display(description=gettext_lazy("who may use it"), ordering="audience")
    def who(self, app: Any) -> SafeString:
        return who_may_use.in_words(app, app.named)

    @admin.display(description=gettext_lazy("signed in now"), ordering="signed_in")
    def signed_in(self, app: Any) -> int:
        return int(app.signed_in)

    @admin.display(description=gettext_lazy("last used"), ordering="last_used")
    def last_used(self, app: Any) -> Any:
        return app.last_used or _("Not lately")
