"""Help with a provider's form: choose a kind, register there, see whom a draft would refuse."""

from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

from access_rules.admin import AccessRuleFormSet
from access_rules.lock_out import BUTTON, forecast, is_only_unknown
from access_rules.models import AccessRule
from oauth_client.admin_pages import kind_choice
from oauth_client.admin_pages.form import AGAIN_CODE, is_secret
from oauth_client.admin_pages.kind_choice import OfferedKind, chosen
from providers import catalogue
from providers.form_checks import RESERVED_SLUGS, why_not_yet
from providers.marks import Mark
from providers.models import Provider

JUDGED = {"who_may_sign_in", "vouches_for"}  # fields that decide about people, beside the rules


def kind_of(request: HttpRequest, provider: Provider | None = None) -> catalogue.Kind | None:
    """Return the kind of the provider, or the one that was chosen for a new provider."""
    if provider:
        return catalogue.kinds().get(provider.kind)
    kind = catalogue.kinds().get(chosen(request))
    return kind if kind and not kind.not_yet else None


def choice(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show the kinds, or those that a search finds."""
    kind = catalogue.kinds().get(chosen(request))
    unknown = _("Unknown kind of provider.") if chosen(request) else ""
    problem = why_not_yet(kind) if kind else unknown
    return kind_choice.choice(model_admin, request, _found, _("Add provider"), problem)


def _found(search: str) -> dict[str, list[OfferedKind]]:
    return {
        title: [
            OfferedKind(each.id, each.name, Mark.of(each), why_not=_(each.not_yet))
            for each in kinds
        ]
        for title, kinds in catalogue.groups(search).items()
    }


def free_slug(kind: catalogue.Kind) -> str:
    """Return an unused slug for a provider of this kind."""
    name = slugify(kind.id.removesuffix("_oauth2"))
    taken = {*Provider.objects.values_list("slug", flat=True), *RESERVED_SLUGS}
    taken |= set(catalogue.kinds()) - {kind.id}
    numbered = (f"{name}-{number}" if number > 1 else name for number in range(1, len(taken) + 2))
    return next(slug for slug in numbered if slug not in taken)


def guide_for(kind: catalogue.Kind, provider: Provider, request: HttpRequest) -> dict[str, Any]:
    """Say how to register an application at a kind of provider, for one slug and address."""
    registration = kind.guide
    unlisted = f"{_(catalogue.UNLISTED)} {_(catalogue.UNLISTED_FIX)}"
    return {
        "kind": kind,
        "mark": Mark.of(kind),
        "console_url": kind.console_url(provider.base_url),
        "steps": [emphasised(_(step)) for step in registration.steps],
        "note": emphasised(_(registration.note)),
        "scopes": catalogue.reasons_for(tuple(provider.scope.split()) or kind.scope),
        "redirect_uri": provider.redirect_uri,
        # The script puts the slug that is typed in place of SLUG.
        "redirect_uri_pattern": Provider(slug="SLUG").redirect_uri,
        "base_url": settings.BASE_URL,
        "other_address": other_address(request),
        "unlisted": unlisted if provider.vouches_for_nothing else "",
    }


def emphasised(text: str) -> SafeString:
    """Return a step as HTML. Words between asterisks are names at the provider: make them bold."""
    parts = enumerate(text.split("*"))
    strong = "<strong>{}</strong>"
    marked = ((format_html(strong, part) if index % 2 else part,) for index, part in parts)
    return format_html_join("", "{}", marked)


def other_address(request: HttpRequest) -> str:
    """Return the origin that the browser seems to show, "" if it is BASE_URL.

    Of several proxies, the one nearest to the browser counts. Anybody can send these headers. Using
    them here is safe, because they only cause a warning.
    """
    scheme, host = (
        request.headers.get(f"X-Forwarded-{name}", "").partition(",")[0].strip().lower()
        for name in ("Proto", "Host")
    )
    scheme = scheme or urlsplit(settings.BASE_URL).scheme
    host = host or request.headers.get("Host", "").lower()
    default = {"http": ":80", "https": ":443"}.get(scheme, "")
    origin = f"{scheme}://{host.removesuffix(default)}"
    return "" if origin == settings.BASE_URL else origin


def unsaved(form: type[Any]) -> type[Any]:
    """Return the form as one that is validated and then shown again, never saved."""

    class Unsaved(form):  # type: ignore[misc]
        def is_valid(self) -> bool:
            super().is_valid()
            return False

    return Unsaved


def draft(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return what the page says about a draft, which is not saved; nothing if it has errors."""
    if BUTTON not in request.POST or context["errors"]:
        return {}
    form = context["adminform"].form
    formset = _rules_in(inline.formset for inline in context["inline_admin_formsets"])
    return {
        "what_if": forecast(form.instance, formset.all_rules()),
        "typed_secret": any(field.data for field in form if is_secret(field)),
        "may_see_people": request.user.has_perm("signet_sessions.view_user"),
    }


def rules_to_ask_about(response: HttpResponse) -> list[AccessRule]:
    """Return the rules of a refused form, if the provider could say that they are about the admin.

    Return none if anything else is wrong with the form as well.
    """
    context = getattr(response, "context_data", None) or {}
    if "inline_admin_formsets" not in context:
        return []
    formsets = [inline.formset for inline in context["inline_admin_formsets"]]
    formset = _rules_in(formsets)
    of_rows = chain.from_iterable(others.errors for others in formsets)
    errors = [context["adminform"].form.errors, *of_rows, {"": formset.non_form_errors()}]
    found = (each for lists in errors for texts in lists.values() for each in texts.as_data())
    said = (each for each in found if each.code != AGAIN_CODE)
    return formset.all_rules() if is_only_unknown(said) else []


def warn_of_refusals(request: HttpRequest, form: Any, formsets: Any) -> None:
    """Warn of people whom the changed rules would refuse."""
    formset = _rules_in(formsets)
    if JUDGED.intersection(form.changed_data) or formset.has_changed():
        outlook = forecast(form.instance, formset.all_rules())
        if outlook.refused or outlook.unknown:
            messages.warning(request, outlook.words)


def _rules_in(formsets: Any) -> AccessRuleFormSet:
    return next(formset for formset in formsets if isinstance(formset, AccessRuleFormSet))
