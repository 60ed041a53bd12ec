"""Admin pages whose changes are in the audit log, and need a recent sign-in."""

from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import recording
from audit.large_list import NamedListAdmin
from audit.models import Action, Target
from audit.recording import Snapshot, difference, snapshot
from sessions.lifetime import revoke_all
from sessions.models import Session
from sessions.recent_sign_in import RecentSignInAdmin
from sessions.session_request import actor_of


def end_sessions(request: HttpRequest, sessions: QuerySet[Session], target: Target) -> str:
    """End these sessions for an admin, record that, and return a message with their number."""
    ended = revoke_all(sessions, Session.End.ENDED_BY_ADMIN)
    recording.record(Action.SESSIONS_ENDED, actor_of(request), target, after={"sessions": ended})
    words = ngettext("Ended {number} session.", "Ended {number} sessions.", ended)
    return words.format(number=ended)


class AuditedAdmin(NamedListAdmin, RecentSignInAdmin):
    """Records what is added, changed and removed. Derive from it for any model.

    Each event is saved in the transaction of the change, which fails if it cannot be recorded.
    """

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        stored = self.model.objects.filter(pk=obj.pk).first() if change else None
        before = snapshot(stored) if stored else {}
        super().save_model(request, obj, form, change)
        was, now = difference(before, snapshot(obj))
        if was or now:
            action = self.audit_action(now) if change else Action.ADDED
            self.record(request, action, obj, before=was, after=now)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        keys = [old.instance.pk for old in formset.initial_forms]
        stored = formset.model.objects.in_bulk(keys)
        for old in formset.deleted_forms:
            self._record_removal(request, stored[old.instance.pk])
        before = {pk: snapshot(row) for pk, row in stored.items()}
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects + [row for row, _fields in formset.changed_objects]:
            was, now = difference(before.get(row.pk, {}), snapshot(row))
            action = Action.CHANGED if row.pk in before else Action.ADDED
            self.record(request, action, row, before=was, after=now)

    def audit_action(self, now: Snapshot) -> Action:
        """Return the action of a change. `now` has the columns that have changed."""
        return Action.CHANGED

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        """Say in the title what is deleted. Django's says it only if that cannot be."""
        if not (context["protected"] or context["perms_lacking"]):
            context["title"] = _("Delete {name}?").format(name=context["object"])
        return super().render_delete_form(request, context)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record_removal(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self._record_removal(request, row)
            super().delete_queryset(request, queryset)

    def record(self, request: HttpRequest, action: Action, row: models.Model, **about: Any) -> None:
        recording.record(action, actor_of(request), Target.of(row), **about)

    def _record_removal(self, request: HttpRequest, row: models.Model) -> None:
        before = difference(snapshot(row), {})[0]
        self.record(request, Action.REMOVED, row, before=before)
