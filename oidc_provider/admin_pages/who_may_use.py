"""Who may use an app: everybody, or members of groups and people by name."""

import hashlib
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin_pages import people_search
from accounts.admin_pages.groups import known_groups
from audit.models import Action, Target
from audit.recording import difference, record, snapshot
from audit.seeing_people import may_see_people
from oidc_provider.admin_pages.form import WordsField
from oidc_provider.admin_pages.rotation import locked, page_of
from oidc_provider.form_checks import refuse_too_many
from oidc_provider.lock_out import Admitted, Forecast, forecast
from oidc_provider.models import App, Audience
from sessions.groups import FORM, GROUP
from sessions.models import User
from sessions.session_request import actor_of

MOST_PEOPLE = 200  # by name
FOUND = 20  # people that a search shows
FIND = "_find"  # the button of the search
TOO_MANY = gettext_lazy("An app can name at most {number} people. Use a group for more.")
NOBODY = gettext_lazy("Choose at least one group or person.")
NOT_ONLY = gettext_lazy(
    "You have added groups or people, but everyone may use the app. Choose “Only the groups and "
    "people below”, or take them out again."
)


class AudienceForm(forms.Form):
    """The answer. People who were found are offered beside those who are chosen."""

    audience = forms.ChoiceField(choices=Audience.choices, widget=forms.RadioSelect)
    groups = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    other_groups = WordsField(label=gettext_lazy("Other groups, separated by spaces"))
    people = forms.ModelMultipleChoiceField(User.objects.all(), required=False)
    term = forms.CharField(required=False, max_length=200)
    confirmed = forms.CharField(required=False)

    def __init__(self, app: App, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = app
        names = sorted({*known_groups(), *app.groups})
        cast("Any", self.fields["groups"]).choices = [(name, name) for name in names]

    def clean_other_groups(self) -> list[str]:
        names: list[str] = self.cleaned_data["other_groups"]
        if not all(map(GROUP.fullmatch, names)):
            raise ValidationError(str(FORM))
        return names

    def clean_people(self) -> QuerySet[User]:
        people: QuerySet[User] = self.cleaned_data["people"]
        if len(people) > MOST_PEOPLE:
            raise ValidationError(TOO_MANY.format(number=MOST_PEOPLE))
        return people

    def clean(self) -> None:
        super().clean()
        if self.errors:
            return
        wanted, named = self.wanted, {person.pk for person in self.app.people.all()}
        if wanted.audience == Audience.CHOSEN and not (wanted.groups or wanted.people):
            raise ValidationError(str(NOBODY))
        refuse_too_many(wanted.groups)
        is_more = {*wanted.groups} - {*self.app.groups} or {*wanted.people} - named
        if wanted.audience == Audience.EVERYBODY and is_more and FIND not in self.data:
            raise ValidationError(str(NOT_ONLY))

    @property
    def wanted(self) -> Admitted:
        """Return what a valid form says."""
        groups = {*self.cleaned_data["groups"], *self.cleaned_data["other_groups"]}
        people = frozenset(person.pk for person in self.cleaned_data["people"])
        return Admitted(Audience(self.cleaned_data["audience"]), sorted(groups), people)


def page(model_admin: Any, request: HttpRequest, app: App) -> HttpResponse:
    """Ask by GET. POST finds people, or saves; it asks again if somebody would be refused."""
    if not may_see_people(request):  # it names people
        raise PermissionDenied
    form = AudienceForm(app, request.POST if request.method == "POST" else None, initial=_now(app))
    outlook, is_finding = None, FIND in request.POST
    if form.is_valid() and not is_finding:
        outlook = forecast(app, form.wanted, cast("User", request.user))
        if not outlook.refused or form.cleaned_data["confirmed"] == _digest_of(outlook):
            _save(request, app, form.wanted)
            messages.success(request, _saved(app, outlook))
            return HttpResponseRedirect(page_of(app))
    context = (
        model_admin.admin_site.each_context(request)
        | _people(form, app)
        | {
            "opts": model_admin.opts,
            "title": _("Who may use {app}?").format(app=app.name),
            "app": app,
            "row": app,
            "form": form,
            "outlook": outlook,
            "confirmed": _digest_of(outlook) if outlook else "",
            "errors": {} if is_finding else form.errors,
        }
    )
    return TemplateResponse(request, "admin/oidc_provider/app/who_may_use.html", context)


def in_words(app: App, number: int) -> SafeString:
    """Return who may use an app that names a number of people, as HTML."""
    if app.audience == Audience.EVERYBODY:
        return format_html("{}", Audience.EVERYBODY.label)
    people = ngettext("{number} person by name", "{number} people by name", number)
    parts = [format_html('<bdi translate="no">{}</bdi>', name) for name in app.groups]
    parts += [format_html("{}", people.format(number=number))] if number else []
    return format_html_join(", ", "{}", ((part,) for part in parts)) or format_html(
        "{}", _("Nobody")
    )


def _now(app: App) -> dict[str, Any]:
    return {"audience": app.audience, "groups": app.groups, "people": app.people.all()}


def _people(form: AudienceForm, app: App) -> dict[str, Any]:
    """Return who is ticked, and who else a search has found."""
    if form.is_bound:
        chosen = [*form.cleaned_data.get("people", User.objects.none())]
        term = form.cleaned_data.get("term", "").strip()
    else:
        chosen, term = [*app.people.order_by("name", "pk")], ""
    others = User.objects.exclude(pk__in=[person.pk for person in chosen]).order_by("name", "pk")
    found = [*people_search.found(others, term)[: FOUND + 1]] if term else []
    return {"chosen": chosen, "term": term, "found": found[:FOUND], "has_more": len(found) > FOUND}


def _digest_of(outlook: Forecast) -> str:
    """Return a digest of the people who were shown: a confirmation is for them, and no others."""
    ids = sorted(str(person.pk) for person in outlook.refused)
    return hashlib.sha256(" ".join(ids).encode()).hexdigest()


def _save(request: HttpRequest, app: App, wanted: Admitted) -> None:
    """Save and record who may use the app."""
    with transaction.atomic():
        app = locked(app)
        before = _all_of(app)
        app.audience, app.groups = wanted.audience, [*wanted.groups]
        app.save(update_fields=["audience", "groups"])
        app.people.set(User.objects.filter(pk__in=wanted.people))
        was, now = difference(before, _all_of(app))
        if was or now:
            record(Action.CHANGED, actor_of(request), Target.of(app), before=was, after=now)


def _all_of(app: App) -> dict[str, Any]:
    people = [person.audit_label for person in app.people.order_by("name", "pk")]
    return {**snapshot(app), "people": people}


def _saved(app: App, outlook: Forecast) -> str:
    number = len(outlook.refused)
    if not number:
        return _("Saved who may use {app}.").format(app=app.name)
    words = ngettext(
        "Saved who may use {app}. {number} person can no longer use it.",
        "Saved who may use {app}. {number} people can no longer use it.",
        number,
    )
    return words.format(app=app.name, number=number)
