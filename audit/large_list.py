"""Lists in the admin of many rows, and of rows that nobody changes by hand."""

from abc import abstractmethod
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst

from audit.seeing_people import may_see_people

MOST = 10_000  # rows that are counted and can be paged to; beyond, one filters


class CappedPaginator(Paginator):
    """Stops counting at `MOST` rows, because nobody pages further."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST].count())  # in whatever order is read fastest


class NamedListAdmin(admin.ModelAdmin):
    """Names the list after what is in it, or by `list_title`."""

    list_title: Any = ""  # a lazy text

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": self.list_title or capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))


class LargeListAdmin(admin.ModelAdmin):
    """A quick list of a million rows. `search_fields` shows the search, `found` does it.

    `found_without_people` does it for admins who may not see people, by nothing that only the table
    of people says, and with a help text of its own. Nobody else opens the list of people.
    """

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    search_help_without_people: Any = ""  # a lazy text

    @abstractmethod
    def found(self, rows: Any, term: str) -> Any: ...

    @abstractmethod
    def found_without_people(self, rows: Any, term: str) -> Any: ...

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        if self.search_help_without_people and not may_see_people(request):
            shown.search_help_text = self.search_help_without_people
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Find by indexes alone: a search through the texts of a million rows takes seconds."""
        term = search_term.strip()
        find = self.found if may_see_people(request) else self.found_without_people
        return (find(queryset, term) if term else queryset), False


class ReadOnlyAdmin(NamedListAdmin):
    """Shows rows that nobody adds, changes or removes by hand."""

    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission
