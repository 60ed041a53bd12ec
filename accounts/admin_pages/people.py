"""People and their addresses in the admin, in place of pages of allauth that show secrets."""

from datetime import datetime
from functools import partial
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_pages import PAGES, PANELS, groups, merging, moving, people_search
from accounts.admin_pages.audited import AuditedAdmin, end_sessions
from accounts.admin_pages.yes_or_no import yes_or_no
from accounts.models import link_out
from accounts.proven_addresses import settle
from accounts.removal import one_after_another, remove_person
from accounts.vouching import may_vouch_now
from audit.admin import actor_of as actor_of_event
from audit.large_list import LargeListAdmin
from audit.models import Action, Target
from audit.reading import addresses_of, events_of
from audit.recording import Snapshot, difference, snapshot
from sessions.before_deletion import announce_deletion
from sessions.lifetime import alive, revoke_all
from sessions.models import Session, User
from sessions.recent_sign_in import Question, ask, asking, shown_again_after_sign_in
from sessions.session_request import actor_of
from sessions.spent_handles import SpentHandle
from web import cookies

SHOWN = 20  # sessions and events on a person's page
RIGHTS = ("is_active", "is_staff", "is_superuser")
OWN_RIGHTS = tuple(yes_or_no(User, name) for name in RIGHTS)  # nobody changes their own
admin.site.unregister([EmailAddress, SocialAccount, SocialApp, SocialToken, Group])


class GivenInline(admin.TabularInline):
    """Rows that come from sign-ins alone."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EmailAddressInline(GivenInline):
    model = EmailAddress
    fields = readonly_fields = (
        "email",
        yes_or_no(EmailAddress, "verified"),
        yes_or_no(EmailAddress, "primary"),
    )


class SocialAccountInline(GivenInline):
    model = SocialAccount
    fields = readonly_fields = ("provider", "id_there", "connected_on")
    verbose_name = gettext_lazy("connected account")
    verbose_name_plural = gettext_lazy("connected accounts")

    @admin.display(description=gettext_lazy("user ID at the provider"))
    def id_there(self, account: SocialAccount) -> str:
        return str(account.uid)

    @admin.display(description=gettext_lazy("connected on"))
    def connected_on(self, account: SocialAccount) -> str:
        return _shown(account.date_joined)


class PersonForm(forms.ModelForm):
    def clean_handle(self) -> str:
        """Refuse a handle that somebody else had: an app could take this person for them."""
        handle = str(self.cleaned_data["handle"])
        if SpentHandle.is_of_another(handle, self.instance):
            raise ValidationError(_("Somebody else had this handle. Choose another one."))
        return handle


@admin.register(User)
class UserAdmin(LargeListAdmin, AuditedAdmin):
    list_display = ("person", "email", *OWN_RIGHTS[:2], "last_sign_in")
    list_filter = ("is_active", "is_staff")
    search_fields = ("name",)
    search_help_text = gettext_lazy(
        "Search by name, handle, email address, sub, user ID at a provider, or reference"
    )
    ordering = ("-date_joined",)
    change_form_template = "admin/signet_sessions/user/change_form.html"
    form = PersonForm
    fields = ("id", "name", "handle", "email", "username", *RIGHTS, "date_joined", "last_sign_in")
    readonly_fields = ("id", "email", "username", "date_joined", "last_sign_in")
    inlines = (EmailAddressInline, SocialAccountInline)

    class Media:
        css = {"all": ["signet/narrow.css"]}  # noqa: RUF012 - as Django documents it

    def get_urls(self) -> list[URLPattern]:
        pages = {"suspend": self.suspend, "reinstate": self.reinstate, "end_sessions": self.end}
        pages |= {"move": partial(moving.move, self), "withdraw": partial(moving.withdraw, self)}
        pages |= {"groups": partial(groups.groups_of_person, self)}
        pages |= {name: partial(page, self) for name, page in PAGES.items()}
        views = {name: asking(self, page) for name, page in pages.items()}
        merge = partial(merging.merge_people, self)
        views["merge"] = asking(self, merge, recent=shown_again_after_sign_in)
        own = [
            path(f"<uuid:pk>/{name}/", view, name=f"signet_sessions_user_{name}")
            for name, view in views.items()
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("person"))
    def person(self, person: User) -> str:
        return person.display_name

    @admin.display(description=gettext_lazy("last sign-in"), ordering="last_login")
    def last_sign_in(self, person: User) -> str:
        return _shown(person.last_login) if person.last_login else _("Never")

    found = staticmethod(people_search.found)
    changelist_view = one_after_another(AuditedAdmin.changelist_view)
    delete_view = one_after_another(AuditedAdmin.delete_view)

    @one_after_another
    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().change_view(request, *args, **kwargs)
        except IntegrityError:  # somebody has signed up meanwhile
            messages.error(request, _("Somebody has just got this handle. Choose another one."))
            return HttpResponseRedirect(request.path)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show below the form the sessions, the panels of other rooms, and the last events."""
        person: User = kwargs["obj"]
        sessions = list(alive(person.sessions.all()).order_by("-refreshed_at")[:SHOWN])
        addresses = addresses_of(session.pk for session in sessions)
        context |= {
            "groups": groups.rows_of(person),
            "sessions": [(session, addresses.get(str(session.pk), "")) for session in sessions],
            "panels": [html for panel in PANELS if (html := panel(request, person.pk))],
            "events": [(event, actor_of_event(event)) for event in events_of(person.pk, SHOWN)],
            "link": link_out(person),
        }
        made = moving.new_link(request, person)
        if made:
            messages.success(request, made)  # in this page, so that no cookie keeps it
        response = super().render_change_form(request, context, *args, **kwargs)
        if made:
            cookies.delete_cookie(response, cookies.JUST_MADE)
        return response

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        shown = dict(zip(RIGHTS, OWN_RIGHTS, strict=True)) if _is_oneself(request, obj) else {}
        return tuple(shown.get(field, field) for field in self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        """Let no admin change their own rights. So an admin who changes rights stays an admin.

        By a handle, apps may know an admin of their own.
        """
        more = OWN_RIGHTS if _is_oneself(request, obj) else ()
        is_for_superusers = obj is not None and (obj.is_staff or obj.is_superuser)
        if is_for_superusers and not cast("User", request.user).is_superuser:
            more = ("handle", *more)
        return self.readonly_fields + more

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse to delete oneself here. `/account/data/` does that, except for the last admin."""
        return not _is_oneself(request, obj) and super().has_delete_permission(request, obj)

    @one_after_another
    def suspend(self, request: HttpRequest, person: User) -> HttpResponse:
        if person.pk == request.user.pk:
            messages.error(request, _("You can't suspend yourself. Ask another admin."))
            return HttpResponseRedirect(page_of(person))
        words = _(
            "{person} is signed out everywhere and can no longer sign in. No data is deleted. You "
            "can reinstate this person later."
        ).format(person=person)
        question = Question(_("Suspend person"), words, page_of(person), str(person))
        return ask(self, request, question, lambda: self._set_active(request, person, active=False))

    @one_after_another
    def reinstate(self, request: HttpRequest, person: User) -> HttpResponse:
        words = _("{person} can sign in again.").format(person=person)
        question = Question(
            _("Reinstate person"), words, page_of(person), str(person), is_harmless=True
        )
        return ask(self, request, question, lambda: self._set_active(request, person, active=True))

    def end(self, request: HttpRequest, person: User) -> HttpResponse:
        words = _(
            "{person} is signed out of all browsers, and scripts lose their access. This takes "
            "effect within a second."
        ).format(person=person)
        question = Question(_("Sign out everywhere"), words, page_of(person), str(person))
        sessions, target = person.sessions.all(), Target.of(person)
        return ask(self, request, question, lambda: end_sessions(request, sessions, target))

    def _set_active(self, request: HttpRequest, person: User, *, active: bool) -> str:
        """Change the row as it is now: another admin may have changed the rest of it."""
        person = get_object_or_404(User.objects.select_for_update(no_key=True), pk=person.pk)
        person.is_active = active
        self.save_model(request, person, None, change=True)
        words = _("Reinstated {person}.") if active else _("Suspended {person}.")
        return words.format(person=person)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form and "handle" in form.changed_data:
            SpentHandle.spend(form.initial["handle"], obj)
        if not obj.is_active:
            revoke_all(obj.sessions.all(), Session.End.SUSPENDED)

    def audit_action(self, now: Snapshot) -> Action:
        if "is_active" in now:
            return Action.REINSTATED if now["is_active"] else Action.SUSPENDED
        if "is_staff" in now or "is_superuser" in now:
            is_granted = now.get("is_staff") or now.get("is_superuser")
            return Action.ADMIN_GRANTED if is_granted else Action.ADMIN_TAKEN
        return Action.CHANGED

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save, and record the accounts and addresses that were removed.

        An address is removed too if no other account vouches for it.
        """
        person: User = form.instance
        # Lock the person, so that none of their sign-ins ends meanwhile.
        list(User.objects.select_for_update(no_key=True).filter(pk=person.pk))
        deleted = [each.instance.pk for each in formset.deleted_forms]
        is_about_accounts = formset.model is SocialAccount and deleted
        if is_about_accounts:
            announce_deletion(SocialAccount.objects.filter(user=person, pk__in=deleted))
        formset.save()
        gone = settle([person], may_vouch_now(), adds=False) if is_about_accounts else []
        for row in [*formset.deleted_objects, *gone]:
            if isinstance(row, SocialAccount):
                about = {"provider": row.provider, "uid": row.uid}
                revoke_all(person.sessions.filter(provider=row.provider), Session.End.REMOVED)
            else:
                about = {"email": row.email}
            self.record(request, Action.UNLINKED, person, before=about)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Delete, and end the sessions first: a JWT does not know that the row is gone."""
        was, _ = difference(snapshot(obj), {})
        remove_person(obj, actor_of(request), before=was)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Delete the selected people, once the sign-ins of this moment have ended."""
        with transaction.atomic():
            may_vouch_now(hold=True)  # the first lock of all who lock several people
            people = list(queryset.select_for_update().order_by("pk"))
            accounts = SocialAccount.objects.filter(user__in=people)
            announce_deletion(accounts)  # all at once: a provider that hangs is waited for once
            accounts.delete()
            revoke_all(Session.objects.filter(user__in=people), Session.End.REMOVED)
            for person in people:
                self.delete_model(request, person)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let people be removed with their sessions, which cannot be removed alone."""
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        return objects, counts, needed - {Session._meta.verbose_name}, protected  # noqa: SLF001

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Add nobody here. People sign in, and `createsuperuser` adds an admin with a password."""
        return False


def _is_oneself(request: HttpRequest, person: User | None) -> bool:
    return person is not None and person.pk == request.user.pk


def _shown(at: datetime) -> str:
    """Return a time as Django shows a field, which it does not do for a method."""
    return str(localize(localtime(at)))


def page_of(person: User) -> str:
    return reverse("admin:signet_sessions_user_change", args=[person.pk])
