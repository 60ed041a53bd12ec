"""Pages of a table that may be large."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 10_000  # rows that are counted and can be paged to; beyond, one filters


class CappedPaginator(Paginator):  # type: ignore[type-arg] # cannot be subscripted when it runs
    """Counts no further than anybody would page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST].count())  # in whatever order is read fastest
