"""Pages of a table that may be large."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 10_000  # rows that are counted and can be paged to; beyond, one filters


class CappedPaginator(Paginator):  # type: ignore[type-arg] # cannot be subscripted when it runs
    """Counts no further than anybody would page."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list[: MOST + 1]
        return min(rows.count(), MOST)  # type: ignore[union-attr, call-arg, arg-type]
