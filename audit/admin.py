"""The log in the admin: it is read, searched and exported, and never changed."""

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from audit.large_list import LargeListAdmin, ReadOnlyAdmin
from audit.models import COMMAND_LINE, ITSELF, AuditEvent

LIST = "admin:audit_auditevent_changelist"
TARGET_LENGTH = 60  # characters; a KID has 43
MOST_PEOPLE = 100  # whose events are looked for at once
# A spreadsheet reads a cell that begins with one of these as a formula. The full-width and small
# forms count too (owasp.org/www-community/attacks/CSV_Injection). U+2212 is the mathematical minus.
FORMULA = ("=", "+", "-", "@", "\u2212")
CONTROLS = ("\t", "\r", "\n")
# In countries that write 1,5 for a number, spreadsheets split CSV at semicolons.
OTHER_SEPARATORS = re.compile("([;\t\r\n])")
COLUMNS = [column.name for column in AuditEvent._meta.concrete_fields]  # noqa: SLF001
CHUNK = 2000  # rows of one query
# Codes in the log that are not the name of a model
TYPES = (gettext_noop("account"), gettext_noop("everybody"))
PROGRAMS = {
    COMMAND_LINE.label: gettext_lazy("Command line"),
    ITSELF.label: gettext_lazy("Signet (automatic)"),
}


def csv_lines(events: Any) -> Iterator[str]:
    """Yield a head line and a line for each event (RFC 4180)."""
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for event in _rows(events):
        yield writer.writerow([_cell(value) for value in event.values()])


def json_lines(events: Any) -> Iterator[str]:
    """Yield one JSON object for each event."""
    for event in _rows(events):
        yield json.dumps(event, ensure_ascii=False) + "\n"


class Echo:
    """A file whose `write` returns the line, so that `writerow` returns it too."""

    def write(self, line: str) -> str:
        return line


def _rows(events: Any) -> Iterator[dict[str, Any]]:
    """Yield the events in chunks. An index finds the start of the next chunk.

    With a cursor, PostgreSQL would find all of a million events before it returned the first.
    """
    events = events.order_by("-at", "-pk").values(*COLUMNS)
    rows = list(events[:CHUNK])
    while rows:
        yield from (row | {"at": row["at"].isoformat()} for row in rows)
        at, pk = rows[-1]["at"], rows[-1]["id"]
        rows = list(events.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)[:CHUNK])


def _cell(value: object) -> str:
    """Return a value as a cell that is not a formula, even if a spreadsheet splits the cell."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).replace(";", "\\u003b")
    pieces = OTHER_SEPARATORS.split(str(value))
    text = "".join(f"'{piece}" if _is_formula(piece) else piece for piece in pieces)
    return f"'{text}" if text.startswith(CONTROLS) else text


def _is_formula(text: str) -> bool:
    """Tell whether a cell begins like a formula, also after blanks and invisible characters."""
    first = next((char for char in text if char.isprintable() and not char.isspace()), "")
    return unicodedata.normalize("NFKC", first).startswith(FORMULA)


FORMATS: dict[str, tuple[str, Callable[[Any], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", csv_lines),
    "jsonl": ("application/jsonl; charset=utf-8", json_lines),
}


@admin.register(AuditEvent)
class AuditEventAdmin(LargeListAdmin, ReadOnlyAdmin):
    """What has happened here."""

    list_title = gettext_lazy("Audit log")
    list_display = ("at", "what", "actor", "target", "ip")
    list_filter = ("at", "action", "result")
    search_fields = ("reference",)
    search_help_text = gettext_lazy(
        "Search by name, email address or ID of a person, IP address, reference, or the beginning "
        "of a target's name"
    )
    search_help_without_people = gettext_lazy(
        "Search by ID of a person, IP address, reference, or the beginning of a target's name"
    )
    ordering = ("-at", "-pk")
    change_list_template = "admin/audit/auditevent/change_list.html"
    fields = readonly_fields = (
        "at",
        "action",
        "outcome",
        "actor",
        "target",
        "ip",
        "user_agent",
        "provider",
        "reference",
        "changes",
    )

    class Media:
        css = {"all": ["signet/narrow.css"]}  # noqa: RUF012 - as Django documents it

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        own = path("export.<str:name>", export, name="audit_auditevent_export")
        return [own, *super().get_urls()]

    def export(self, request: HttpRequest, name: str) -> HttpResponse | StreamingHttpResponse:
        """Send all events that match the present filters. If a filter is invalid, show the list."""
        if not self.has_view_permission(request) or name not in FORMATS:
            raise PermissionDenied
        content_type, lines = FORMATS[name]
        try:
            events = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{reverse(LIST)}?{ERROR_FLAG}=1")
        headers = {
            "Content-Disposition": f'attachment; filename="audit-log.{name}"',
            "Cache-Control": "private, no-store",
        }
        return StreamingHttpResponse(lines(events), content_type=content_type, headers=headers)

    def found(self, rows: Any, term: str) -> Any:
        """Find by an IP address, a reference, an id, or how the name of a target begins.

        Find people by any part of their name and email address.
        """
        in_name = Q(name__icontains=term) | Q(username__icontains=term)
        people = get_user_model().objects.filter(in_name | Q(email__icontains=term))
        ids = people.values_list("pk", flat=True)[:MOST_PEOPLE]
        return self._found(rows, term, [str(person) for person in ids])

    def found_without_people(self, rows: Any, term: str) -> Any:
        """Find by what the log itself says."""
        return self._found(rows, term, [])

    def _found(self, rows: Any, term: str, people: list[str]) -> Any:
        ids = [*people, term]
        with suppress(ValueError):
            ids.append(str(UUID(term)))  # in the form in which the log has it
        by_id = Q(actor_id__in=ids) | Q(target_id__in=ids)
        by_text = Q(ip=term) | Q(reference=term) | Q(target_label__startswith=term)
        return rows.filter(by_id | by_text)

    @admin.display(description=gettext_lazy("event"), ordering="action")
    def what(self, event: AuditEvent) -> str:
        return _with_reason(event.get_action_display(), event)

    @admin.display(description=gettext_lazy("result"))
    def outcome(self, event: AuditEvent) -> str:
        return _with_reason(event.get_result_display(), event)

    @admin.display(description=gettext_lazy("actor"))
    def actor(self, event: AuditEvent) -> str:
        return actor_of(event)

    @admin.display(description=gettext_lazy("target"))
    def target(self, event: AuditEvent) -> str:
        if not event.target_type:
            return ""
        label = Truncator(event.target_label).chars(TARGET_LENGTH)
        if event.target_label == event.target_type:  # everybody
            return _(event.target_type)
        return format_html('{} <b translate="no">{}</b>', _(event.target_type), label)

    @admin.display(description=gettext_lazy("changes"))
    def changes(self, event: AuditEvent) -> str:
        """Show what differs, column by column."""
        names = event.before | event.after
        rows = [(name, event.before.get(name, ""), event.after.get(name, "")) for name in names]
        return render_to_string("admin/audit/auditevent/changes.html", {"rows": rows})


def actor_of(event: AuditEvent) -> str:
    """Name who did it, as a page shows it: a person, a program, or nobody that is known."""
    if not event.actor_id and event.actor_label in PROGRAMS:
        return str(PROGRAMS[event.actor_label])
    return event.actor_label or event.actor_id or _("Unknown")


def _with_reason(words: object, event: AuditEvent) -> str:
    """Add the code of a failure, which is for looking up."""
    return f"{words}: {event.reason}" if event.reason else str(words)
